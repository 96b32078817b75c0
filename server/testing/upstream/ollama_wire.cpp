#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/ollama_request_check.hpp"
#include "testing/upstream/wire_text.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace boternity::testing {
namespace {

std::string number(int count) {
    return std::to_string(count);
}

std::string line(const std::string& fields, const std::string& rest = R"(,"done":false)") {
    return R"({"model":"fake","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant")" + fields +
           "}" + rest + "}";
}

std::string calls_json(const std::vector<core::ToolCall>& calls) {
    std::string out;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        out += (i == 0 ? "" : ",") + (R"({"id":)" + json_text(calls[i].id)) + R"(,"function":{"index":)" +
               std::to_string(i) + R"(,"name":)" + json_text(calls[i].name) + R"(,"arguments":)" +
               calls[i].arguments + "}}";
    }
    return out.empty() ? "" : R"(,"tool_calls":[)" + out + "]";
}

std::string end_json(const UpstreamAnswer& answer) {
    std::string out = R"(,"done":true,"done_reason":")" +
                      std::string(answer.stop == core::StopReason::Length ? "length" : "stop") +
                      R"(","total_duration":1,"load_duration":1)";
    if (answer.usage) {
        out += R"(,"prompt_eval_count":)" + number(answer.usage->input_tokens) + R"(,"eval_count":)" +
               number(answer.usage->output_tokens);
    }
    return out;
}

UpstreamAnswer json_answer(std::string body) {
    return UpstreamAnswer::error(200, std::move(body), {{"Content-Type", "application/json"}});
}

std::string shown(const core::ToldModel& model) {
    const std::string window =
        model.window_tokens ? R"(,"fake.context_length":)" + number(*model.window_tokens) : "";
    return R"({"capabilities":["completion","tools"],"model_info":{"general.architecture":"fake")" + window +
           "}}";
}

class OllamaWire final : public FakeWire {
public:
    std::string_view kind() const override { return "ollama"; }
    std::string_view base_path() const override { return ""; }
    bool lines() const override { return true; }

    std::string key_of(const UpstreamRequest& request) const override {
        const std::string_view value = request.header("authorization");
        return std::string(value.starts_with("Bearer ") ? value.substr(7) : value);
    }

    std::vector<std::string> faults(const UpstreamRequest& request) const override {
        return faults_of_ollama_request(request);
    }

    core::ModelRequest read(const UpstreamRequest& request) const override {
        return read_ollama_request(request);
    }

    std::optional<UpstreamAnswer> queried(const UpstreamRequest& request,
                                          const std::vector<core::ToldModel>& models) const override {
        if (request.method == "GET" && request.target == "/api/tags") {
            std::string rows = R"({"name":"embedder:latest","model":"embedder:latest"})";
            for (const auto& model : models)
                rows += R"(,{"name":)" + json_text(model.name) + R"(,"model":)" + json_text(model.name) + "}";
            return json_answer(R"({"models":[)" + rows + "]}");
        }
        if (request.method != "POST" || request.target != "/api/show") return std::nullopt;
        boost::system::error_code error;
        const auto body = boost::json::parse(request.body, error);
        const std::string name = body.is_object() ? text_in(body.get_object(), "model") : "";
        if (name == "embedder:latest") return json_answer(R"({"capabilities":["embedding"]})");
        const auto model = std::ranges::find(models, name, &core::ToldModel::name);
        if (model == models.end()) return UpstreamAnswer::error(404, R"({"error":"model not found"})");
        return json_answer(shown(*model));
    }

    std::vector<WireEvent> events(const UpstreamAnswer& answer) const override {
        std::vector<WireEvent> events;
        const auto add = [&](std::string data) { events.push_back({.data = std::move(data)}); };
        for (const auto& thought : answer.reasoning) {
            for (const auto part : cut(thought.text, answer.token_bytes, answer.splits_characters))
                add(line(R"(,"content":"","thinking":)" + json_text(part)));
        }
        for (const auto part : cut(answer.text, answer.token_bytes, answer.splits_characters))
            add(line(R"(,"content":)" + json_text(part)));
        if (!answer.calls.empty()) add(line(R"(,"content":"")" + calls_json(answer.calls)));
        if (!answer.unfinished) add(line(R"(,"content":"")", end_json(answer)));
        return events;
    }

    std::string whole(const UpstreamAnswer& answer) const override {
        std::string fields = R"(,"content":)" + json_text(answer.text);
        for (const auto& thought : answer.reasoning) fields += R"(,"thinking":)" + json_text(thought.text);
        return line(fields + calls_json(answer.calls),
                    answer.unfinished ? R"(,"done":false)" : end_json(answer));
    }

    std::string error_body(int, std::string_view sentence) const override {
        return R"({"error":)" + json_text(sentence) + "}";
    }

    UpstreamAnswer too_long() const override {
        return UpstreamAnswer::error(400, R"({"error":"the input length exceeds the context length"})",
                                     {{"Content-Type", "application/json"}});
    }

    WireEvent error_event() const override { return {.data = R"({"error":"the runner has crashed"})"}; }
};

}  // namespace

const FakeWire& ollama_wire() {
    static const OllamaWire wire;
    return wire;
}

}  // namespace boternity::testing
