#include "infra/llm/wire/token_usage.hpp"

#include "infra/llm/wire/json_reading.hpp"

#include <algorithm>
#include <string>

namespace boternity::infra {

namespace json = boost::json;

std::optional<core::Usage> usage_in(const json::object& answer, const UsageWords& words) {
    const json::object* usage = object_in(answer, "usage");
    if (usage == nullptr) return std::nullopt;
    const auto input = count_in(*usage, words.input);
    const auto output = count_in(*usage, words.output);
    if (!input || !output) return std::nullopt;
    core::Usage out{.input_tokens = *input, .output_tokens = *output};
    if (const json::object* details = object_in(*usage, std::string(words.input) + "_details")) {
        out.cache_read_tokens = std::min(count_in(*details, "cached_tokens").value_or(0), *input);
        out.cache_write_tokens =
            std::min(count_in(*details, "cache_write_tokens").value_or(0), *input - out.cache_read_tokens);
    }
    if (const json::object* details = object_in(*usage, std::string(words.output) + "_details"))
        out.reasoning_tokens = std::min(count_in(*details, "reasoning_tokens").value_or(0), *output);
    return out;
}

}  // namespace boternity::infra
