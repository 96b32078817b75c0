#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/google_request_check.hpp"
#include "testing/upstream/wire_text.hpp"

namespace boternity::testing {
namespace {

std::string number(int count) {
    return std::to_string(count);
}

/// Thoughts are counted beside the answer.
std::string usage_json(const core::Usage& usage) {
    return R"({"promptTokenCount":)" + number(usage.input_tokens) + R"(,"cachedContentTokenCount":)" +
           number(usage.cache_read_tokens) + R"(,"candidatesTokenCount":)" +
           number(usage.output_tokens - usage.reasoning_tokens) + R"(,"thoughtsTokenCount":)" +
           number(usage.reasoning_tokens) + R"(,"totalTokenCount":)" +
           number(usage.input_tokens + usage.output_tokens) + "}";
}

std::string_view reason_of(const UpstreamAnswer& answer) {
    switch (answer.stop) {
    case core::StopReason::Length: return "MAX_TOKENS";
    case core::StopReason::Refused: return "SAFETY";
    default: return "STOP";  // also when functions are called
    }
}

std::string chunk(const std::string& part, const std::string& rest = "") {
    return R"({"candidates":[{"content":{"role":"model","parts":[)" + part + R"(]},"index":0)" + rest +
           R"(}],"modelVersion":"fake","responseId":"r1"})";
}

std::string thought_json(std::string_view text, const std::string& signature) {
    return R"({"text":)" + json_text(text) + R"(,"thought":true)" +
           (signature.empty() ? "" : R"(,"thoughtSignature":)" + json_text(signature)) + "}";
}

std::string call_json(const core::ToolCall& call, bool is_signed) {
    return R"({"functionCall":{"id":)" + json_text(call.id) + R"(,"name":)" + json_text(call.name) +
           R"(,"args":)" + call.arguments + "}" +
           (is_signed ? R"(,"thoughtSignature":)" + json_text(google_signature_of(call.name)) : "") + "}";
}

std::string end_json(const UpstreamAnswer& answer) {
    return R"(,"finishReason":")" + std::string(reason_of(answer)) + "\"" +
           (answer.why.empty() ? "" : R"(,"finishMessage":)" + json_text(answer.why));
}

class GoogleWire final : public FakeWire {
public:
    std::string_view kind() const override { return "google"; }
    std::string_view base_path() const override { return "/v1beta"; }

    std::string key_of(const UpstreamRequest& request) const override {
        return std::string(request.header("x-goog-api-key"));
    }

    std::vector<std::string> faults(const UpstreamRequest& request) const override {
        return faults_of_google_request(request);
    }

    core::ModelRequest read(const UpstreamRequest& request) const override {
        return read_google_request(request);
    }

    /// One model a page, and one that makes no text.
    std::optional<UpstreamAnswer> queried(const UpstreamRequest& request,
                                          const std::vector<core::ToldModel>& models) const override {
        constexpr std::string_view path = "/v1beta/models?pageSize=1000";
        constexpr std::string_view token = "&pageToken=p";
        if (request.method != "GET" || !request.target.starts_with(path)) return std::nullopt;
        const std::string_view rest = std::string_view(request.target).substr(path.size());
        const std::size_t page =
            rest.starts_with(token) ? std::stoul(std::string(rest.substr(token.size()))) : 0;
        std::string rows = R"({"name":"models/embedding","supportedGenerationMethods":["embedContent"]})";
        if (page < models.size()) {
            const auto& model = models[page];
            const std::string name =
                model.name.find('/') == std::string::npos ? "models/" + model.name : model.name;
            rows += R"(,{"name":)" + json_text(name) + R"(,"supportedGenerationMethods":["generateContent"])";
            if (model.window_tokens) rows += R"(,"inputTokenLimit":)" + number(*model.window_tokens);
            if (model.max_output_tokens) rows += R"(,"outputTokenLimit":)" + number(*model.max_output_tokens);
            rows += "}";
        }
        const std::string next =
            page + 1 < models.size() ? R"(,"nextPageToken":"p)" + std::to_string(page + 1) + "\"" : "";
        return UpstreamAnswer::error(200, R"({"models":[)" + rows + "]" + next + "}",
                                     {{"Content-Type", "application/json"}});
    }

    std::vector<WireEvent> events(const UpstreamAnswer& answer) const override {
        std::vector<WireEvent> events;
        const auto add = [&](std::string data) { events.push_back({.data = std::move(data)}); };
        for (const auto& thought : answer.reasoning) {
            const auto parts = cut(thought.text, answer.token_bytes, answer.splits_characters);
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const bool last = i + 1 == parts.size();
                add(chunk(thought_json(parts[i], last ? google_signature_of(thought.text) : "")));
            }
        }
        for (const auto part : cut(answer.text, answer.token_bytes, answer.splits_characters))
            add(chunk(R"({"text":)" + json_text(part) + "}"));
        // The first of several calls is signed, when the model has thought.
        for (std::size_t i = 0; i < answer.calls.size(); ++i)
            add(chunk(call_json(answer.calls[i], i == 0 && !answer.reasoning.empty())));
        const std::string usage =
            answer.usage ? R"(,"usageMetadata":)" + usage_json(*answer.usage) : std::string{};
        if (!answer.unfinished) {
            add(R"({"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0)" +
                end_json(answer) + "}]" + usage + "}");
        }
        return events;
    }

    std::string whole(const UpstreamAnswer& answer) const override {
        std::string parts;
        const auto add = [&](const std::string& part) { parts += (parts.empty() ? "" : ",") + part; };
        for (const auto& thought : answer.reasoning)
            add(thought_json(thought.text, google_signature_of(thought.text)));
        if (!answer.text.empty()) add(R"({"text":)" + json_text(answer.text) + "}");
        for (const auto& call : answer.calls) add(call_json(call, false));
        return R"({"candidates":[{"content":{"role":"model","parts":[)" + parts + R"(]},"index":0)" +
               (answer.unfinished ? "" : end_json(answer)) + "}]" +
               (answer.usage ? R"(,"usageMetadata":)" + usage_json(*answer.usage) : "") + "}";
    }

    std::string error_body(int status, std::string_view sentence) const override {
        const std::string_view word = status == 401   ? "UNAUTHENTICATED"
                                      : status == 429 ? "RESOURCE_EXHAUSTED"
                                      : status >= 500 ? "UNAVAILABLE"
                                                      : "INVALID_ARGUMENT";
        return R"({"error":{"code":)" + number(status) + R"(,"message":)" + json_text(sentence) +
               R"(,"status":")" + std::string(word) + R"(","details":[]}})";
    }

    UpstreamAnswer too_long() const override {
        return UpstreamAnswer::error(
            400,
            R"({"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of )"
            R"(tokens allowed (1048576).","status":"INVALID_ARGUMENT"}})",
            {{"Content-Type", "application/json"}});
    }

    WireEvent error_event() const override {
        return {.data =
                    R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})"};
    }
};

}  // namespace

const FakeWire& google_wire() {
    static const GoogleWire wire;
    return wire;
}

}  // namespace boternity::testing
