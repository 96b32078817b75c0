#include "infra/store/soci/step_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace boternity::infra::store {
namespace {

namespace json = boost::json;
using namespace core;

/// Thrown and caught here only: what is read was written by this file.
struct NotWhatWasWritten {};

const json::value& need(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    if (found == nullptr) throw NotWhatWasWritten{};
    return *found;
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    if (found == nullptr) return {};
    if (!found->is_string()) throw NotWhatWasWritten{};
    return std::string(found->get_string());
}

std::int64_t number_of(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    if (found == nullptr) return 0;
    json::error_code error;
    const auto number = found->to_number<std::int64_t>(error);
    if (error) throw NotWhatWasWritten{};
    return number;
}

int int_of(const json::object& object, std::string_view name) {
    const auto number = number_of(object, name);
    if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
        throw NotWhatWasWritten{};
    return static_cast<int>(number);
}

bool truth_of(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    return found && found->is_bool() && found->get_bool();
}

const json::array& list_of(const json::object& object, std::string_view name) {
    static const json::array none;
    const auto* found = object.if_contains(name);
    if (found == nullptr) return none;
    if (!found->is_array()) throw NotWhatWasWritten{};
    return found->get_array();
}

const json::object& object_of(const json::value& value) {
    if (!value.is_object()) throw NotWhatWasWritten{};
    return value.get_object();
}

template <class Tag>
Id<Tag> id_of(std::string_view text) {
    const auto id = Id<Tag>::parse(text);
    if (!id) throw NotWhatWasWritten{};
    return *id;
}

template <class Tag>
void take_id(const json::object& object, std::string_view name, std::optional<Id<Tag>>& id) {
    const auto* found = object.if_contains(name);
    if (found == nullptr) return;
    if (!found->is_string()) throw NotWhatWasWritten{};
    const auto& text = found->get_string();
    id = id_of<Tag>({text.data(), text.size()});
}

void put_text(json::object& object, std::string_view name, const std::string& text) {
    if (!text.empty()) object[name] = text;
}
void put_number(json::object& object, std::string_view name, std::int64_t number) {
    if (number != 0) object[name] = number;
}
void put_truth(json::object& object, std::string_view name, bool truth) {
    if (truth) object[name] = true;
}

void put_state(json::object& part, const ProviderState& state) {
    if (state.format.empty()) return;
    part["state"] = json::object{{"format", state.format}, {"data", state.data}};
}

ProviderState state_of(const json::object& part) {
    const auto* found = part.if_contains("state");
    if (found == nullptr) return {};
    const auto& state = object_of(*found);
    return {.format = text_of(state, "format"), .data = text_of(state, "data")};
}

json::object message_to_json(const AgentMessage& message) {
    return {{"to", message.to.text()},          {"position", message.position},
            {"from", message.from.text()},      {"sender", message.sender},
            {"kind", name_of(message.kind)},    {"text", message.text},
            {"sent_at", message.sent_at.micros}};
}

AgentMessage message_from_json(const json::object& object) {
    const auto kind = agent_message_kind_from(text_of(object, "kind"));
    if (!kind) throw NotWhatWasWritten{};
    return {.to = id_of<RunTag>(text_of(object, "to")),
            .position = int_of(object, "position"),
            .from = id_of<RunTag>(text_of(object, "from")),
            .sender = text_of(object, "sender"),
            .kind = *kind,
            .text = text_of(object, "text"),
            .sent_at = Timestamp{number_of(object, "sent_at")}};
}

struct PartToJson {
    json::object operator()(const TextPart& part) const {
        json::object object{{"text", part.text}};
        put_state(object, part.state);
        return object;
    }
    json::object operator()(const ReasoningPart& part) const {
        json::object object{{"reasoning", part.text}};
        put_state(object, part.state);
        return object;
    }
    json::object operator()(const ToolCall& part) const {
        json::object object{{"call", part.id}, {"name", part.name}, {"arguments", part.arguments}};
        put_state(object, part.state);
        return object;
    }
    // No model says these.
    json::object operator()(const MediaPart&) const { return {}; }
    json::object operator()(const ToolResult&) const { return {}; }
};

MessagePart part_from_json(const json::object& object) {
    if (object.contains("call")) {
        return ToolCall{.id = text_of(object, "call"),
                        .name = text_of(object, "name"),
                        .arguments = text_of(object, "arguments"),
                        .state = state_of(object)};
    }
    if (object.contains("reasoning"))
        return ReasoningPart{.text = text_of(object, "reasoning"), .state = state_of(object)};
    need(object, "text");
    return TextPart{.text = text_of(object, "text"), .state = state_of(object)};
}

struct InputToJson {
    json::object operator()(const ModelInput& input) const {
        json::object object{{"model", input.model}};
        put_number(object, "messages", input.messages);
        put_number(object, "dropped", input.dropped);
        put_number(object, "max_output_tokens", input.max_output_tokens);
        if (!input.cuts.empty()) {
            auto& cuts = object.emplace("cuts", json::array()).first->value().get_array();
            for (const auto& cut : input.cuts)
                cuts.push_back(json::array{cut.dropped_messages, cut.kept_messages, cut.window_tokens});
        }
        put_text(object, "request_hash", input.request_hash);
        return object;
    }
    json::object operator()(const ToolInput& input) const {
        json::object object{{"call", input.call}, {"tool", input.tool}, {"arguments", input.arguments}};
        put_truth(object, "read_only", input.read_only);
        put_truth(object, "idempotent", input.idempotent);
        return object;
    }
    json::object operator()(const WaitInput&) const { return {}; }
    json::object operator()(const DecisionInput& input) const {
        json::object object{{"question", input.question}};
        if (!input.options.empty())
            object["options"] = json::array(input.options.begin(), input.options.end());
        put_number(object, "about", input.about);
        put_text(object, "hash", input.hash);
        if (input.expires_at) object["expires_at"] = input.expires_at->micros;
        return object;
    }
    json::object operator()(const SentInput&) const { return {}; }
};

struct OutputToJson {
    json::object operator()(std::monostate) const { return {}; }
    json::object operator()(const ModelOutput& output) const {
        json::object object;
        auto& parts = object.emplace("parts", json::array()).first->value().get_array();
        for (const auto& part : output.parts) parts.push_back(std::visit(PartToJson{}, part));
        auto& pieces = object.emplace("pieces", json::array()).first->value().get_array();
        for (const std::uint32_t piece : output.pieces) pieces.emplace_back(piece);
        if (output.stop_reason) object["stop_reason"] = name_of(*output.stop_reason);
        return object;
    }
    json::object operator()(const ToolOutput& output) const {
        json::object object{{"text", output.text}, {"bytes", output.bytes}};
        put_truth(object, "failed", output.failed);
        put_number(object, "repeated", output.repeated);
        if (output.agent)
            object["agent"] = json::object{{"run", output.agent->run.text()}, {"name", output.agent->name}};
        if (!output.heard.empty()) {
            auto& heard = object.emplace("heard", json::array()).first->value().get_array();
            for (const RunId run : output.heard) heard.emplace_back(run.text());
        }
        return object;
    }
    json::object operator()(const WaitOutput& output) const {
        json::object object;
        auto& received = object.emplace("received", json::array()).first->value().get_array();
        for (const auto& message : output.received) received.push_back(message_to_json(message));
        return object;
    }
    json::object operator()(const DecisionOutput& output) const {
        return {{"answer", output.answer}, {"by", output.by}};
    }
    json::object operator()(const SentOutput& output) const {
        json::object object;
        if (output.message) object["message"] = output.message->text();
        if (output.to) object["to"] = output.to->text();
        if (output.text) object["text"] = *output.text;
        return object;
    }
};

ModelInput model_input(const json::object& object) {
    ModelInput input{.model = text_of(object, "model"),
                     .messages = int_of(object, "messages"),
                     .dropped = int_of(object, "dropped"),
                     .max_output_tokens = int_of(object, "max_output_tokens"),
                     .request_hash = text_of(object, "request_hash")};
    for (const auto& cut : list_of(object, "cuts")) {
        if (!cut.is_array() || cut.get_array().size() != 3) throw NotWhatWasWritten{};
        const auto& numbers = cut.get_array();
        const auto at = [&](std::size_t i) { return static_cast<int>(numbers[i].to_number<std::int64_t>()); };
        input.cuts.push_back({at(0), at(1), at(2)});
    }
    return input;
}

DecisionInput decision_input(const json::object& object) {
    DecisionInput input{.question = text_of(object, "question"),
                        .about = int_of(object, "about"),
                        .hash = text_of(object, "hash")};
    for (const auto& option : list_of(object, "options")) {
        if (!option.is_string()) throw NotWhatWasWritten{};
        input.options.emplace_back(option.get_string());
    }
    if (object.contains("expires_at")) input.expires_at = Timestamp{number_of(object, "expires_at")};
    return input;
}

StepInput read_input(StepKind kind, const json::object& object) {
    switch (kind) {
    case StepKind::ModelCall: return model_input(object);
    case StepKind::ToolCall:
        return ToolInput{.call = text_of(object, "call"),
                         .tool = text_of(object, "tool"),
                         .arguments = text_of(object, "arguments"),
                         .read_only = truth_of(object, "read_only"),
                         .idempotent = truth_of(object, "idempotent")};
    case StepKind::Wait: return WaitInput{};
    case StepKind::Decision: return decision_input(object);
    case StepKind::MessageSent: return SentInput{};
    }
    throw NotWhatWasWritten{};
}

ModelOutput model_output(const json::object& object) {
    ModelOutput output;
    for (const auto& part : list_of(object, "parts")) output.parts.push_back(part_from_json(object_of(part)));
    for (const auto& piece : list_of(object, "pieces"))
        output.pieces.push_back(piece.to_number<std::uint32_t>());
    output.stop_reason = stop_reason_from(text_of(object, "stop_reason"));
    return output;
}

ToolOutput tool_output(const json::object& object) {
    ToolOutput output{.text = text_of(object, "text"),
                      .failed = truth_of(object, "failed"),
                      .bytes = static_cast<std::size_t>(number_of(object, "bytes")),
                      .repeated = int_of(object, "repeated")};
    if (const auto* agent = object.if_contains("agent")) {
        const auto& spawned = object_of(*agent);
        output.agent =
            SpawnedAgent{.run = id_of<RunTag>(text_of(spawned, "run")), .name = text_of(spawned, "name")};
    }
    for (const auto& run : list_of(object, "heard")) {
        if (!run.is_string()) throw NotWhatWasWritten{};
        output.heard.push_back(id_of<RunTag>(std::string(run.get_string())));
    }
    return output;
}

StepOutput read_output(StepKind kind, const json::object& object) {
    switch (kind) {
    case StepKind::ModelCall: return model_output(object);
    case StepKind::ToolCall: return tool_output(object);
    case StepKind::Wait: {
        WaitOutput output;
        for (const auto& message : list_of(object, "received"))
            output.received.push_back(message_from_json(object_of(message)));
        return output;
    }
    case StepKind::Decision:
        return DecisionOutput{.answer = text_of(object, "answer"), .by = text_of(object, "by")};
    case StepKind::MessageSent: {
        SentOutput output;
        take_id(object, "message", output.message);
        take_id(object, "to", output.to);
        if (object.contains("text")) output.text = text_of(object, "text");
        return output;
    }
    }
    throw NotWhatWasWritten{};
}

template <class T, class Read>
Result<T> parsed(std::string_view text, const Read& read) {
    try {
        // What a model or a tool said is kept as it came, valid UTF-8 or not.
        json::parse_options options;
        options.allow_invalid_utf8 = true;
        return read(object_of(text.empty() ? json::value(json::object())
                                           : json::parse(text, json::storage_ptr(), options)));
    } catch (const NotWhatWasWritten&) {
    } catch (const boost::system::system_error&) {
    }
    return fail(internal_error("a step in the database is not what was written"));
}

}  // namespace

std::string input_to_json(const StepInput& input) {
    const auto object = std::visit(InputToJson{}, input);
    return object.empty() ? std::string() : json::serialize(object);
}

std::string output_to_json(const StepOutput& output) {
    const auto object = std::visit(OutputToJson{}, output);
    return object.empty() ? std::string() : json::serialize(object);
}

Result<StepInput> input_from_json(StepKind kind, std::string_view text) {
    return parsed<StepInput>(text, [kind](const json::object& object) { return read_input(kind, object); });
}

Result<StepOutput> output_from_json(StepKind kind, std::string_view text) {
    if (text.empty()) return StepOutput{};
    return parsed<StepOutput>(text, [kind](const json::object& object) { return read_output(kind, object); });
}

}  // namespace boternity::infra::store
