#include "infra/llm/ollama/ollama_api.hpp"

#include "infra/llm/ollama/ollama_request.hpp"
#include "infra/llm/ollama/ollama_stream.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/request_json.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr RemoteTraits kTraits{.kind = "ollama",
                               .format = "Ollama's chat",
                               .default_base_url = "http://127.0.0.1:11434",
                               .address_advice = "has no path here, not even /v1",
                               .framing = Framing::Lines,
                               // The window is memory of that machine: who has it states it.
                               .usual_window_tokens = 8'192};

// Each is asked for by itself.
constexpr std::size_t kMaxAsked = 200;

std::optional<bool> can(const json::array* abilities, std::string_view name) {
    if (abilities == nullptr) return std::nullopt;
    return std::ranges::any_of(*abilities, [&](const json::value& ability) {
        return ability.is_string() &&
               std::string_view(ability.get_string().data(), ability.get_string().size()) == name;
    });
}

/// "<architecture>.context_length" of what it was trained with.
std::optional<int> window_in(const json::object& shown) {
    const json::object* info = object_in(shown, "model_info");
    if (info == nullptr) return std::nullopt;
    return count_in(*info, std::string(string_in(*info, "general.architecture")) + ".context_length");
}

class Ollama final : public RemoteApi {
public:
    // A key is that of a proxy before it, or of ollama.com.
    const RemoteTraits& traits() const noexcept override { return kTraits; }

    Result<RemoteCall> encode(const core::ModelRequest& request, const ModelFacts& facts) const override {
        BOT_TRY(body, encode_ollama_request(request, facts));
        return RemoteCall{.path = "/api/chat", .body = std::move(body)};
    }

    std::unique_ptr<ReplyDecoder> decoder(std::string secret) const override {
        return std::make_unique<OllamaStreamDecoder>(std::move(secret));
    }

    core::Task<Result<std::vector<core::ToldModel>>> list(RemoteQuery query) const override {
        auto asking = query("/api/tags", "");
        BOT_CO_TRY(answer, co_await std::move(asking));
        const json::array* rows = array_in(answer, "models");
        if (rows == nullptr) co_return fail(unreadable_answer("a list of models without models"));
        std::vector<core::ToldModel> models;
        for (const json::value& row : *rows) {
            const json::object* model = row.if_object();
            if (model == nullptr || string_in(*model, "name").empty()) continue;
            core::ToldModel told{.name = std::string(string_in(*model, "name"))};
            if (models.size() < kMaxAsked) {
                auto showing =
                    query("/api/show", json::serialize(json::object{{"model", json_string(told.name)}}));
                auto shown = co_await std::move(showing);
                // What cannot be shown is still there.
                if (shown && !add_facts(*shown, told)) continue;
            }
            models.push_back(std::move(told));
        }
        co_return models;
    }

private:
    /// False for a model that does not talk, e.g. one of embeddings.
    static bool add_facts(const json::object& shown, core::ToldModel& model) {
        const json::array* abilities = array_in(shown, "capabilities");
        model.window_tokens = window_in(shown);
        model.tools = can(abilities, "tools");
        model.images = can(abilities, "vision");
        model.reasoning = can(abilities, "thinking");
        model.json_schema = true;  // a grammar of the server's own, for any model
        return can(abilities, "completion").value_or(true);
    }
};

}  // namespace

std::shared_ptr<const RemoteApi> make_ollama() {
    return std::make_shared<Ollama>();
}

}  // namespace boternity::infra
