#include "testing/upstream/chat_request_check.hpp"
#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/wire_text.hpp"

namespace boternity::testing {
namespace {

std::string usage_json(const std::optional<core::Usage>& usage) {
    if (!usage) return "null";
    const auto number = [](int count) { return std::to_string(count); };
    return R"({"prompt_tokens":)" + number(usage->input_tokens) + R"(,"completion_tokens":)" +
           number(usage->output_tokens) + R"(,"total_tokens":)" +
           number(usage->input_tokens + usage->output_tokens) +
           R"(,"prompt_tokens_details":{"cached_tokens":)" + number(usage->cache_read_tokens) +
           R"(,"cache_write_tokens":)" + number(usage->cache_write_tokens) +
           R"(},"completion_tokens_details":{"reasoning_tokens":)" + number(usage->reasoning_tokens) + "}}";
}

std::string chunk(const std::string& choices, const std::string& usage = "null") {
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"fake","choices":[)" +
           choices + R"(],"usage":)" + usage + R"(,"obfuscation":"abc"})";
}

std::string delta(const std::string& fields, const std::string& reason = "null") {
    return chunk(R"({"index":0,"delta":{)" + fields + R"(},"logprobs":null,"finish_reason":)" + reason + "}");
}

std::string function_json(const core::ToolCall& call, std::string_view arguments) {
    return R"("function":{"name":)" + json_text(call.name) + R"(,"arguments":)" + json_text(arguments) + "}";
}

void append_call(std::size_t index, const core::ToolCall& call, const UpstreamAnswer& answer,
                 std::vector<std::string>& chunks) {
    const std::string number = std::to_string(index);
    chunks.push_back(delta(R"("tool_calls":[{"index":)" + number + R"(,"id":)" + json_text(call.id) +
                           R"(,"type":"function",)" + function_json(call, "") + "}]"));
    for (const auto part : cut(call.arguments, answer.token_bytes, answer.splits_characters)) {
        chunks.push_back(delta(R"("tool_calls":[{"index":)" + number + R"(,"function":{"arguments":)" +
                               json_text(part) + "}}]"));
    }
}

std::string reason_json(const UpstreamAnswer& answer) {
    switch (answer.stop) {
    case core::StopReason::Length: return R"("length")";
    case core::StopReason::Refused: return R"("content_filter")";
    default: return answer.calls.empty() ? R"("stop")" : R"("tool_calls")";
    }
}

class ChatWire final : public FakeWire {
public:
    std::string_view kind() const override { return "openai"; }
    std::string_view base_path() const override { return "/v1"; }

    std::string key_of(const UpstreamRequest& request) const override {
        const std::string_view value = request.header("authorization");
        return std::string(value.starts_with("Bearer ") ? value.substr(7) : value);
    }

    std::vector<std::string> faults(const UpstreamRequest& request) const override {
        return faults_of_chat_request(request);
    }

    core::ModelRequest read(const UpstreamRequest& request) const override {
        return read_chat_request(request);
    }

    std::optional<UpstreamAnswer> queried(const UpstreamRequest& request,
                                          const std::vector<core::ToldModel>& models) const override {
        if (request.method != "GET" || request.target != "/v1/models") return std::nullopt;
        std::string rows;
        for (const auto& model : models) {
            rows += (rows.empty() ? "" : ",") + (R"({"object":"model","id":)" + json_text(model.name));
            if (model.window_tokens) rows += R"(,"max_model_len":)" + std::to_string(*model.window_tokens);
            rows += "}";
        }
        return UpstreamAnswer::error(200, R"({"object":"list","data":[)" + rows + "]}",
                                     {{"Content-Type", "application/json"}});
    }

    std::vector<WireEvent> events(const UpstreamAnswer& answer) const override {
        std::vector<std::string> chunks{delta(R"("role":"assistant","content":"")")};
        for (const auto& reasoning : answer.reasoning) {
            for (const auto part : cut(reasoning.text, answer.token_bytes, answer.splits_characters)) {
                chunks.push_back(delta("\"reasoning_content\":" + json_text(part)));
            }
        }
        for (const auto part : cut(answer.text, answer.token_bytes, answer.splits_characters)) {
            chunks.push_back(delta("\"content\":" + json_text(part)));
        }
        if (!answer.why.empty()) chunks.push_back(delta("\"refusal\":" + json_text(answer.why)));
        for (std::size_t i = 0; i < answer.calls.size(); ++i) append_call(i, answer.calls[i], answer, chunks);
        if (!answer.unfinished) chunks.push_back(delta("", reason_json(answer)));
        if (answer.usage) chunks.push_back(chunk("", usage_json(answer.usage)));
        std::vector<WireEvent> events;
        for (auto& data : chunks) events.push_back({.data = std::move(data)});
        events.push_back({.data = "[DONE]"});
        return events;
    }

    std::string whole(const UpstreamAnswer& answer) const override {
        std::string calls;
        for (const auto& call : answer.calls) {
            calls += (calls.empty() ? "" : ",") + (R"({"id":)" + json_text(call.id)) +
                     R"(,"type":"function",)" + function_json(call, call.arguments) + "}";
        }
        const std::string content = answer.text.empty() && !calls.empty() ? "null" : json_text(answer.text);
        return R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"fake","choices":[{"index":0,)"
               R"("message":{"role":"assistant","content":)" +
               content + (calls.empty() ? "" : R"(,"tool_calls":[)" + calls + "]") + R"(},"finish_reason":)" +
               (answer.unfinished ? "null" : reason_json(answer)) + "}]" +
               (answer.usage ? R"(,"usage":)" + usage_json(answer.usage) : "") + "}";
    }

    std::string error_body(int status, std::string_view sentence) const override {
        const std::string code = status == 401 ? "invalid_api_key" : "fake_upstream";
        return R"({"error":{"message":)" + json_text(sentence) +
               R"(,"type":"invalid_request_error","param":null,"code":")" + code + "\"}}";
    }

    UpstreamAnswer too_long() const override {
        return UpstreamAnswer::error(
            400,
            R"({"error":{"message":"This model's maximum context length is exceeded","type":)"
            R"("invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
            {{"Content-Type", "application/json"}});
    }

    WireEvent error_event() const override {
        return {.data = R"({"error":{"message":"overloaded","type":"server_error"}})"};
    }
};

}  // namespace

const FakeWire& chat_wire() {
    static const ChatWire wire;
    return wire;
}

}  // namespace boternity::testing
