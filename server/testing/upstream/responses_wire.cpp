#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/responses_request_check.hpp"
#include "testing/upstream/wire_text.hpp"

namespace boternity::testing {
namespace {

std::string number(int count) {
    return std::to_string(count);
}

std::string usage_json(const std::optional<core::Usage>& usage) {
    if (!usage) return "null";
    return R"({"input_tokens":)" + number(usage->input_tokens) +
           R"(,"input_tokens_details":{"cached_tokens":)" + number(usage->cache_read_tokens) +
           R"(,"cache_write_tokens":)" + number(usage->cache_write_tokens) + R"(},"output_tokens":)" +
           number(usage->output_tokens) + R"(,"output_tokens_details":{"reasoning_tokens":)" +
           number(usage->reasoning_tokens) + R"(},"total_tokens":)" +
           number(usage->input_tokens + usage->output_tokens) + "}";
}

/// A filter stops an answer in its middle; a model that refuses ends it as any other.
std::string status_of(const UpstreamAnswer& answer) {
    if (answer.unfinished) return "in_progress";
    const bool filtered = answer.stop == core::StopReason::Refused && answer.why.empty();
    return answer.stop == core::StopReason::Length || filtered ? "incomplete" : "completed";
}

std::string response_json(const UpstreamAnswer& answer, const std::string& output) {
    const std::string status = status_of(answer);
    const std::string reason =
        answer.stop == core::StopReason::Length ? "max_output_tokens" : "content_filter";
    return R"({"id":"resp_1","object":"response","created_at":1,"model":"fake","status":")" + status +
           R"(","error":null,"incomplete_details":)" +
           (status == "incomplete" ? R"({"reason":")" + reason + R"("})" : "null") + R"(,"output":[)" +
           output + R"(],"usage":)" + usage_json(answer.usage) + R"(,"store":false})";
}

std::string thought_json(const std::string& id, const core::ReasoningPart& thought) {
    return R"({"id":")" + id + R"(","type":"reasoning","encrypted_content":)" +
           json_text(sealed(thought.text)) + R"(,"summary":[{"type":"summary_text","text":)" +
           json_text(thought.text) + "}]}";
}

std::string message_json(const std::string& id, const UpstreamAnswer& answer) {
    std::string parts;
    if (!answer.text.empty())
        parts = R"({"type":"output_text","annotations":[],"text":)" + json_text(answer.text) + "}";
    if (!answer.why.empty())
        parts +=
            (parts.empty() ? "" : ",") + (R"({"type":"refusal","refusal":)" + json_text(answer.why)) + "}";
    // With calls behind it, it was said on the way.
    return R"({"id":")" + id + R"(","type":"message","status":"completed","role":"assistant","phase":)" +
           (answer.calls.empty() ? "null" : R"("commentary")") + R"(,"content":[)" + parts + "]}";
}

std::string call_json(const std::string& id, const core::ToolCall& call, const std::string& arguments) {
    return R"({"id":")" + id + R"(","type":"function_call","status":"completed","call_id":)" +
           json_text(call.id) + R"(,"name":)" + json_text(call.name) + R"(,"arguments":)" +
           json_text(arguments) + "}";
}

/// Numbers its events and items.
class Stream {
public:
    explicit Stream(const UpstreamAnswer& answer) : answer_(answer) {}

    void add(const std::string& type, const std::string& fields) {
        events_.push_back({.type = type,
                           .data = R"({"type":")" + type + R"(","sequence_number":)" +
                                   std::to_string(events_.size()) + fields + "}"});
    }

    void begin(const std::string& item) { add("response.output_item.added", place() + R"(,"item":)" + item); }

    void pieces(const std::string& what, const std::string& id, const std::string& part,
                std::string_view text) {
        const std::string at = place() + R"(,"item_id":")" + id + "\"" + part;
        for (const auto cut_off : cut(text, answer_.token_bytes, answer_.splits_characters)) {
            add("response." + what + ".delta",
                at + R"(,"delta":)" + json_text(cut_off) + R"(,"obfuscation":"abc")");
        }
    }

    void end(const std::string& item) {
        add("response.output_item.done", place() + R"(,"item":)" + item);
        items_.push_back(item);
    }

    std::string id(const std::string& kind) const { return kind + "_" + std::to_string(items_.size()); }

    std::string output() const {
        std::string all;
        for (const auto& item : items_) all += (all.empty() ? "" : ",") + item;
        return all;
    }

    std::vector<WireEvent> take() { return std::move(events_); }

private:
    std::string place() const { return R"(,"output_index":)" + std::to_string(items_.size()); }

    const UpstreamAnswer& answer_;
    std::vector<WireEvent> events_;
    std::vector<std::string> items_;
};

void say_thought(const core::ReasoningPart& thought, Stream& stream) {
    const std::string id = stream.id("rs");
    stream.begin(R"({"id":")" + id + R"(","type":"reasoning","encrypted_content":"early","summary":[]})");
    stream.pieces("reasoning_summary_text", id, R"(,"summary_index":0)", thought.text);
    stream.end(thought_json(id, thought));
}

void say_message(const UpstreamAnswer& answer, Stream& stream) {
    const std::string id = stream.id("msg");
    stream.begin(R"({"id":")" + id +
                 R"(","type":"message","status":"in_progress","role":"assistant","content":[]})");
    stream.pieces("output_text", id, R"(,"content_index":0,"logprobs":[])", answer.text);
    stream.pieces("refusal", id, R"(,"content_index":1)", answer.why);
    stream.end(message_json(id, answer));
}

void say_call(const core::ToolCall& call, Stream& stream) {
    const std::string id = stream.id("fc");
    stream.begin(call_json(id, call, ""));
    stream.pieces("function_call_arguments", id, "", call.arguments);
    stream.end(call_json(id, call, call.arguments));
}

class ResponsesWire final : public FakeWire {
public:
    std::string_view kind() const override { return "openai-responses"; }
    std::string_view base_path() const override { return "/v1"; }

    std::string key_of(const UpstreamRequest& request) const override { return chat_wire().key_of(request); }

    std::vector<std::string> faults(const UpstreamRequest& request) const override {
        return faults_of_responses_request(request);
    }

    core::ModelRequest read(const UpstreamRequest& request) const override {
        return read_responses_request(request);
    }

    std::optional<UpstreamAnswer> queried(const UpstreamRequest& request,
                                          const std::vector<core::ToldModel>& models) const override {
        return chat_wire().queried(request, models);
    }

    std::vector<WireEvent> events(const UpstreamAnswer& answer) const override {
        Stream stream(answer);
        UpstreamAnswer beginning;
        beginning.unfinished = true;
        stream.add("response.created", R"(,"response":)" + response_json(beginning, ""));
        stream.add("response.in_progress", R"(,"response":)" + response_json(beginning, ""));
        for (const auto& thought : answer.reasoning) say_thought(thought, stream);
        if (!answer.text.empty() || !answer.why.empty()) say_message(answer, stream);
        for (const auto& call : answer.calls) say_call(call, stream);
        if (!answer.unfinished) {
            stream.add("response." + status_of(answer),
                       R"(,"response":)" + response_json(answer, stream.output()));
        }
        return stream.take();
    }

    std::string whole(const UpstreamAnswer& answer) const override {
        Stream stream(answer);
        for (const auto& thought : answer.reasoning) stream.end(thought_json(stream.id("rs"), thought));
        if (!answer.text.empty() || !answer.why.empty()) stream.end(message_json(stream.id("msg"), answer));
        for (const auto& call : answer.calls) stream.end(call_json(stream.id("fc"), call, call.arguments));
        return response_json(answer, stream.output());
    }

    std::string error_body(int status, std::string_view sentence) const override {
        return chat_wire().error_body(status, sentence);
    }

    UpstreamAnswer too_long() const override {
        return UpstreamAnswer::error(
            400,
            R"({"error":{"message":"Your input exceeds the context window of this model. Please adjust your )"
            R"(input and try again.","type":"invalid_request_error","param":"input","code":)"
            R"("context_length_exceeded"}})",
            {{"Content-Type", "application/json"}});
    }

    WireEvent error_event() const override {
        return {.type = "error",
                .data = R"({"type":"error","sequence_number":9,"code":"server_error","message":)"
                        R"("The server is overloaded","param":null})"};
    }
};

}  // namespace

const FakeWire& responses_wire() {
    static const ResponsesWire wire;
    return wire;
}

}  // namespace boternity::testing
