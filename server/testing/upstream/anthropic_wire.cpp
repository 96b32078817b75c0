#include "testing/upstream/anthropic_request_check.hpp"
#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/wire_text.hpp"

namespace boternity::testing {
namespace {

std::string number(int count) {
    return std::to_string(count);
}

/// Its input is what was neither read from the cache nor written to it.
std::string usage_json(const core::Usage& usage, int output) {
    return R"({"input_tokens":)" +
           number(usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens) +
           R"(,"cache_read_input_tokens":)" + number(usage.cache_read_tokens) +
           R"(,"cache_creation_input_tokens":)" + number(usage.cache_write_tokens) + R"(,"output_tokens":)" +
           number(output) + R"(,"output_tokens_details":{"thinking_tokens":)" +
           number(usage.reasoning_tokens) + R"(},"service_tier":"standard"})";
}

std::string reason_json(const UpstreamAnswer& answer) {
    switch (answer.stop) {
    case core::StopReason::Length: return R"("max_tokens")";
    case core::StopReason::Refused: return R"("refusal")";
    default: return answer.calls.empty() ? R"("end_turn")" : R"("tool_use")";
    }
}

std::string details_json(const UpstreamAnswer& answer) {
    if (answer.why.empty()) return "null";
    return R"({"type":"refusal","category":"other","explanation":)" + json_text(answer.why) + "}";
}

/// One block in pieces.
class Stream {
public:
    explicit Stream(const UpstreamAnswer& answer) : answer_(answer) {}

    void add(const std::string& type, const std::string& fields) {
        events_.push_back({.type = type, .data = R"({"type":")" + type + "\"" + fields + "}"});
    }

    void block(const std::string& begin, const std::string& delta, std::string_view field,
               std::string_view text, const std::string& signature = "") {
        const std::string at = R"(,"index":)" + std::to_string(blocks_++);
        add("content_block_start", at + R"(,"content_block":)" + begin);
        add("ping", "");
        for (const auto part : cut(text, answer_.token_bytes, answer_.splits_characters)) {
            add("content_block_delta", at + R"(,"delta":{"type":")" + delta + "\",\"" + std::string(field) +
                                           "\":" + json_text(part) + "}");
        }
        if (!signature.empty()) {
            add("content_block_delta",
                at + R"(,"delta":{"type":"signature_delta","signature":)" + json_text(signature) + "}");
        }
        add("content_block_stop", at);
    }

    std::vector<WireEvent> take() { return std::move(events_); }

private:
    const UpstreamAnswer& answer_;
    std::vector<WireEvent> events_;
    int blocks_ = 0;
};

class AnthropicWire final : public FakeWire {
public:
    std::string_view kind() const override { return "anthropic"; }
    std::string_view base_path() const override { return ""; }

    std::string key_of(const UpstreamRequest& request) const override {
        return std::string(request.header("x-api-key"));
    }

    std::vector<std::string> faults(const UpstreamRequest& request) const override {
        return faults_of_anthropic_request(request);
    }

    core::ModelRequest read(const UpstreamRequest& request) const override {
        return read_anthropic_request(request);
    }

    /// One model a page.
    std::optional<UpstreamAnswer> queried(const UpstreamRequest& request,
                                          const std::vector<core::ToldModel>& models) const override {
        constexpr std::string_view path = "/v1/models?limit=1000";
        constexpr std::string_view after = "&after_id=";
        if (request.method != "GET" || !request.target.starts_with(path)) return std::nullopt;
        const std::string_view rest = std::string_view(request.target).substr(path.size());
        std::size_t next = 0;
        if (rest.starts_with(after)) {
            while (next < models.size() && models[next].name != rest.substr(after.size())) ++next;
            ++next;
        }
        std::string row;
        if (next < models.size()) {
            const auto& model = models[next];
            row = R"({"type":"model","id":)" + json_text(model.name) + R"(,"display_name":"M")";
            if (model.window_tokens) row += R"(,"max_input_tokens":)" + number(*model.window_tokens);
            if (model.max_output_tokens) row += R"(,"max_tokens":)" + number(*model.max_output_tokens);
            row += "}";
        }
        const bool more = next + 1 < models.size();
        return UpstreamAnswer::error(200,
                                     R"({"data":[)" + row + R"(],"has_more":)" + (more ? "true" : "false") +
                                         R"(,"last_id":)" +
                                         (row.empty() ? "null" : json_text(models[next].name)) + "}",
                                     {{"Content-Type", "application/json"}});
    }

    std::vector<WireEvent> events(const UpstreamAnswer& answer) const override {
        Stream stream(answer);
        // The first usage is preliminary: later numbers take its place.
        stream.add(
            "message_start",
            R"(,"message":{"id":"msg_1","type":"message","role":"assistant","model":"fake","content":[],)"
            R"("stop_reason":null)" +
                (answer.usage ? R"(,"usage":)" + usage_json(*answer.usage, 1) : "") + "}");
        for (const auto& thought : answer.reasoning) {
            stream.block(R"({"type":"thinking","thinking":"","signature":""})", "thinking_delta", "thinking",
                         thought.text, signature_of(thought.text));
        }
        if (!answer.text.empty())
            stream.block(R"({"type":"text","text":""})", "text_delta", "text", answer.text);
        for (const auto& call : answer.calls) {
            const std::string begin = R"({"type":"tool_use","id":)" + json_text(call.id) + R"(,"name":)" +
                                      json_text(call.name) + R"(,"input":{}})";
            stream.block(begin, "input_json_delta", "partial_json",
                         call.arguments == "{}" ? "" : call.arguments);
        }
        if (!answer.unfinished) {
            stream.add("message_delta",
                       R"(,"delta":{"stop_reason":)" + reason_json(answer) +
                           R"(,"stop_sequence":null,"stop_details":)" + details_json(answer) + "}" +
                           (answer.usage
                                ? R"(,"usage":)" + usage_json(*answer.usage, answer.usage->output_tokens)
                                : ""));
            stream.add("message_stop", "");
        }
        return stream.take();
    }

    std::string whole(const UpstreamAnswer& answer) const override {
        std::string blocks;
        const auto add = [&](const std::string& block) { blocks += (blocks.empty() ? "" : ",") + block; };
        for (const auto& thought : answer.reasoning) {
            add(R"({"type":"thinking","thinking":)" + json_text(thought.text) + R"(,"signature":)" +
                json_text(signature_of(thought.text)) + "}");
        }
        if (!answer.text.empty()) add(R"({"type":"text","text":)" + json_text(answer.text) + "}");
        for (const auto& call : answer.calls) {
            add(R"({"type":"tool_use","id":)" + json_text(call.id) + R"(,"name":)" + json_text(call.name) +
                R"(,"input":)" + call.arguments + "}");
        }
        return R"({"id":"msg_1","type":"message","role":"assistant","model":"fake","content":[)" + blocks +
               R"(],"stop_reason":)" + (answer.unfinished ? "null" : reason_json(answer)) +
               R"(,"stop_details":)" + details_json(answer) +
               (answer.usage ? R"(,"usage":)" + usage_json(*answer.usage, answer.usage->output_tokens) : "") +
               "}";
    }

    std::string error_body(int status, std::string_view sentence) const override {
        const std::string_view type = status == 401   ? "authentication_error"
                                      : status == 429 ? "rate_limit_error"
                                      : status >= 500 ? "overloaded_error"
                                                      : "invalid_request_error";
        return R"({"type":"error","error":{"type":")" + std::string(type) + R"(","message":)" +
               json_text(sentence) + R"(},"request_id":"req_1"})";
    }

    UpstreamAnswer too_long() const override {
        return UpstreamAnswer::error(400,
                                     R"({"type":"error","error":{"type":"invalid_request_error","message":)"
                                     R"("prompt is too long: 210000 tokens > 200000 maximum"}})",
                                     {{"Content-Type", "application/json"}});
    }

    WireEvent error_event() const override {
        return {.type = "error",
                .data = R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"};
    }
};

}  // namespace

const FakeWire& anthropic_wire() {
    static const AnthropicWire wire;
    return wire;
}

}  // namespace boternity::testing
