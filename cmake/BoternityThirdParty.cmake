# Third parties as bot::* targets. Their headers are SYSTEM: our warnings do not apply to them.

find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)

function(bot_missing what)
    message(FATAL_ERROR "${what} is missing: run `make setup`")
endfunction()

# bot_pkg(<name> <pkg-config module>): definitions are dropped, see BoternityOptions on precompiled headers.
function(bot_pkg name module)
    pkg_check_modules(PKG_${name} QUIET IMPORTED_TARGET GLOBAL ${module})
    if(NOT PKG_${name}_FOUND)
        bot_missing("${module} (pkg-config)")
    endif()
    add_library(bot_${name} INTERFACE)
    add_library(bot::${name} ALIAS bot_${name})
    set_property(TARGET PkgConfig::PKG_${name} PROPERTY INTERFACE_COMPILE_OPTIONS "")
    target_link_libraries(bot_${name} INTERFACE PkgConfig::PKG_${name})
endfunction()

bot_pkg(grpc grpc++)
bot_pkg(protobuf protobuf)
bot_pkg(curl libcurl)
bot_pkg(ssl openssl)
bot_pkg(fmt fmt)
bot_pkg(zlib zlib)
bot_pkg(archive libarchive)
bot_pkg(spdlog spdlog)
# Debian's spdlog is the compiled one over Debian's fmt; only those who link it see that.
target_compile_definitions(bot_spdlog INTERFACE SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)

add_library(bot_cli11 INTERFACE)
add_library(bot::cli11 ALIAS bot_cli11)

# --- SQLite (ours) and SOCI over it ------------------------------------------------------------------------
# Debian's libsqlite3 must never be linked: 3.7.0 to 3.51.2 can corrupt a WAL database.
add_library(bot_sqlite STATIC IMPORTED GLOBAL)
add_library(bot::sqlite ALIAS bot_sqlite)
set_target_properties(bot_sqlite PROPERTIES
    IMPORTED_LOCATION ${BOTERNITY_NATIVE_DIR}/lib/libbotsqlite3.a
    INTERFACE_INCLUDE_DIRECTORIES ${BOTERNITY_NATIVE_DIR}/include/sqlite
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m")

find_library(SOCI_CORE_ARCHIVE libsoci_core.a)
find_library(SOCI_SQLITE_ARCHIVE libsoci_sqlite3.a)
if(NOT SOCI_CORE_ARCHIVE OR NOT SOCI_SQLITE_ARCHIVE)
    bot_missing("libsoci-dev")
endif()
add_library(bot_soci INTERFACE)
add_library(bot::soci ALIAS bot_soci)
target_link_libraries(bot_soci INTERFACE ${SOCI_SQLITE_ARCHIVE} ${SOCI_CORE_ARCHIVE} bot_sqlite ${CMAKE_DL_LIBS})

# --- llama.cpp -------------------------------------------------------------------------------------------
set(llama_lib ${BOTERNITY_NATIVE_DIR}/lib)
add_library(bot_llama STATIC IMPORTED GLOBAL)
add_library(bot::llama ALIAS bot_llama)
set_target_properties(bot_llama PROPERTIES
    IMPORTED_LOCATION ${llama_lib}/libllama.a
    INTERFACE_INCLUDE_DIRECTORIES "${BOTERNITY_NATIVE_DIR}/include/llama;${BOTERNITY_NATIVE_DIR}/include/llama_grammar"
    INTERFACE_LINK_LIBRARIES
        "${llama_lib}/libbot_llama_grammar.a;${llama_lib}/libggml.a;${llama_lib}/libggml-cpu.a;${llama_lib}/libggml-base.a;Threads::Threads;m;${CMAKE_DL_LIBS}")

# --- Boost: Asio, Beast and JSON, compiled once from their src.hpp ------------------------------------------
find_path(BOOST_INCLUDE boost/beast/src.hpp)
if(NOT BOOST_INCLUDE)
    bot_missing("libboost1.81-dev")
endif()
file(STRINGS ${BOOST_INCLUDE}/boost/version.hpp boost_version REGEX "#define BOOST_LIB_VERSION ")
if(NOT boost_version MATCHES "1_81")
    message(WARNING "Boost 1.81 is what Boternity is built and tested with; found ${boost_version}")
endif()
add_library(boost_src STATIC
    cmake/boost/asio.cpp cmake/boost/asio_ssl.cpp cmake/boost/beast.cpp cmake/boost/json.cpp)
target_compile_options(boost_src PRIVATE -w)
target_include_directories(boost_src SYSTEM PUBLIC ${BOOST_INCLUDE})
target_link_libraries(boost_src PUBLIC Threads::Threads bot_ssl)
add_library(bot::boost ALIAS boost_src)
