#include "testing/upstream/responses_request_check.hpp"

#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

std::optional<std::int64_t> whole_number(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

bool is_bool(const json::object& object, std::string_view name, bool wanted) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_bool() && value->get_bool() == wanted;
}

/// "data:TYPE;base64,..." of an image or a file.
std::optional<core::MediaPart> media_in(const json::object& part) {
    const bool image = text_in(part, "type") == "input_image";
    const std::string address = text_in(part, image ? "image_url" : "file_data");
    const auto comma = address.find(";base64,");
    if (!address.starts_with("data:") || comma == std::string::npos) return std::nullopt;
    auto bytes = from_base64(std::string_view(address).substr(comma + 8));
    if (!bytes || bytes->empty()) return std::nullopt;
    using Kind = core::MediaPart::Kind;
    return core::MediaPart{.kind = image ? Kind::Image : Kind::Document,
                           .media_type = address.substr(5, comma - 5),
                           .name = text_in(part, "filename"),
                           .bytes = std::make_shared<const std::string>(std::move(*bytes))};
}

/// The text of a reasoning item's summary.
std::string thought_in(const json::object& item) {
    const json::array* summary = list_in(item, "summary");
    if (summary == nullptr || summary->empty() || !summary->front().is_object()) return {};
    return text_in(summary->front().get_object(), "text");
}

/// Which items may stand where, and that calls and results match.
class Conversation {
public:
    explicit Conversation(Faults& faults) : faults_(faults) {}

    void take(const json::object& item) {
        const std::string type = text_in(item, "type");
        if (type == "message") {
            take_message(item);
        } else if (type == "function_call") {
            take_call(item);
        } else if (type == "function_call_output") {
            only_known(item, {"type", "call_id", "output"}, "an output", faults_);
            const std::string id = text_in(item, "call_id");
            if (open_.erase(id) == 0) fault("an output for \"" + id + "\", which no call waits for");
        } else if (type == "reasoning") {
            if (json::serialize(item) != json::serialize(json::parse(reasoning_item(thought_in(item)))))
                fault("a reasoning item that is not the one that was given");
        } else {
            fault("an item of type \"" + type + "\"");
        }
    }

    void end() {
        if (!open_.empty()) fault("no output for call " + *open_.begin());
        if (!begun_) fault("no message of a user");
    }

private:
    void fault(std::string what) { faults_.push_back(std::move(what)); }

    void take_message(const json::object& item) {
        only_known(item, {"type", "role", "content"}, "a message", faults_);
        const std::string role = text_in(item, "role");
        if (role != "system" && role != "user" && role != "assistant") fault("role \"" + role + "\"");
        if (role == "user") {
            begun_ = true;
            if (!open_.empty()) fault("no output for call " + *open_.begin());
        }
        const json::array* parts = list_in(item, "content");
        if (parts == nullptr || parts->empty()) return fault("a message without content");
        for (const json::value& value : *parts) {
            const json::object* part = value.if_object();
            const std::string type = part ? text_in(*part, "type") : "";
            if (type == (role == "assistant" ? "output_text" : "input_text")) {
                if (text_in(*part, "text").empty()) fault("an empty text");
            } else if (role == "user" && (type == "input_image" || type == "input_file")) {
                if (!media_in(*part)) fault("a part of type " + type + " without readable data");
            } else {
                fault("a part of type \"" + type + "\" in a message of " + role);
            }
        }
    }

    void take_call(const json::object& item) {
        only_known(item, {"type", "call_id", "name", "arguments"}, "a call", faults_);
        const std::string id = text_in(item, "call_id");
        if (id.empty() || !ids_.insert(id).second) fault("call id \"" + id + "\" is empty or used twice");
        open_.insert(id);
        if (text_in(item, "name").empty()) fault("a call without a name");
        boost::system::error_code error;
        const auto arguments = json::parse(text_in(item, "arguments"), error);
        if (error || !arguments.is_object()) fault("arguments of call " + id + " are no JSON object");
    }

    Faults& faults_;
    std::set<std::string> open_;
    std::set<std::string> ids_;
    bool begun_ = false;
};

void check_tools(const json::object& body, Faults& faults) {
    if (body.contains("tool_choice") && !body.contains("tools"))
        faults.push_back("tool_choice without tools");
    const json::array* tools = list_in(body, "tools");
    if (tools == nullptr) return;
    if (tools->empty()) faults.push_back("an empty list of tools");
    std::set<std::string> names;
    for (const json::value& value : *tools) {
        const json::object* tool = value.if_object();
        if (tool == nullptr) return faults.push_back("a tool that is no object");
        only_known(*tool, {"type", "name", "description", "parameters", "strict"}, "a tool", faults);
        const std::string name = text_in(*tool, "name");
        if (text_in(*tool, "type") != "function" || name.empty() || !names.insert(name).second)
            faults.push_back("tool \"" + name + "\" is no function, nameless or there twice");
        if (object_in(*tool, "parameters") == nullptr || !is_bool(*tool, "strict", false))
            faults.push_back("tool " + name + " without parameters, or strict with any schema");
    }
}

void check_body(const json::object& body, Faults& faults) {
    only_known(body,
               {"model", "input", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning",
                "include", "max_output_tokens", "temperature", "store", "stream"},
               "the body", faults);
    if (text_in(body, "model").empty()) faults.push_back("no model");
    if (!is_bool(body, "stream", true)) faults.push_back("stream is not true");
    if (!is_bool(body, "store", false)) faults.push_back("the conversation would be kept");
    if (whole_number(body, "max_output_tokens").value_or(0) < 16)
        faults.push_back("max_output_tokens below 16");
    check_tools(body, faults);
    if (const json::object* text = object_in(body, "text")) {
        const json::object* format = object_in(*text, "format");
        if (format == nullptr || text_in(*format, "type") != "json_schema" ||
            text_in(*format, "name").empty() || object_in(*format, "schema") == nullptr) {
            faults.push_back("a format without a named schema");
        }
    }
    const json::array* input = list_in(body, "input");
    if (input == nullptr) return faults.push_back("no input");
    Conversation conversation(faults);
    for (const json::value& item : *input)
        if (item.is_object()) conversation.take(item.get_object());
    conversation.end();
}

core::MessagePart read_part(const json::object& part) {
    if (auto media = media_in(part)) return std::move(*media);
    return core::TextPart{.text = text_in(part, "text")};
}

/// Items of the assistant, and results, that follow each other are one message of ours.
void read_item(const json::object& item, std::vector<core::PromptMessage>& messages) {
    using Role = core::PromptMessage::Role;
    const std::string type = text_in(item, "type");
    const std::string role = text_in(item, "role");
    const Role ours = type == "function_call_output" ? Role::Tool
                      : type != "message"            ? Role::Assistant
                      : role == "system"             ? Role::System
                      : role == "assistant"          ? Role::Assistant
                                                     : Role::User;
    const bool joins = (ours == Role::Tool || ours == Role::Assistant) && !messages.empty() &&
                       messages.back().role == ours && !(type == "message" && messages.back().parts.empty());
    if (!joins) messages.push_back({.role = ours});
    auto& parts = messages.back().parts;
    if (type == "function_call") {
        parts.emplace_back(core::ToolCall{.id = text_in(item, "call_id"),
                                          .name = text_in(item, "name"),
                                          .arguments = text_in(item, "arguments")});
    } else if (type == "function_call_output") {
        parts.emplace_back(
            core::ToolResult{.call = text_in(item, "call_id"), .text = text_in(item, "output")});
    } else if (type == "reasoning") {
        parts.emplace_back(core::ReasoningPart{
            .text = thought_in(item), .state = {.format = "responses", .data = json::serialize(item)}});
    } else if (const json::array* content = list_in(item, "content")) {
        for (const json::value& part : *content)
            if (part.is_object()) parts.push_back(read_part(part.get_object()));
    }
}

void read_settings(const json::object& body, core::ModelRequest& request) {
    if (const json::array* tools = list_in(body, "tools")) {
        for (const json::value& value : *tools) {
            if (!value.is_object()) continue;
            const json::object& tool = value.get_object();
            request.tools.push_back({.name = text_in(tool, "name"),
                                     .description = text_in(tool, "description"),
                                     .parameters = json_of(tool, "parameters")});
        }
    }
    request.parallel_calls = !is_bool(body, "parallel_tool_calls", false);
    if (const json::object* one = object_in(body, "tool_choice")) {
        request.tool_choice = core::ToolChoice::Required;
        request.only_tool = text_in(*one, "name");
    } else if (const std::string word = text_in(body, "tool_choice"); word == "required") {
        request.tool_choice = core::ToolChoice::Required;
    } else if (word == "none") {
        request.tool_choice = core::ToolChoice::None;
    }
    if (const json::object* text = object_in(body, "text")) {
        if (const json::object* format = object_in(*text, "format"))
            request.schema = {.name = text_in(*format, "name"), .schema = json_of(*format, "schema")};
    }
    if (const json::object* reasoning = object_in(body, "reasoning"))
        request.effort = effort_from(text_in(*reasoning, "effort"));
    if (const json::value* warmth = body.if_contains("temperature"); warmth && warmth->is_number())
        request.temperature = warmth->to_number<double>();
    request.max_output_tokens = static_cast<int>(whole_number(body, "max_output_tokens").value_or(0));
}

}  // namespace

std::string reasoning_item(const std::string& thought) {
    return R"({"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":)" +
           json_text(thought) + R"(}],"encrypted_content":"gAAA)" + std::to_string(thought.size()) + "\"}";
}

std::vector<std::string> faults_of_responses_request(const UpstreamRequest& request) {
    Faults faults;
    if (request.method != "POST" || request.target != "/v1/responses")
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

core::ModelRequest read_responses_request(const UpstreamRequest& http) {
    boost::system::error_code error;
    const json::value value = json::parse(http.body, error);
    if (error || !value.is_object()) return {};
    const json::object& body = value.get_object();
    core::ModelRequest request{.model = text_in(body, "model")};
    if (const json::array* input = list_in(body, "input")) {
        for (const json::value& item : *input)
            if (item.is_object()) read_item(item.get_object(), request.messages);
    }
    read_settings(body, request);
    return request;
}

}  // namespace boternity::testing
