#include "infra/llm/openai/openai_server.hpp"

#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace boternity::infra {

namespace json = boost::json;

HttpHeaders openai_headers(std::string_view key) {
    if (key.empty()) return {};
    return {{"Authorization", "Bearer " + std::string(key)}};
}

core::Task<Result<std::vector<core::ToldModel>>> list_openai_models(RemoteQuery query) {
    auto asking = query("/models", "");
    BOT_CO_TRY(answer, co_await std::move(asking));
    std::vector<core::ToldModel> models;
    const json::array* rows = array_in(answer, "data");
    if (rows == nullptr) co_return fail(unreadable_answer("a list of models without data"));
    for (const json::value& row : *rows) {
        const json::object* model = row.if_object();
        if (model == nullptr || string_in(*model, "id").empty()) continue;
        // Not of the format, but vLLM, OpenRouter and LM Studio each tell the window in their own word.
        auto window = count_in(*model, "max_model_len");
        if (!window) window = count_in(*model, "context_length");
        if (!window) window = count_in(*model, "max_context_length");
        models.push_back({.name = std::string(string_in(*model, "id")), .window_tokens = window});
    }
    co_return models;
}

}  // namespace boternity::infra
