#include "testing/upstream/responses_request_check.hpp"

#include "testing/upstream/responses_items.hpp"
#include "testing/upstream/wire_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <set>

namespace boternity::testing {

namespace json = boost::json;

namespace {

using Faults = std::vector<std::string>;

/// The conversation's grammar: which items may follow which, and that calls and results match.
class Conversation {
public:
    explicit Conversation(Faults& faults) : faults_(faults) {}

    void take(const json::object& item) {
        const std::string type = text_in(item, "type");
        const std::string role = text_in(item, "role");
        if (type == "function_call_output") return take_result(item);
        if (!open_.empty() && type != "function_call" && type != "reasoning")
            fault("a " + type + " before the result of call " + *open_.begin());
        const bool said = type == "function_call" || (type == "message" && role == "assistant");
        if (thought_ && !said) fault("a reasoning item without what came of it");
        thought_ = type == "reasoning";
        if (type == "message") {
            take_message(item, role);
        } else if (type == "function_call") {
            take_call(item);
        } else if (type == "reasoning") {
            take_thought(item);
        } else {
            fault("an item of type \"" + type + "\"");
        }
        if (role == "system") return;
        if (!begun_ && role != "user") fault("the conversation begins with " + type + " " + role);
        begun_ = true;
    }

    void end() {
        if (!open_.empty()) fault("no result for call " + *open_.begin());
        if (thought_) fault("a reasoning item without what came of it");
        if (!begun_) fault("no message of a user");
    }

private:
    void fault(std::string what) { faults_.push_back(std::move(what)); }

    void take_message(const json::object& item, const std::string& role) {
        only_known(item, {"type", "role", "content", "phase"}, "a message", faults_);
        if (role != "user" && role != "assistant" && role != "system") fault("role \"" + role + "\"");
        if (item.contains("phase")) {
            const std::string phase = text_in(item, "phase");
            if (role != "assistant" || (phase != "commentary" && phase != "final_answer"))
                fault("phase \"" + phase + "\" in a message of " + role);
        }
        const json::array* parts = list_in(item, "content");
        if (parts == nullptr) {
            if (text_in(item, "content").empty()) fault("an empty message of " + role);
            return;
        }
        if (role != "user" || parts->empty()) fault("parts in a message of " + role + ", or none");
        for (const json::value& value : *parts) {
            if (value.is_object()) take_part(value.get_object());
        }
    }

    void take_part(const json::object& part) {
        const std::string type = text_in(part, "type");
        if (type == "input_text") {
            only_known(part, {"type", "text"}, "a text", faults_);
            if (text_in(part, "text").empty()) fault("an empty text");
        } else if (type == "input_image" || type == "input_file") {
            only_known(part, {"type", "image_url", "filename", "file_data"}, "a medium", faults_);
            if (!media_in_item(part)) fault("a part of type " + type + " without readable data");
            if (type == "input_file" && text_in(part, "filename").empty()) fault("a file without a name");
        } else {
            fault("a part of type \"" + type + "\"");
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

    void take_result(const json::object& item) {
        only_known(item, {"type", "call_id", "output"}, "a result", faults_);
        const std::string id = text_in(item, "call_id");
        if (open_.erase(id) == 0) fault("a result for \"" + id + "\", which no call before it waits for");
        if (!item.contains("output") || !item.at("output").is_string()) fault("a result without output");
    }

    void take_thought(const json::object& item) {
        only_known(item, {"type", "id", "summary", "encrypted_content"}, "a thought", faults_);
        if (!text_in(item, "id").starts_with("rs_")) fault("a thought without its id");
        if (list_in(item, "summary") == nullptr) fault("a thought without a summary");
        if (text_in(item, "encrypted_content") != sealed(summary_of(item)))
            fault("a thought whose encrypted content is not its own");
    }

    Faults& faults_;
    std::set<std::string> open_;
    std::set<std::string> ids_;
    bool begun_ = false;
    bool thought_ = false;
};

void check_tools(const json::object& body, Faults& faults) {
    if (const json::value* choice = body.if_contains("tool_choice")) {
        if (!body.contains("tools")) faults.push_back("tool_choice without tools");
        if (const json::object* one = choice->if_object()) {
            only_known(*one, {"type", "name"}, "tool_choice", faults);
            if (text_in(*one, "type") != "function" || text_in(*one, "name").empty())
                faults.push_back("a tool_choice that names no function");
        } else if (const std::string word = text_in(body, "tool_choice");
                   word != "none" && word != "auto" && word != "required") {
            faults.push_back("tool_choice " + word);
        }
    }
    if (!body.contains("tools")) return;
    const json::array* tools = list_in(body, "tools");
    if (tools == nullptr || tools->empty()) return faults.push_back("tools must be a list that is not empty");
    std::set<std::string> names;
    for (const json::value& value : *tools) {
        const json::object* tool = value.if_object();
        if (tool == nullptr) return faults.push_back("a tool that is no object");
        only_known(*tool, {"type", "name", "description", "parameters", "strict"}, "a tool", faults);
        const std::string name = text_in(*tool, "name");
        if (name.empty() || !names.insert(name).second)
            faults.push_back("tool \"" + name + "\" twice or nameless");
        if (text_in(*tool, "type") != "function" || object_in(*tool, "parameters") == nullptr)
            faults.push_back("tool " + name + " is no function with parameters");
        if (flag_in(*tool, "strict") != false)
            faults.push_back("tool " + name + " is held to a strict schema");
    }
}

void check_format(const json::object& body, Faults& faults) {
    if (!body.contains("text")) return;
    const json::object* text = object_in(body, "text");
    const json::object* format = text == nullptr ? nullptr : object_in(*text, "format");
    if (format == nullptr || text_in(*format, "type") != "json_schema" || text_in(*format, "name").empty() ||
        object_in(*format, "schema") == nullptr)
        return faults.push_back("a text format without a named schema");
    only_known(*format, {"type", "name", "schema", "strict"}, "the format", faults);
}

/// The fake's models reason when they are called gpt-.
void check_reasoning(const json::object& body, Faults& faults) {
    const bool reasons = text_in(body, "model").starts_with("gpt-");
    if (const json::object* reasoning = object_in(body, "reasoning")) {
        only_known(*reasoning, {"effort"}, "reasoning", faults);
        if (!effort_from(text_in(*reasoning, "effort"))) faults.push_back("no known effort");
    }
    const json::array* include = list_in(body, "include");
    const bool asked = include != nullptr && include->size() == 1 && include->front().is_string() &&
                       include->front().get_string() == "reasoning.encrypted_content";
    if (body.contains("include") && !asked) faults.push_back("something else is to be included");
    if (asked != reasons) faults.push_back("reasoning must be asked for where there is some, not elsewhere");
    if (reasons && body.contains("temperature")) faults.push_back("a temperature for a model that reasons");
}

void check_body(const json::object& body, Faults& faults) {
    only_known(body,
               {"model", "input", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning",
                "include", "max_output_tokens", "temperature", "store", "stream"},
               "the body", faults);
    if (text_in(body, "model").empty()) faults.push_back("no model");
    if (flag_in(body, "stream") != true) faults.push_back("stream is not true");
    if (flag_in(body, "store") != false) faults.push_back("the answer would be kept");
    const json::value* limit = body.if_contains("max_output_tokens");
    if (limit == nullptr || !limit->is_int64() || limit->get_int64() < 16)
        faults.push_back("the limit is no count of at least 16");
    check_tools(body, faults);
    check_format(body, faults);
    check_reasoning(body, faults);
    const json::array* input = list_in(body, "input");
    if (input == nullptr) return faults.push_back("no input");
    Conversation conversation(faults);
    for (const json::value& item : *input) {
        if (const json::object* object = item.if_object()) conversation.take(*object);
    }
    conversation.end();
}

}  // namespace

std::string sealed(const std::string& thought) {
    return "gAAAA" + std::to_string(thought.size()) + (thought.empty() ? "" : thought.substr(0, 1));
}

std::vector<std::string> faults_of_responses_request(const UpstreamRequest& request) {
    Faults faults;
    if (const auto body = checked_body(request, "/v1/responses", faults)) check_body(*body, faults);
    return faults;
}

}  // namespace boternity::testing
