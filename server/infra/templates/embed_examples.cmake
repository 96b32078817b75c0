# Writes the bots of FOLDER into OUTPUT as a C++ source.
# Usage: cmake -D FOLDER=... -D OUTPUT=... -P embed_examples.cmake
file(GLOB bots LIST_DIRECTORIES true RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT bots)
set(rows "")
foreach(bot IN LISTS bots)
    if(NOT EXISTS ${FOLDER}/${bot}/bot.json)
        continue()
    endif()
    file(READ ${FOLDER}/${bot}/bot.json facts)
    file(READ ${FOLDER}/${bot}/SOUL.md soul)
    string(APPEND rows "    {\"${bot}\", R\"facts(${facts})facts\", R\"soul(${soul})soul\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Made by embed_examples.cmake.
#include \"infra/templates/embedded_templates.hpp\"

namespace boternity::infra {
namespace {

constexpr ExampleBot kExamples[] = {
${rows}};

}  // namespace

std::span<const ExampleBot> example_bots() noexcept { return kExamples; }

}  // namespace boternity::infra
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
