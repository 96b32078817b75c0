# Writes the .sql files of FOLDER into OUTPUT as a C++ source: they are part of the binary, and known by their hash.
# Usage: cmake -D FOLDER=... -D OUTPUT=... -P embed_migrations.cmake
file(GLOB files ${FOLDER}/[0-9][0-9][0-9][0-9]_*.sql)
list(SORT files)
set(rows "")
set(expected 1)
foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    string(REGEX MATCH "^0*([0-9]+)_(.+)$" matched ${stem})
    if(NOT CMAKE_MATCH_1 EQUAL expected)
        message(FATAL_ERROR "${file}: the next migration has the number ${expected}")
    endif()
    math(EXPR expected "${expected} + 1")
    file(READ ${file} text)
    string(APPEND rows "    {${CMAKE_MATCH_1}, \"${CMAKE_MATCH_2}\", R\"sql(${text})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Made by embed_migrations.cmake.
#include \"infra/store/sqlite/migrator.hpp\"

#include <array>

namespace boternity::infra::store {
namespace {

constexpr Migration kMigrations[] = {
${rows}};

}  // namespace

std::span<const Migration> migrations() noexcept { return kMigrations; }

}  // namespace boternity::infra::store
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
