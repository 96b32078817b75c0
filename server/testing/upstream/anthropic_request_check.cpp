#include "testing/upstream/anthropic_request_check.hpp"

#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>

#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

bool is_call_id(std::string_view id) {
    return !id.empty() &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               std::string_view::npos;
}

std::optional<core::MediaPart> media_in(const json::object& block) {
    const json::object* source = object_in(block, "source");
    if (source == nullptr) return std::nullopt;
    const bool plain = text_in(*source, "type") == "text";
    auto bytes = plain ? std::optional(text_in(*source, "data")) : from_base64(text_in(*source, "data"));
    if (!bytes || bytes->empty() || text_in(*source, "media_type").empty()) return std::nullopt;
    using Kind = core::MediaPart::Kind;
    return core::MediaPart{.kind = text_in(block, "type") == "image" ? Kind::Image : Kind::Document,
                           .media_type = text_in(*source, "media_type"),
                           .name = text_in(block, "title"),
                           .bytes = std::make_shared<const std::string>(std::move(*bytes))};
}

/// The conversation's grammar: which blocks may stand where, and that calls and results match.
class Conversation {
public:
    explicit Conversation(Faults& faults) : faults_(faults) {}

    void take(const json::object& message) {
        only_known(message, {"role", "content"}, "a message", faults_);
        const std::string role = text_in(message, "role");
        if (role != "user" && role != "assistant") fault("role \"" + role + "\"");
        if (!begun_ && role != "user") fault("the conversation begins with " + role);
        begun_ = true;
        const json::array* blocks = list_in(message, "content");
        if (blocks == nullptr || blocks->empty()) return fault("a " + role + " message without content");
        if (role == "assistant" && !open_.empty()) fault("no result for call " + *open_.begin());
        other_ = false;
        for (const json::value& value : *blocks) {
            if (!value.is_object()) return fault("a block that is no object");
            take_block(value.get_object(), role);
        }
        if (role == "user" && !open_.empty())
            fault("no result for call " + *open_.begin() + " in the next message");
    }

    void end() {
        if (!open_.empty()) fault("no result for call " + *open_.begin());
        if (!begun_) fault("no message");
    }

private:
    void fault(std::string what) { faults_.push_back(std::move(what)); }

    void take_block(const json::object& block, const std::string& role) {
        const std::string type = text_in(block, "type");
        const bool user = role == "user";
        if (type == "tool_result") {
            only_known(block, {"type", "tool_use_id", "content", "is_error"}, "a result", faults_);
            if (!user) fault("a result in a message of the assistant");
            if (other_) fault("a result behind other content");
            const std::string id = text_in(block, "tool_use_id");
            if (open_.erase(id) == 0) fault("a result for \"" + id + "\", which no call before it waits for");
            return;
        }
        other_ = true;
        if (type == "text") {
            only_known(block, {"type", "text"}, "a text", faults_);
            if (text_in(block, "text").empty()) fault("an empty text");
        } else if (user && (type == "image" || type == "document")) {
            only_known(block, {"type", "source", "title"}, "a medium", faults_);
            if (!media_in(block)) fault("a block of type " + type + " without readable data");
        } else if (!user && type == "thinking") {
            only_known(block, {"type", "thinking", "signature"}, "a thought", faults_);
            if (text_in(block, "signature") != signature_of(text_in(block, "thinking")))
                fault("a thought whose signature is not its own");
        } else if (!user && type == "redacted_thinking") {
            only_known(block, {"type", "data"}, "a redacted thought", faults_);
            if (text_in(block, "data").empty()) fault("a redacted thought without data");
        } else if (!user && type == "tool_use") {
            take_call(block);
        } else {
            fault("a block of type \"" + type + "\" in a message of " + role);
        }
    }

    void take_call(const json::object& block) {
        only_known(block, {"type", "id", "name", "input"}, "a call", faults_);
        const std::string id = text_in(block, "id");
        if (!is_call_id(id) || !ids_.insert(id).second)
            fault("call id \"" + id + "\" is wrong or used twice");
        open_.insert(id);
        if (text_in(block, "name").empty()) fault("a call without a name");
        if (object_in(block, "input") == nullptr) fault("the input of call " + id + " is no object");
    }

    Faults& faults_;
    std::set<std::string> open_;
    std::set<std::string> ids_;
    bool begun_ = false;
    bool other_ = false;  ///< something that is no result stood in this message
};

void check_thinking(const json::object& body, Faults& faults) {
    const json::object* thinking = object_in(body, "thinking");
    if (thinking == nullptr) return;
    const std::string type = text_in(*thinking, "type");
    if (type != "adaptive" && type != "enabled" && type != "disabled") faults.push_back("thinking " + type);
    const auto limit = whole_number(body, "max_tokens").value_or(0);
    const auto budget = whole_number(*thinking, "budget_tokens");
    if ((type == "enabled") != budget.has_value()) faults.push_back("a budget belongs to enabled thinking");
    if (budget && (*budget < 1'024 || *budget >= limit))
        faults.push_back("a budget below 1024 or not below the limit");
    if (type == "disabled") return;
    if (body.contains("temperature")) faults.push_back("a temperature with thinking");
    const json::object* choice = object_in(body, "tool_choice");
    if (choice && (text_in(*choice, "type") == "any" || text_in(*choice, "type") == "tool"))
        faults.push_back("a forced call with thinking");
}

void check_tools(const json::object& body, Faults& faults) {
    const json::object* choice = object_in(body, "tool_choice");
    if (choice != nullptr) {
        only_known(*choice, {"type", "name", "disable_parallel_tool_use"}, "tool_choice", faults);
        if (!body.contains("tools")) faults.push_back("tool_choice without tools");
        const std::string type = text_in(*choice, "type");
        if (type != "auto" && type != "any" && type != "tool" && type != "none")
            faults.push_back("tool_choice " + type);
        if ((type == "tool") != choice->contains("name"))
            faults.push_back("a tool_choice with a name of no use");
    }
    if (!body.contains("tools")) return;
    const json::array* tools = list_in(body, "tools");
    if (tools == nullptr || tools->empty()) return faults.push_back("tools must be a list that is not empty");
    std::set<std::string> names;
    for (const json::value& value : *tools) {
        const json::object* tool = value.if_object();
        if (tool == nullptr) return faults.push_back("a tool that is no object");
        only_known(*tool, {"name", "description", "input_schema"}, "a tool", faults);
        const std::string name = text_in(*tool, "name");
        if (name.empty() || !names.insert(name).second)
            faults.push_back("tool \"" + name + "\" twice or nameless");
        const json::object* schema = object_in(*tool, "input_schema");
        if (schema == nullptr || text_in(*schema, "type") != "object")
            faults.push_back("tool " + name + " has no schema of an object");
    }
}

void check_body(const json::object& body, Faults& faults) {
    only_known(body,
               {"model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking",
                "output_config", "stop_sequences", "temperature", "cache_control", "stream"},
               "the body", faults);
    if (text_in(body, "model").empty()) faults.push_back("no model");
    if (whole_number(body, "max_tokens").value_or(0) < 1) faults.push_back("max_tokens is no count");
    if (flag_in(body, "stream") != true) faults.push_back("stream is not true");
    if (const json::value* warmth = body.if_contains("temperature"))
        if (!warmth->is_number() || warmth->to_number<double>() < 0 || warmth->to_number<double>() > 1)
            faults.push_back("a temperature outside of 0 to 1");
    check_thinking(body, faults);
    check_tools(body, faults);
    const json::array* messages = list_in(body, "messages");
    if (messages == nullptr) return faults.push_back("no messages");
    Conversation conversation(faults);
    for (const json::value& message : *messages) {
        if (const json::object* object = message.if_object()) conversation.take(*object);
    }
    conversation.end();
}

core::MessagePart read_block(const json::object& block) {
    const std::string type = text_in(block, "type");
    if (type == "tool_use") {
        return core::ToolCall{
            .id = text_in(block, "id"), .name = text_in(block, "name"), .arguments = json_of(block, "input")};
    }
    if (type == "tool_result") {
        return core::ToolResult{.call = text_in(block, "tool_use_id"),
                                .text = text_in(block, "content"),
                                .failed = flag_in(block, "is_error") == true};
    }
    if (type == "thinking") {
        return core::ReasoningPart{
            .text = text_in(block, "thinking"),
            .state = {.format = "anthropic_thinking", .data = text_in(block, "signature")}};
    }
    if (type == "redacted_thinking")
        return core::ReasoningPart{.state = {.format = "anthropic_redacted", .data = text_in(block, "data")}};
    if (auto media = media_in(block)) return std::move(*media);
    return core::TextPart{.text = text_in(block, "text")};
}

/// One message of the format may hold results and, behind them, what the user says: two messages of ours.
void read_message(const json::object& object, std::vector<core::PromptMessage>& messages) {
    using Role = core::PromptMessage::Role;
    const json::array* blocks = list_in(object, "content");
    if (blocks == nullptr) return;
    std::size_t first = messages.size();
    for (const json::value& value : *blocks) {
        if (!value.is_object()) continue;
        core::MessagePart part = read_block(value.get_object());
        const Role role = text_in(object, "role") == "assistant"           ? Role::Assistant
                          : std::holds_alternative<core::ToolResult>(part) ? Role::Tool
                                                                           : Role::User;
        if (messages.size() == first || messages.back().role != role) messages.push_back({.role = role});
        messages.back().parts.push_back(std::move(part));
    }
}

void read_choice(const json::object& body, core::ModelRequest& request) {
    const json::object* choice = object_in(body, "tool_choice");
    if (choice == nullptr) return;
    const std::string type = text_in(*choice, "type");
    if (type == "none") request.tool_choice = core::ToolChoice::None;
    if (type == "any" || type == "tool") request.tool_choice = core::ToolChoice::Required;
    request.only_tool = text_in(*choice, "name");
    request.parallel_calls = flag_in(*choice, "disable_parallel_tool_use") != true;
}

void read_effort(const json::object& body, core::ModelRequest& request) {
    const json::object* thinking = object_in(body, "thinking");
    const json::object* config = object_in(body, "output_config");
    if (config != nullptr) request.effort = effort_from(text_in(*config, "effort"));
    if (thinking == nullptr) return;
    if (text_in(*thinking, "type") == "disabled") request.effort = core::Effort::None;
    if (const auto budget = whole_number(*thinking, "budget_tokens")) {
        request.effort = *budget <= 1'024   ? core::Effort::Low
                         : *budget <= 4'096 ? core::Effort::Medium
                                            : core::Effort::High;
    }
}

}  // namespace

std::string signature_of(const std::string& thought) {
    return "sig-" + std::to_string(thought.size()) + "-" +
           (thought.empty() ? "" : thought.substr(thought.size() - 1));
}

std::vector<std::string> faults_of_anthropic_request(const UpstreamRequest& request) {
    Faults faults;
    if (request.header("anthropic-version") != "2023-06-01") faults.push_back("no known anthropic-version");
    if (const auto body = checked_body(request, "/v1/messages", faults)) check_body(*body, faults);
    return faults;
}

core::ModelRequest read_anthropic_request(const UpstreamRequest& http) {
    const auto asked = body_of(http);
    if (!asked) return {};
    const json::object& body = *asked;
    core::ModelRequest request{.model = text_in(body, "model")};
    if (const json::array* system = list_in(body, "system")) {
        for (const json::value& block : *system) {
            request.messages.push_back(
                core::PromptMessage::of(core::PromptMessage::Role::System,
                                        block.is_object() ? text_in(block.get_object(), "text") : ""));
        }
    }
    if (const json::array* messages = list_in(body, "messages")) {
        for (const json::value& message : *messages)
            if (message.is_object()) read_message(message.get_object(), request.messages);
    }
    if (const json::array* tools = list_in(body, "tools")) {
        for (const json::value& value_of_tool : *tools) {
            if (!value_of_tool.is_object()) continue;
            const json::object& tool = value_of_tool.get_object();
            request.tools.push_back({.name = text_in(tool, "name"),
                                     .description = text_in(tool, "description"),
                                     .parameters = json_of(tool, "input_schema")});
        }
    }
    read_choice(body, request);
    read_effort(body, request);
    if (const json::object* config = object_in(body, "output_config")) {
        if (const json::object* format = object_in(*config, "format"))
            request.schema = {.name = {}, .schema = json_of(*format, "schema")};
    }
    read_sampling(body, "stop_sequences", request);
    request.max_output_tokens = static_cast<int>(whole_number(body, "max_tokens").value_or(0));
    return request;
}

}  // namespace boternity::testing
