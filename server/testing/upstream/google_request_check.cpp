#include "testing/upstream/google_request_check.hpp"

#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>

#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

constexpr std::string_view kSuffix = ":streamGenerateContent?alt=sse";
constexpr std::string_view kNoSignature = "skip_thought_signature_validator";

/// The model's name in "/v1beta/models/NAME:..." or "/v1beta/PLACE/NAME:...".
std::string model_in(std::string_view target) {
    constexpr std::string_view base = "/v1beta/";
    if (!target.starts_with(base) || !target.ends_with(kSuffix)) return {};
    target.remove_prefix(base.size());
    target.remove_suffix(kSuffix.size());
    if (target.starts_with("models/")) target.remove_prefix(7);
    return std::string(target);
}

std::optional<core::MediaPart> media_in(const json::object& part) {
    const json::object* data = object_in(part, "inlineData");
    if (data == nullptr) return std::nullopt;
    auto bytes = from_base64(text_in(*data, "data"));
    const std::string type = text_in(*data, "mimeType");
    if (!bytes || bytes->empty() || type.empty()) return std::nullopt;
    using Kind = core::MediaPart::Kind;
    return core::MediaPart{.kind = type.starts_with("image/") ? Kind::Image : Kind::Document,
                           .media_type = type,
                           .bytes = std::make_shared<const std::string>(std::move(*bytes))};
}

/// The conversation's grammar: which parts may stand where, and that calls and results match.
class Conversation {
public:
    explicit Conversation(Faults& faults) : faults_(faults) {}

    void take(const json::object& content) {
        only_known(content, {"role", "parts"}, "a content", faults_);
        const std::string role = text_in(content, "role");
        if (role != "user" && role != "model") fault("role \"" + role + "\"");
        if (!begun_ && role != "user") fault("the conversation begins with " + role);
        begun_ = true;
        const json::array* parts = list_in(content, "parts");
        if (parts == nullptr || parts->empty()) return fault("a content of " + role + " without parts");
        if (role == "model" && !open_.empty()) fault("no response for call " + *open_.begin());
        for (const json::value& value : *parts) {
            if (!value.is_object()) return fault("a part that is no object");
            take_part(value.get_object(), role == "user");
        }
        if (role == "user" && !open_.empty()) fault("no response for call " + *open_.begin());
    }

    void end() {
        if (!open_.empty()) fault("no response for call " + *open_.begin());
        if (!begun_) fault("no content");
    }

private:
    void fault(std::string what) { faults_.push_back(std::move(what)); }

    void take_part(const json::object& part, bool user) {
        only_known(part,
                   {"text", "thought", "thoughtSignature", "inlineData", "functionCall", "functionResponse"},
                   "a part", faults_);
        const int kinds = int(part.contains("text")) + int(part.contains("inlineData")) +
                          int(part.contains("functionCall")) + int(part.contains("functionResponse"));
        if (kinds != 1) fault("a part that is not one thing");
        const std::string signature = text_in(part, "thoughtSignature");
        if (user && (!signature.empty() || part.contains("thought"))) fault("a thought of the user");
        if (part.contains("inlineData") && (!user || !media_in(part))) fault("data that cannot be read");
        if (const json::object* call = object_in(part, "functionCall")) {
            only_known(*call, {"id", "name", "args"}, "a call", faults_);
            const std::string id = text_in(*call, "id");
            if (user) fault("a call of the user");
            if (id.empty() || !ids_.insert(id).second) fault("call id \"" + id + "\" is empty or used twice");
            open_.insert(id);
            if (text_in(*call, "name").empty()) fault("a call without a name");
            if (object_in(*call, "args") == nullptr) fault("the args of call " + id + " are no object");
            check_signature(signature, text_in(*call, "name"));
        } else if (const json::object* response = object_in(part, "functionResponse")) {
            only_known(*response, {"id", "name", "response"}, "a response", faults_);
            if (!user) fault("a response of the model");
            const std::string id = text_in(*response, "id");
            if (open_.erase(id) == 0) fault("a response for \"" + id + "\", which no call waits for");
            if (text_in(*response, "name").empty()) fault("a response without a name");
            if (object_in(*response, "response") == nullptr) fault("a response that is no object");
        } else if (part.contains("text")) {
            if (text_in(part, "text").empty() && signature.empty()) fault("an empty text");
            check_signature(signature, text_in(part, "text"));
        }
    }

    void check_signature(const std::string& signature, const std::string& content) {
        if (!signature.empty() && signature != kNoSignature && signature != google_signature_of(content))
            fault("a signature that is not the part's own");
    }

    Faults& faults_;
    std::set<std::string> open_;
    std::set<std::string> ids_;
    bool begun_ = false;
};

void check_tools(const json::object& body, Faults& faults) {
    if (const json::object* config = object_in(body, "toolConfig")) {
        only_known(*config, {"functionCallingConfig"}, "toolConfig", faults);
        const json::object* calling = object_in(*config, "functionCallingConfig");
        const std::string mode = calling ? text_in(*calling, "mode") : "";
        if (mode != "AUTO" && mode != "ANY" && mode != "NONE") faults.push_back("mode \"" + mode + "\"");
        if (calling && calling->contains("allowedFunctionNames") && mode != "ANY")
            faults.push_back("allowedFunctionNames without mode ANY");
        if (!body.contains("tools")) faults.push_back("toolConfig without tools");
    }
    const json::array* tools = list_in(body, "tools");
    if (tools == nullptr) return;
    if (tools->size() != 1 || !tools->front().is_object())
        return faults.push_back("tools are no single object");
    const json::array* functions = list_in(tools->front().get_object(), "functionDeclarations");
    if (functions == nullptr || functions->empty()) return faults.push_back("no functionDeclarations");
    std::set<std::string> names;
    for (const json::value& value : *functions) {
        if (!value.is_object()) return faults.push_back("a function that is no object");
        const json::object& function = value.get_object();
        only_known(function, {"name", "description", "parametersJsonSchema"}, "a function", faults);
        const std::string name = text_in(function, "name");
        if (name.empty() || !names.insert(name).second)
            faults.push_back("function \"" + name + "\" twice or nameless");
        if (object_in(function, "parametersJsonSchema") == nullptr) faults.push_back("no schema of " + name);
    }
}

void check_generation(const json::object& body, Faults& faults) {
    const json::object* generation = object_in(body, "generationConfig");
    if (generation == nullptr) return faults.push_back("no generationConfig");
    only_known(*generation,
               {"maxOutputTokens", "temperature", "stopSequences", "responseMimeType", "responseJsonSchema",
                "thinkingConfig"},
               "generationConfig", faults);
    if (whole_number(*generation, "maxOutputTokens").value_or(0) < 1)
        faults.push_back("maxOutputTokens is no count");
    if (const json::array* stop = list_in(*generation, "stopSequences"); stop && stop->size() > 5)
        faults.push_back("more than five stopSequences");
    if (generation->contains("responseJsonSchema") &&
        text_in(*generation, "responseMimeType") != "application/json")
        faults.push_back("a schema without the type application/json");
    const json::object* thinking = object_in(*generation, "thinkingConfig");
    if (thinking == nullptr) return;
    only_known(*thinking, {"includeThoughts", "thinkingBudget", "thinkingLevel"}, "thinkingConfig", faults);
    if (thinking->contains("thinkingBudget") == thinking->contains("thinkingLevel"))
        faults.push_back("a thinkingConfig with neither or both of budget and level");
}

core::MessagePart read_part(const json::object& part) {
    core::ProviderState state;
    const std::string signature = text_in(part, "thoughtSignature");
    if (!signature.empty() && signature != kNoSignature) state = {.format = "gemini", .data = signature};
    if (const json::object* call = object_in(part, "functionCall")) {
        return core::ToolCall{.id = text_in(*call, "id"),
                              .name = text_in(*call, "name"),
                              .arguments = json_of(*call, "args"),
                              .state = std::move(state)};
    }
    if (const json::object* response = object_in(part, "functionResponse")) {
        const json::object* inner = object_in(*response, "response");
        const bool failed = inner && inner->contains("error");
        return core::ToolResult{.call = text_in(*response, "id"),
                                .name = text_in(*response, "name"),
                                .text = inner ? text_in(*inner, failed ? "error" : "output") : "",
                                .failed = failed};
    }
    if (auto media = media_in(part)) return std::move(*media);
    if (flag_in(part, "thought") == true) {
        return core::ReasoningPart{.text = text_in(part, "text"),
                                   .state = {.format = "gemini", .data = signature}};
    }
    return core::TextPart{.text = text_in(part, "text"), .state = std::move(state)};
}

void read_content(const json::object& content, std::vector<core::PromptMessage>& messages) {
    using Role = core::PromptMessage::Role;
    const json::array* parts = list_in(content, "parts");
    if (parts == nullptr) return;
    const std::size_t first = messages.size();
    for (const json::value& value : *parts) {
        if (!value.is_object()) continue;
        core::MessagePart part = read_part(value.get_object());
        const Role role = text_in(content, "role") == "model"              ? Role::Assistant
                          : std::holds_alternative<core::ToolResult>(part) ? Role::Tool
                                                                           : Role::User;
        if (messages.size() == first || messages.back().role != role) messages.push_back({.role = role});
        messages.back().parts.push_back(std::move(part));
    }
}

void read_tools(const json::object& body, core::ModelRequest& request) {
    const json::array* tools = list_in(body, "tools");
    if (tools != nullptr && !tools->empty() && tools->front().is_object()) {
        if (const json::array* functions = list_in(tools->front().get_object(), "functionDeclarations")) {
            for (const json::value& value : *functions) {
                if (!value.is_object()) continue;
                const json::object& function = value.get_object();
                request.tools.push_back({.name = text_in(function, "name"),
                                         .description = text_in(function, "description"),
                                         .parameters = json_of(function, "parametersJsonSchema")});
            }
        }
    }
    const json::object* config = object_in(body, "toolConfig");
    const json::object* calling = config ? object_in(*config, "functionCallingConfig") : nullptr;
    if (calling == nullptr) return;
    const std::string mode = text_in(*calling, "mode");
    if (mode == "ANY") request.tool_choice = core::ToolChoice::Required;
    if (mode == "NONE") request.tool_choice = core::ToolChoice::None;
    if (const json::array* names = list_in(*calling, "allowedFunctionNames"); names && names->size() == 1)
        request.only_tool = std::string(names->front().as_string());
}

void read_generation(const json::object& body, core::ModelRequest& request) {
    const json::object* generation = object_in(body, "generationConfig");
    if (generation == nullptr) return;
    request.max_output_tokens = static_cast<int>(whole_number(*generation, "maxOutputTokens").value_or(0));
    read_sampling(*generation, "stopSequences", request);
    if (generation->contains("responseJsonSchema"))
        request.schema = {.name = {}, .schema = json_of(*generation, "responseJsonSchema")};
    const json::object* thinking = object_in(*generation, "thinkingConfig");
    if (thinking == nullptr) return;
    request.effort = effort_from(text_in(*thinking, "thinkingLevel"));
    if (const auto budget = whole_number(*thinking, "thinkingBudget")) {
        request.effort = *budget == 0       ? core::Effort::None
                         : *budget <= 1'024 ? core::Effort::Low
                         : *budget <= 8'192 ? core::Effort::Medium
                                            : core::Effort::High;
    }
}

}  // namespace

std::string google_signature_of(const std::string& content) {
    return "c2ln" + std::to_string(content.size()) + "=";
}

std::vector<std::string> faults_of_google_request(const UpstreamRequest& request) {
    Faults faults;
    if (model_in(request.target).empty()) faults.push_back("path " + request.target);
    const auto asked = checked_body(request, "", faults);
    if (!asked) return faults;
    const json::object& body = *asked;
    only_known(body, {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}, "the body",
               faults);
    check_tools(body, faults);
    check_generation(body, faults);
    Conversation conversation(faults);
    if (const json::array* contents = list_in(body, "contents")) {
        for (const json::value& content : *contents)
            if (content.is_object()) conversation.take(content.get_object());
    }
    conversation.end();
    return faults;
}

core::ModelRequest read_google_request(const UpstreamRequest& http) {
    const auto asked = body_of(http);
    if (!asked) return {};
    const json::object& body = *asked;
    core::ModelRequest request{.model = model_in(http.target)};
    if (const json::object* system = object_in(body, "systemInstruction")) {
        if (const json::array* parts = list_in(*system, "parts")) {
            for (const json::value& part : *parts) {
                request.messages.push_back(
                    core::PromptMessage::of(core::PromptMessage::Role::System,
                                            part.is_object() ? text_in(part.get_object(), "text") : ""));
            }
        }
    }
    if (const json::array* contents = list_in(body, "contents")) {
        for (const json::value& content : *contents)
            if (content.is_object()) read_content(content.get_object(), request.messages);
    }
    read_tools(body, request);
    read_generation(body, request);
    return request;
}

}  // namespace boternity::testing
