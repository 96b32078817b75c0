#include "testing/upstream/chat_request_check.hpp"

#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

/// "data:TYPE;base64,..." of an image or a file.
std::optional<core::MediaPart> media_in(const json::object& part) {
    const bool image = text_in(part, "type") == "image_url";
    const json::object* inner = object_in(part, image ? "image_url" : "file");
    if (inner == nullptr) return std::nullopt;
    const std::string address = text_in(*inner, image ? "url" : "file_data");
    using Kind = core::MediaPart::Kind;
    return media_in_data_url(address, image ? Kind::Image : Kind::Document, text_in(*inner, "filename"));
}

/// The conversation's grammar: who may follow whom, and that calls and results match.
class Conversation {
public:
    explicit Conversation(Faults& faults) : faults_(faults) {}

    void take(const json::object& message) {
        only_known(message, {"role", "content", "tool_calls", "tool_call_id", "reasoning_content"},
                   "a message", faults_);
        const std::string role = text_in(message, "role");
        const std::string text = content_of(message);
        if (role == "tool") {
            take_result(message);
        } else {
            if (!open_.empty())
                fault("a " + role + " message stands before the result of call " + *open_.begin());
            if (role == "user" || role == "system") {
                if (text.empty()) fault("an empty " + role + " message");
                if (message.contains("tool_calls")) fault("a " + role + " message with tool calls");
            } else if (role == "assistant") {
                take_assistant(message, text);
            } else {
                fault("role \"" + role + "\"");
            }
        }
        if (role != "tool" && message.contains("tool_call_id")) fault("tool_call_id in a message of " + role);
        if (role != "system") {
            if (!begun_ && role != "user") fault("the conversation begins with " + role);
            begun_ = true;
        }
    }

    void end() {
        if (!open_.empty()) fault("no result for call " + *open_.begin());
        if (!begun_) fault("no message of a user");
    }

private:
    void fault(std::string what) { faults_.push_back(std::move(what)); }

    /// The text, or of parts something that is not empty.
    std::string content_of(const json::object& message) {
        const json::array* parts = list_in(message, "content");
        if (parts == nullptr) return text_in(message, "content");
        if (text_in(message, "role") != "user") fault("parts in a message that is not the user's");
        for (const json::value& value : *parts) {
            if (value.is_object()) check_part(value.get_object());
        }
        return parts->empty() ? "" : "parts";
    }

    void check_part(const json::object& part) {
        const std::string type = text_in(part, "type");
        if (type == "text") {
            if (text_in(part, "text").empty()) fault("an empty text part");
        } else if (type == "image_url" || type == "file") {
            if (!media_in(part)) fault("a part of type " + type + " without readable data");
        } else {
            fault("a part of type \"" + type + "\"");
        }
    }

    void take_result(const json::object& message) {
        const std::string id = text_in(message, "tool_call_id");
        if (open_.erase(id) == 0) fault("a result for \"" + id + "\", which no call before it waits for");
        if (!message.contains("content") || !message.at("content").is_string())
            fault("a result without content");
    }

    void take_assistant(const json::object& message, const std::string& text) {
        const json::array* calls = list_in(message, "tool_calls");
        if (text.empty() && (calls == nullptr || calls->empty())) fault("an empty assistant message");
        if (calls == nullptr) return;
        for (const json::value& value : *calls) {
            const json::object* call = value.if_object();
            const json::object* function = call == nullptr ? nullptr : object_in(*call, "function");
            if (function == nullptr || text_in(*call, "type") != "function") {
                fault("a tool call that is no function");
                continue;
            }
            const std::string id = text_in(*call, "id");
            if (id.empty() || !ids_.insert(id).second) fault("call id \"" + id + "\" is empty or used twice");
            open_.insert(id);
            if (text_in(*function, "name").empty()) fault("a call without a name");
            boost::system::error_code error;
            const auto arguments = json::parse(text_in(*function, "arguments"), error);
            if (error || !arguments.is_object()) fault("arguments of call " + id + " are no JSON object");
        }
    }

    Faults& faults_;
    std::set<std::string> open_;
    std::set<std::string> ids_;
    bool begun_ = false;
};

void check_limit(const json::object& body, Faults& faults) {
    const bool old_way = body.contains("max_tokens");
    const bool new_way = body.contains("max_completion_tokens");
    if (old_way == new_way)
        faults.push_back("max_tokens or max_completion_tokens must stand there, not both");
    const json::value* limit = body.if_contains(old_way ? "max_tokens" : "max_completion_tokens");
    if (limit == nullptr || !limit->is_int64() || limit->get_int64() < 1)
        faults.push_back("the limit is no count");
}

void check_tools(const json::object& body, Faults& faults) {
    if (!body.contains("tools")) return;
    const json::array* tools = list_in(body, "tools");
    if (tools == nullptr || tools->empty()) faults.push_back("tools must be a list that is not empty");
    if (tools == nullptr) return;
    std::set<std::string> names;
    for (const json::value& value : *tools) {
        const json::object* tool = value.if_object();
        const json::object* function = tool == nullptr ? nullptr : object_in(*tool, "function");
        if (function == nullptr || text_in(*tool, "type") != "function") {
            faults.push_back("a tool that is no function");
        } else if (const std::string name = text_in(*function, "name");
                   name.empty() || !names.insert(name).second) {
            faults.push_back("tool name \"" + name + "\" is empty or used twice");
        } else if (object_in(*function, "parameters") == nullptr) {
            faults.push_back("tool " + name + " has no parameters");
        }
    }
}

void check_choice(const json::object& body, Faults& faults) {
    const json::value* choice = body.if_contains("tool_choice");
    if (choice == nullptr) return;
    if (!body.contains("tools")) faults.push_back("tool_choice without tools");
    if (choice->is_string()) {
        const std::string word = text_in(body, "tool_choice");
        if (word != "none" && word != "auto" && word != "required") faults.push_back("tool_choice " + word);
    } else if (!choice->is_object() || object_in(choice->get_object(), "function") == nullptr) {
        faults.push_back("a tool_choice that names no function");
    }
}

void check_format(const json::object& body, Faults& faults) {
    if (!body.contains("response_format")) return;
    const json::object* format = object_in(body, "response_format");
    const json::object* schema = format == nullptr ? nullptr : object_in(*format, "json_schema");
    if (schema == nullptr || text_in(*format, "type") != "json_schema" || text_in(*schema, "name").empty() ||
        object_in(*schema, "schema") == nullptr) {
        faults.push_back("a response_format without a named schema");
    }
}

void check_body(const json::object& body, Faults& faults) {
    only_known(body,
               {"model", "messages", "tools", "tool_choice", "parallel_tool_calls", "response_format",
                "reasoning_effort", "max_tokens", "max_completion_tokens", "temperature", "stop", "stream",
                "stream_options"},
               "the body", faults);
    if (text_in(body, "model").empty()) faults.push_back("no model");
    if (flag_in(body, "stream") != true) faults.push_back("stream is not true");
    const json::object* options = object_in(body, "stream_options");
    if (options == nullptr || flag_in(*options, "include_usage") != true)
        faults.push_back("no usage is asked for");
    check_limit(body, faults);
    check_tools(body, faults);
    check_choice(body, faults);
    check_format(body, faults);
    const json::array* messages = list_in(body, "messages");
    if (messages == nullptr) faults.push_back("no messages");
    if (messages == nullptr) return;
    Conversation conversation(faults);
    for (const json::value& message : *messages) {
        if (const json::object* object = message.if_object()) conversation.take(*object);
    }
    conversation.end();
}

core::PromptMessage read_message(const json::object& object) {
    core::PromptMessage message;
    const std::string role = text_in(object, "role");
    using Role = core::PromptMessage::Role;
    message.role = role == "system"      ? Role::System
                   : role == "assistant" ? Role::Assistant
                   : role == "tool"      ? Role::Tool
                                         : Role::User;
    if (message.role == Role::Tool) {
        message.parts.emplace_back(
            core::ToolResult{.call = text_in(object, "tool_call_id"), .text = text_in(object, "content")});
        return message;
    }
    if (auto thought = text_in(object, "reasoning_content"); !thought.empty()) {
        message.parts.emplace_back(
            core::ReasoningPart{.text = std::move(thought),
                                .state = {.format = "chat_completions", .data = "reasoning_content"}});
    }
    if (auto text = text_in(object, "content"); !text.empty()) {
        message.parts.emplace_back(core::TextPart{.text = std::move(text)});
    }
    if (const json::array* parts = list_in(object, "content")) {
        for (const json::value& part : *parts) {
            if (!part.is_object()) continue;
            if (text_in(part.get_object(), "type") == "text") {
                message.parts.emplace_back(core::TextPart{.text = text_in(part.get_object(), "text")});
            } else if (auto media = media_in(part.get_object())) {
                message.parts.emplace_back(std::move(*media));
            }
        }
    }
    if (const json::array* calls = list_in(object, "tool_calls")) {
        for (const json::value& value : *calls) {
            const json::object* function =
                value.is_object() ? object_in(value.get_object(), "function") : nullptr;
            if (function == nullptr) continue;
            message.parts.emplace_back(core::ToolCall{.id = text_in(value.get_object(), "id"),
                                                      .name = text_in(*function, "name"),
                                                      .arguments = text_in(*function, "arguments")});
        }
    }
    return message;
}

void read_tools(const json::object& body, core::ModelRequest& request) {
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
    request.parallel_calls = flag_in(body, "parallel_tool_calls").value_or(true);
    const json::value* choice = body.if_contains("tool_choice");
    if (choice == nullptr) return;
    if (const json::object* one = choice->if_object()) {
        request.tool_choice = core::ToolChoice::Required;
        if (const json::object* function = object_in(*one, "function"))
            request.only_tool = text_in(*function, "name");
    } else if (const std::string word = text_in(body, "tool_choice"); word == "required") {
        request.tool_choice = core::ToolChoice::Required;
    } else if (word == "none") {
        request.tool_choice = core::ToolChoice::None;
    }
}

void read_settings(const json::object& body, core::ModelRequest& request) {
    read_sampling(body, "stop", request);
    for (const char* name : {"max_tokens", "max_completion_tokens"}) {
        if (const auto limit = whole_number(body, name)) request.max_output_tokens = static_cast<int>(*limit);
    }
    if (const json::object* format = object_in(body, "response_format")) {
        if (const json::object* schema = object_in(*format, "json_schema")) {
            request.schema = {.name = text_in(*schema, "name"), .schema = json_of(*schema, "schema")};
        }
    }
    request.effort = effort_from(text_in(body, "reasoning_effort"));
}

}  // namespace

std::vector<std::string> faults_of_chat_request(const UpstreamRequest& request) {
    Faults faults;
    if (const auto body = checked_body(request, "/v1/chat/completions", faults)) check_body(*body, faults);
    return faults;
}

core::ModelRequest read_chat_request(const UpstreamRequest& http) {
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
    read_tools(body, request);
    read_settings(body, request);
    return request;
}

}  // namespace boternity::testing
