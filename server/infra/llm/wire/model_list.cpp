#include "infra/llm/wire/model_list.hpp"

#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>

#include <string>

namespace boternity::infra {

namespace json = boost::json;

Result<std::vector<core::ToldModel>> models_in_list(const json::object& answer) {
    std::vector<core::ToldModel> models;
    const json::array* rows = array_in(answer, "data");
    if (rows == nullptr) return fail(unreadable_answer("a list of models without data"));
    for (const json::value& row : *rows) {
        const json::object* model = row.if_object();
        if (model == nullptr || string_in(*model, "id").empty()) continue;
        // Not of the format, but vLLM, OpenRouter and LM Studio each tell the window in their own word.
        auto window = count_in(*model, "max_model_len");
        if (!window) window = count_in(*model, "context_length");
        if (!window) window = count_in(*model, "max_context_length");
        models.push_back({.name = std::string(string_in(*model, "id")), .window_tokens = window});
    }
    return models;
}

}  // namespace boternity::infra
