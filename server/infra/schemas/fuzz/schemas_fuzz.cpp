// A schema and what it judges, with a line feed between them: any bytes may come, none may do harm.
#include "infra/schemas/schemas.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto schemas = boternity::infra::make_schemas();
    static const auto fixed = schemas->compile(
        R"({"type":"object","properties":{"path":{"type":"string","pattern":"^[a-z/]+$","maxLength":9},)"
        R"("limit":{"type":"integer","minimum":1,"multipleOf":2},"mode":{"enum":["a",1,null]},)"
        R"("list":{"items":{"$ref":"#"},"uniqueItems":true}},"additionalProperties":false})");
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)(*fixed)->read(text);
    const auto line = text.find('\n');
    if (line == std::string_view::npos) return 0;
    if (const auto schema = schemas->compile(text.substr(0, line)))
        (void)(*schema)->read(text.substr(line + 1));
    return 0;
}
