#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/responses_request_check.hpp"
#include "testing/upstream/wire_text.hpp"

namespace boternity::testing {
namespace {

std::string number(int count) {
    return std::to_string(count);
}

std::string usage_json(const core::Usage& usage) {
    return R"({"input_tokens":)" + number(usage.input_tokens) +
           R"(,"input_tokens_details":{"cached_tokens":)" + number(usage.cache_read_tokens) +
           R"(,"cache_write_tokens":)" + number(usage.cache_write_tokens) + R"(},"output_tokens":)" +
           number(usage.output_tokens) + R"(,"output_tokens_details":{"reasoning_tokens":)" +
           number(usage.reasoning_tokens) + R"(},"total_tokens":)" +
           number(usage.input_tokens + usage.output_tokens) + "}";
}

std::string message_item(const UpstreamAnswer& answer) {
    const std::string refusal =
        answer.why.empty() ? "" : R"({"type":"refusal","refusal":)" + json_text(answer.why) + "}";
    const std::string text = answer.text.empty() ? ""
                                                 : R"({"type":"output_text","annotations":[],"text":)" +
                                                       json_text(answer.text) + "}";
    return R"({"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[)" + text +
           (text.empty() || refusal.empty() ? "" : ",") + refusal + "]}";
}

std::string call_item(const core::ToolCall& call, std::string_view arguments) {
    return R"({"id":"fc_1","type":"function_call","status":"completed","call_id":)" + json_text(call.id) +
           R"(,"name":)" + json_text(call.name) + R"(,"arguments":)" + json_text(arguments) + "}";
}

std::vector<std::string> items_of(const UpstreamAnswer& answer) {
    std::vector<std::string> items;
    for (const auto& thought : answer.reasoning) items.push_back(reasoning_item(thought.text));
    if (!answer.text.empty() || !answer.why.empty()) items.push_back(message_item(answer));
    for (const auto& call : answer.calls) items.push_back(call_item(call, call.arguments));
    return items;
}

std::string_view status_of(const UpstreamAnswer& answer) {
    if (answer.unfinished) return "in_progress";
    const bool cut = answer.stop == core::StopReason::Length || answer.stop == core::StopReason::Refused;
    return cut ? "incomplete" : "completed";
}

std::string response_json(const UpstreamAnswer& answer, const std::string& output) {
    const std::string status(status_of(answer));
    std::string details = "null";
    if (status == "incomplete") {
        details = answer.stop == core::StopReason::Length ? R"({"reason":"max_output_tokens"})"
                                                          : R"({"reason":"content_filter"})";
    }
    return R"({"id":"resp_1","object":"response","model":"fake","status":")" + status +
           R"(","error":null,"incomplete_details":)" + details + R"(,"output":[)" + output + "]" +
           (answer.usage ? R"(,"usage":)" + usage_json(*answer.usage) : R"(,"usage":null)") + "}";
}

class Stream {
public:
    explicit Stream(const UpstreamAnswer& answer) : answer_(answer) {}

    void add(const std::string& type, const std::string& fields) {
        events_.push_back({.type = type,
                           .data = R"({"type":")" + type + R"(","sequence_number":)" +
                                   std::to_string(events_.size()) + fields + "}"});
    }

    /// One item in pieces: an empty one, its text, and the whole.
    void item(const std::string& begun, const std::string& delta, std::string_view text,
              const std::string& whole, const std::string& place) {
        const std::string at = R"(,"output_index":)" + std::to_string(items_++);
        add("response.output_item.added", at + R"(,"item":)" + begun);
        for (const auto part : cut(text, answer_.token_bytes, answer_.splits_characters))
            add(delta, at + R"(,"item_id":"x",)" + place + R"("delta":)" + json_text(part));
        add("response.output_item.done", at + R"(,"item":)" + whole);
    }

    std::vector<WireEvent> take() { return std::move(events_); }

private:
    const UpstreamAnswer& answer_;
    std::vector<WireEvent> events_;
    int items_ = 0;
};

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
        stream.add("response.created", R"(,"response":{"id":"resp_1","status":"in_progress","output":[]})");
        stream.add("response.in_progress",
                   R"(,"response":{"id":"resp_1","status":"in_progress","output":[]})");
        for (const auto& thought : answer.reasoning) {
            stream.item(R"({"id":"rs_1","type":"reasoning","summary":[]})",
                        "response.reasoning_summary_text.delta", thought.text, reasoning_item(thought.text),
                        R"("summary_index":0,)");
        }
        const std::string begun = R"({"id":"msg_1","type":"message","role":"assistant","content":[]})";
        if (!answer.text.empty()) {
            stream.item(begun, "response.output_text.delta", answer.text, message_item(answer),
                        R"("content_index":0,)");
        } else if (!answer.why.empty()) {
            stream.item(begun, "response.refusal.delta", answer.why, message_item(answer),
                        R"("content_index":0,)");
        }
        for (const auto& call : answer.calls) {
            stream.item(call_item(call, ""), "response.function_call_arguments.delta", call.arguments,
                        call_item(call, call.arguments), "");
        }
        if (!answer.unfinished) {
            std::string output;
            for (const auto& item : items_of(answer)) output += (output.empty() ? "" : ",") + item;
            stream.add("response." + std::string(status_of(answer)),
                       R"(,"response":)" + response_json(answer, output));
        }
        return stream.take();
    }

    std::string whole(const UpstreamAnswer& answer) const override {
        std::string output;
        for (const auto& item : items_of(answer)) output += (output.empty() ? "" : ",") + item;
        return response_json(answer, output);
    }

    std::string error_body(int status, std::string_view sentence) const override {
        return chat_wire().error_body(status, sentence);
    }

    UpstreamAnswer too_long() const override { return chat_wire().too_long(); }

    WireEvent error_event() const override {
        return {.type = "error",
                .data = R"({"type":"error","code":"server_error","message":"overloaded","param":null})"};
    }
};

}  // namespace

const FakeWire& responses_wire() {
    static const ResponsesWire wire;
    return wire;
}

}  // namespace boternity::testing
