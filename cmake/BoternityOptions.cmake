# Compiler, flags and caches that hold for every target of ours.

set(BOTERNITY_SANITIZE "" CACHE STRING "comma-separated sanitizers, e.g. address,undefined or thread")
option(BOTERNITY_FUZZ "build fuzz/*_fuzz.cpp with libFuzzer (clang only)" OFF)
option(BOTERNITY_TESTS "build the unit tests" ON)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# A coroutine file takes a third of the time when the templates of the precompiled header are instantiated in it.
set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} hides std::expected of libstdc++ 12; use clang++-19 "
        "(run `make setup`, then `cmake --preset dev`)")
endif()

find_package(Threads REQUIRED)

# --- flags ------------------------------------------------------------------------------------------------
# Definitions are global because a precompiled header is valid only for the definitions it was made with.
add_compile_definitions(
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ALL_NO_LIB
    _GLIBCXX_ASSERTIONS)

set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG -ffunction-sections -fdata-sections")

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Without it the header's bytes differ in every build, and ccache never hits.
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
    # CMake also passes `-include <absolute path>`, for compilers that ignore an unfit header. Clang refuses one
    # anyway, and that path alone would keep ccache from serving one clone what another has compiled.
    set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)
    add_link_options(-fuse-ld=lld)
elseif(EXISTS /usr/lib/llvm-19/bin/ld.lld)
    add_link_options(-B/usr/lib/llvm-19/bin -fuse-ld=lld)
endif()
# Everything is position-independent executable code, libraries too: one precompiled header then fits both, which
# CMake's own -fPIC for libraries and -fPIE for executables would not allow.
add_compile_options(-fPIE)
add_link_options(-pie -Wl,--as-needed)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,--gc-sections -Wl,-z,relro -Wl,-z,now)
endif()

if(BOTERNITY_SANITIZE)
    set(flags -fsanitize=${BOTERNITY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_compile_options(${flags})
    add_link_options(${flags})
endif()
if(BOTERNITY_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Warnings are errors in our code only: boternity_module() applies these, third parties are SYSTEM.
set(BOTERNITY_WARNINGS
    -Wall -Wextra -Werror
    -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wextra-semi -Wformat=2
    # A designated initialiser that leaves a member to its default says just that.
    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    list(APPEND BOTERNITY_WARNINGS -Wno-missing-designated-field-initializers -Wimplicit-fallthrough)
else()
    # GoogleTest's EXPECT_* under a braceless `if` is what g++ 12 takes for a dangling else.
    list(APPEND BOTERNITY_WARNINGS -Wno-dangling-else)
endif()

# --- ccache -----------------------------------------------------------------------------------------------
find_program(BOTERNITY_CCACHE ccache)
if(BOTERNITY_CCACHE)
    # One launcher for every preset and clone: BASEDIR and NOHASHDIR let a fresh clone hit what another one built.
    set(launcher /usr/bin/env
        CCACHE_DIR=${BOTERNITY_CACHE_DIR}/ccache CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
        CCACHE_PCH_EXTSUM=1 CCACHE_MAXSIZE=5G
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${BOTERNITY_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
