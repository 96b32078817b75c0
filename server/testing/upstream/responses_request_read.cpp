#include "testing/upstream/responses_items.hpp"
#include "testing/upstream/responses_request_check.hpp"
#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Role = core::PromptMessage::Role;

void read_message(const json::object& item, core::PromptMessage& message) {
    core::TextPart text{.text = text_in(item, "content")};
    if (auto phase = text_in(item, "phase"); !phase.empty())
        text.state = {.format = "responses_phase", .data = std::move(phase)};
    if (!text.text.empty()) message.parts.emplace_back(std::move(text));
    const json::array* parts = list_in(item, "content");
    if (parts == nullptr) return;
    for (const json::value& part : *parts) {
        if (!part.is_object()) continue;
        if (text_in(part.get_object(), "type") == "input_text") {
            message.parts.emplace_back(core::TextPart{.text = text_in(part.get_object(), "text")});
        } else if (auto media = media_in_item(part.get_object())) {
            message.parts.emplace_back(std::move(*media));
        }
    }
}

void read_item(const json::object& item, core::PromptMessage& message) {
    const std::string type = text_in(item, "type");
    if (type == "function_call") {
        message.parts.emplace_back(core::ToolCall{.id = text_in(item, "call_id"),
                                                  .name = text_in(item, "name"),
                                                  .arguments = text_in(item, "arguments")});
    } else if (type == "function_call_output") {
        message.parts.emplace_back(
            core::ToolResult{.call = text_in(item, "call_id"), .text = text_in(item, "output")});
    } else if (type == "reasoning") {
        message.parts.emplace_back(core::ReasoningPart{
            .text = summary_of(item), .state = {.format = "responses", .data = json::serialize(item)}});
    } else {
        read_message(item, message);
    }
}

/// One message of ours holds all items of one answer, or all their results.
void read_input(const json::object& body, core::ModelRequest& request) {
    const json::array* input = list_in(body, "input");
    if (input == nullptr) return;
    for (const json::value& value : *input) {
        if (!value.is_object()) continue;
        const json::object& item = value.get_object();
        const std::string role = text_in(item, "role");
        const Role whose = role == "system"                                  ? Role::System
                           : role == "user"                                  ? Role::User
                           : text_in(item, "type") == "function_call_output" ? Role::Tool
                                                                             : Role::Assistant;
        const bool alone = whose == Role::System || whose == Role::User;
        if (alone || request.messages.empty() || request.messages.back().role != whose)
            request.messages.push_back({.role = whose});
        read_item(item, request.messages.back());
    }
}

void read_tools(const json::object& body, core::ModelRequest& request) {
    if (const json::array* tools = list_in(body, "tools")) {
        for (const json::value& value : *tools) {
            if (!value.is_object()) continue;
            request.tools.push_back({.name = text_in(value.get_object(), "name"),
                                     .description = text_in(value.get_object(), "description"),
                                     .parameters = json_of(value.get_object(), "parameters")});
        }
    }
    request.parallel_calls = flag_in(body, "parallel_tool_calls") != false;
    if (const json::object* one = object_in(body, "tool_choice")) {
        request.tool_choice = core::ToolChoice::Required;
        request.only_tool = text_in(*one, "name");
    } else if (const std::string word = text_in(body, "tool_choice"); word == "required") {
        request.tool_choice = core::ToolChoice::Required;
    } else if (word == "none") {
        request.tool_choice = core::ToolChoice::None;
    }
}

}  // namespace

std::optional<core::MediaPart> media_in_item(const json::object& part) {
    const bool image = text_in(part, "type") == "input_image";
    const std::string address = text_in(part, image ? "image_url" : "file_data");
    using Kind = core::MediaPart::Kind;
    return media_in_data_url(address, image ? Kind::Image : Kind::Document, text_in(part, "filename"));
}

std::string summary_of(const json::object& item) {
    const json::array* parts = list_in(item, "summary");
    std::string all;
    if (parts == nullptr) return all;
    for (const json::value& part : *parts) {
        if (!part.is_object()) continue;
        if (!all.empty()) all += "\n\n";
        all += text_in(part.get_object(), "text");
    }
    return all;
}

core::ModelRequest read_responses_request(const UpstreamRequest& http) {
    const auto asked = body_of(http);
    if (!asked) return {};
    const json::object& body = *asked;
    core::ModelRequest request{.model = text_in(body, "model")};
    read_input(body, request);
    read_tools(body, request);
    if (const json::object* text = object_in(body, "text")) {
        if (const json::object* format = object_in(*text, "format"))
            request.schema = {.name = text_in(*format, "name"), .schema = json_of(*format, "schema")};
    }
    if (const json::object* reasoning = object_in(body, "reasoning"))
        request.effort = effort_from(text_in(*reasoning, "effort"));
    read_sampling(body, "stop", request);
    request.max_output_tokens = static_cast<int>(whole_number(body, "max_output_tokens").value_or(0));
    return request;
}

}  // namespace boternity::testing
