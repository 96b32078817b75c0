# Precompiled headers, each built once and shared: `core` for core and infra, `wire` for api, cli and app,
# `test` for unit tests. A target asks for one by boternity_module(... PCH <name>).

function(boternity_pch name header)
    add_library(pch_${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/pch/empty.cpp)
    target_link_libraries(pch_${name} PRIVATE bot::boost bot::fmt ${ARGN})
    set(absolute ${CMAKE_SOURCE_DIR}/cmake/pch/${header})
    target_precompile_headers(pch_${name} PRIVATE ${absolute})
    # ccache would hash the header's bytes, and they hold the path of this clone. It hashes this sum instead: what
    # went into the header, no path. Versions of the libraries stand for the text of their headers.
    file(SHA256 ${absolute} sum)
    string(APPEND sum "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS} ${CMAKE_BUILD_TYPE} ${BOTERNITY_SANITIZE}"
        " ${PKG_grpc_VERSION} ${PKG_fmt_VERSION} ${PKG_protobuf_VERSION} ${BOTERNITY_PCH_SYSTEM}")
    get_directory_property(definitions COMPILE_DEFINITIONS)
    get_directory_property(options COMPILE_OPTIONS)
    string(SHA256 sum "${sum} ${definitions} ${options}")
    set(dir ${CMAKE_BINARY_DIR}/CMakeFiles/pch_${name}.dir)
    file(MAKE_DIRECTORY ${dir})
    foreach(suffix pch gch)
        file(WRITE ${dir}/cmake_pch.hxx.${suffix}.sum "${sum}\n")
    endforeach()
endfunction()

# Debian's exact package versions, for the sum above: a security update may change a header.
execute_process(COMMAND dpkg-query -W libboost1.81-dev libgrpc++-dev libprotobuf-dev libfmt-dev libgtest-dev
    libstdc++-12-dev OUTPUT_VARIABLE BOTERNITY_PCH_SYSTEM ERROR_QUIET)

boternity_pch(core core.hpp)
boternity_pch(wire wire.hpp bot::protobuf)
boternity_pch(test test.hpp GTest::gmock)
