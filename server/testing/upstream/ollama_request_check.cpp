#include "testing/upstream/ollama_request_check.hpp"

#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

std::optional<std::int64_t> whole_number(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

bool is_false(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_bool() && !value->get_bool();
}

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
    if (!is_false(body, "truncate") || !is_false(body, "shift"))
        faults.push_back("the server may cut silently");
    const json::value* stream = body.if_contains("stream");
    if (stream == nullptr || !stream->is_bool() || !stream->get_bool())
        faults.push_back("stream is not true");
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
    if (const json::value* warmth = options->if_contains("temperature"); warmth && warmth->is_number())
        request.temperature = warmth->to_number<double>();
    if (const json::array* stop = list_in(*options, "stop")) {
        for (const json::value& text : *stop)
            if (text.is_string()) request.stop.emplace_back(text.get_string());
    }
}

}  // namespace

std::vector<std::string> faults_of_ollama_request(const UpstreamRequest& request) {
    Faults faults;
    if (request.method != "POST" || request.target != "/api/chat")
        faults.push_back("asked " + request.method + " " + request.target);
    if (request.header("content-type") != "application/json")
        faults.push_back("content type " + std::string(request.header("content-type")));
    boost::system::error_code error;
    const json::value body = json::parse(request.body, error);
    if (error || !body.is_object()) {
        faults.push_back("the body is no JSON object");
    } else {
        check_body(body.get_object(), faults);
    }
    return faults;
}

core::ModelRequest read_ollama_request(const UpstreamRequest& http) {
    boost::system::error_code error;
    const json::value value = json::parse(http.body, error);
    if (error || !value.is_object()) return {};
    const json::object& body = value.get_object();
    core::ModelRequest request{.model = text_in(body, "model")};
    if (const json::array* messages = list_in(body, "messages")) {
        for (const json::value& message : *messages) {
            if (!message.is_object()) continue;
            auto read = read_message(message.get_object());
            auto* before = request.messages.empty() ? nullptr : &request.messages.back();
            // One message of ours holds all results of one answer.
            if (before != nullptr && read.role == core::PromptMessage::Role::Tool &&
                before->role == read.role) {
                before->parts.push_back(std::move(read.parts.front()));
            } else {
                request.messages.push_back(std::move(read));
            }
        }
    }
    read_settings(body, request);
    return request;
}

}  // namespace boternity::testing
