#include "testing/upstream/ollama_request_check.hpp"

#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>

#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

class Conversation {
public:
    explicit Conversation(Faults& faults) : faults_(faults) {}

    void take(const json::object& message) {
        only_known(message,
                   {"role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id"},
                   "a message", faults_);
        const std::string role = text_in(message, "role");
        if (role == "tool") return take_result(message);
        if (!open_.empty())
            fault("a " + role + " message stands before the result of call " + *open_.begin());
        if (role != "system" && role != "user" && role != "assistant") fault("role \"" + role + "\"");
        const json::array* calls = list_in(message, "tool_calls");
        const json::array* images = list_in(message, "images");
        if (text_in(message, "content").empty() && calls == nullptr && images == nullptr)
            fault("an empty " + role + " message");
        if (images != nullptr) {
            if (role != "user") fault("images of " + role);
            for (const json::value& image : *images)
                if (!image.is_string() || !from_base64(std::string_view(image.get_string())))
                    fault("an image that is no base64");
        }
        if (calls == nullptr) return;
        if (role != "assistant") fault("calls of " + role);
        for (const json::value& value : *calls) take_call(value);
    }

    void end() {
        if (!open_.empty()) fault("no result for call " + *open_.begin());
    }

private:
    void fault(std::string what) { faults_.push_back(std::move(what)); }

    void take_call(const json::value& value) {
        const json::object* function =
            value.is_object() ? object_in(value.get_object(), "function") : nullptr;
        if (function == nullptr) return fault("a call that is no function");
        only_known(*function, {"index", "name", "arguments"}, "a function", faults_);
        const std::string id = text_in(value.get_object(), "id");
        if (id.empty() || !ids_.insert(id).second) fault("call id \"" + id + "\" is empty or used twice");
        open_.insert(id);
        if (text_in(*function, "name").empty()) fault("a call without a name");
        if (object_in(*function, "arguments") == nullptr) fault("arguments of " + id + " are no object");
    }

    void take_result(const json::object& message) {
        const std::string id = text_in(message, "tool_call_id");
        if (open_.erase(id) == 0) fault("a result for \"" + id + "\", which no call waits for");
        if (text_in(message, "tool_name").empty()) fault("a result without the tool's name");
    }

    Faults& faults_;
    std::set<std::string> open_;
    std::set<std::string> ids_;
};

void check_body(const json::object& body, Faults& faults) {
    only_known(body,
               {"model", "messages", "tools", "format", "options", "think", "truncate", "shift", "stream"},
               "the body", faults);
    if (text_in(body, "model").empty()) faults.push_back("no model");
    if (flag_in(body, "truncate") != false || flag_in(body, "shift") != false)
        faults.push_back("the server may cut silently");
    if (flag_in(body, "stream") != true) faults.push_back("stream is not true");
    const json::object* options = object_in(body, "options");
    if (options == nullptr) return faults.push_back("no options");
    only_known(*options, {"num_ctx", "num_predict", "temperature", "stop"}, "options", faults);
    const auto window = whole_number(*options, "num_ctx").value_or(0);
    if (window < 256 || window > 8'192) faults.push_back("a num_ctx that nobody asked for");
    if (whole_number(*options, "num_predict").value_or(0) < 1) faults.push_back("num_predict is no count");
    if (const json::array* tools = list_in(body, "tools")) {
        for (const json::value& value : *tools) {
            const json::object* function =
                value.is_object() ? object_in(value.get_object(), "function") : nullptr;
            if (function == nullptr || text_in(*function, "name").empty() ||
                object_in(*function, "parameters") == nullptr)
                faults.push_back("a tool without function, name or parameters");
        }
    }
    Conversation conversation(faults);
    if (const json::array* messages = list_in(body, "messages")) {
        for (const json::value& message : *messages)
            if (message.is_object()) conversation.take(message.get_object());
    } else {
        faults.push_back("no messages");
    }
    conversation.end();
}

core::PromptMessage read_message(const json::object& object) {
    using Role = core::PromptMessage::Role;
    const std::string role = text_in(object, "role");
    core::PromptMessage message{.role = role == "system"      ? Role::System
                                        : role == "assistant" ? Role::Assistant
                                        : role == "tool"      ? Role::Tool
                                                              : Role::User};
    if (message.role == Role::Tool) {
        message.parts.emplace_back(core::ToolResult{.call = text_in(object, "tool_call_id"),
                                                    .name = text_in(object, "tool_name"),
                                                    .text = text_in(object, "content")});
        return message;
    }
    if (auto thought = text_in(object, "thinking"); !thought.empty())
        message.parts.emplace_back(
            core::ReasoningPart{.text = std::move(thought), .state = {.format = "ollama"}});
    if (const json::array* images = list_in(object, "images")) {
        for (const json::value& image : *images) {
            auto bytes = from_base64(std::string_view(image.as_string()));
            message.parts.emplace_back(core::MediaPart{
                .media_type = "image/png", .bytes = std::make_shared<const std::string>(bytes.value_or(""))});
        }
    }
    if (auto text = text_in(object, "content"); !text.empty())
        message.parts.emplace_back(core::TextPart{.text = std::move(text)});
    if (const json::array* calls = list_in(object, "tool_calls")) {
        for (const json::value& value : *calls) {
            const json::object* function =
                value.is_object() ? object_in(value.get_object(), "function") : nullptr;
            if (function == nullptr) continue;
            message.parts.emplace_back(core::ToolCall{.id = text_in(value.get_object(), "id"),
                                                      .name = text_in(*function, "name"),
                                                      .arguments = json_of(*function, "arguments")});
        }
    }
    return message;
}

void read_settings(const json::object& body, core::ModelRequest& request) {
    if (const json::array* tools = list_in(body, "tools")) {
        for (const json::value& value : *tools) {
            const json::object* function =
                value.is_object() ? object_in(value.get_object(), "function") : nullptr;
            if (function == nullptr) continue;
            request.tools.push_back({.name = text_in(*function, "name"),
                                     .description = text_in(*function, "description"),
                                     .parameters = json_of(*function, "parameters")});
        }
    }
    if (body.contains("format")) request.schema = {.name = {}, .schema = json_of(body, "format")};
    if (const json::value* think = body.if_contains("think")) {
        if (think->is_string()) request.effort = effort_from(text_in(body, "think"));
        if (think->is_bool()) request.effort = think->get_bool() ? core::Effort::Medium : core::Effort::None;
    }
    const json::object* options = object_in(body, "options");
    if (options == nullptr) return;
    request.max_output_tokens = static_cast<int>(whole_number(*options, "num_predict").value_or(0));
    read_sampling(*options, "stop", request);
}

}  // namespace

std::vector<std::string> faults_of_ollama_request(const UpstreamRequest& request) {
    Faults faults;
    if (const auto body = checked_body(request, "/api/chat", faults)) check_body(*body, faults);
    return faults;
}

core::ModelRequest read_ollama_request(const UpstreamRequest& http) {
    const auto asked = body_of(http);
    if (!asked) return {};
    const json::object& body = *asked;
    core::ModelRequest request{.model = text_in(body, "model")};
    if (const json::array* messages = list_in(body, "messages")) {
        for (const json::value& message : *messages) {
            if (!message.is_object()) continue;
            auto read = read_message(message.get_object());
            append_message(request.messages, std::move(read));
        }
    }
    read_settings(body, request);
    return request;
}

}  // namespace boternity::testing
