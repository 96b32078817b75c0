# Writes catalog.json into OUTPUT as a C++ source: it is part of the binary.
# Usage: cmake -D FILE=... -D OUTPUT=... -P embed_catalog.cmake
file(READ ${FILE} text)
file(WRITE ${OUTPUT}.new "// Made by embed_catalog.cmake.
#include <string_view>

namespace boternity::infra {

std::string_view built_in_catalog() noexcept { return R\"json(${text})json\"; }

}  // namespace boternity::infra
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
