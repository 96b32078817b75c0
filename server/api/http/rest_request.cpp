#include "api/http/rest_request.hpp"

#include "api/http/json_to_message.hpp"
#include "api/http/raw_body.hpp"
#include "api/http/strict_json.hpp"
#include "api/http/url.hpp"
#include "api/methods/prepare_call.hpp"
#include "google/api/httpbody.pb.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <set>

namespace boternity::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Status read_body(const std::string& body, Message& message) {
    if (body.empty()) return {};
    BOT_TRY(value, parse_strict_json(body));
    if (!value.is_object()) return fail(invalid_argument("The body must be a JSON object."));
    return json_to_message(value.get_object(), message);
}

std::string text_of(const Message& message, const FieldDescriptor& field) {
    std::string text;
    google::protobuf::TextFormat::PrintFieldValueToString(message, &field, -1, &text);
    return text;
}

Status read_path(const Routes::Match& match, Message& message) {
    for (const auto& [name, value] : match.variables) {
        const auto* field = message.GetDescriptor()->FindFieldByName(std::string(name));
        const auto* reflection = message.GetReflection();
        if (reflection->HasField(message, field)) {
            const std::unique_ptr<Message> only(message.New());
            BOT_CHECK(text_to_field(name, value, *only));
            if (text_of(*only, *field) == text_of(message, *field)) continue;
            return fail(invalid_argument(
                fmt::format("{}: the path and the body differ; leave it out of the body.", name),
                std::string(name)));
        }
        BOT_CHECK(text_to_field(name, value, message));
    }
    return {};
}

/// Bytes as they are: all else of the request stands in the query.
void read_raw(const HttpHeadIn& head, std::string body, const FieldDescriptor& field, Message& message) {
    if (body.empty()) return;
    auto& raw =
        dynamic_cast<google::api::HttpBody&>(*message.GetReflection()->MutableMessage(&message, &field));
    raw.set_content_type(std::string(head.field("content-type")));
    raw.set_data(std::move(body));
}

Status read_query(const HttpHeadIn& head, const Routes::Match& match, const FieldDescriptor* raw,
                  Message& message) {
    BOT_TRY(parameters, parse_query(head.query));
    const auto& type = *message.GetDescriptor();
    std::set<std::string> seen;
    for (const auto& [name, value] : parameters) {
        if (match.has_body && raw == nullptr) {
            return fail(invalid_argument(
                fmt::format("{}: this operation takes no query parameters; send it in the body.", name),
                name));
        }
        const bool in_path = std::ranges::any_of(
            match.variables, [&](const auto& variable) { return variable.first == name; });
        const bool in_body = raw != nullptr && (name == raw->name() || name.starts_with(raw->name() + "."));
        if (in_path || in_body || !has_field(type, name)) {
            return fail(invalid_argument(
                fmt::format("{}: there is no such query parameter{}.", name,
                            in_path ? std::string("; it stands in the path") : suggest_field(type, name)),
                name));
        }
        const auto* field = type.FindFieldByName(name);
        const bool repeated = field != nullptr && field->is_repeated();
        if (!seen.insert(name).second && !repeated) {
            return fail(invalid_argument(fmt::format("{}: the parameter stands twice.", name), name));
        }
        BOT_CHECK(text_to_field(name, value, message));
    }
    return {};
}

const FieldDescriptor* string_field(const Message& message, const char* name) {
    const auto* field = message.GetDescriptor()->FindFieldByName(name);
    const bool fits =
        field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated();
    return fits ? field : nullptr;
}

/// `*` asks only that the thing is there, which every handler does anyway.
Status read_if_match(const HttpHeadIn& head, Message& message) {
    const auto* field = string_field(message, "etag");
    const auto etag = head.list("If-Match");
    if (field == nullptr || etag.empty() || etag == "*") return {};
    const auto* reflection = message.GetReflection();
    const auto given = reflection->GetString(message, field);
    if (!given.empty() && given != etag) {
        return fail(invalid_argument("If-Match and the field etag differ; send one.", "etag"));
    }
    reflection->SetString(&message, field, etag);
    return {};
}

/// A browser that reconnects repeats the address it began with, with an `after` of long ago: the later one
/// counts.
Status read_last_event_id(const HttpHeadIn& head, Message& message) {
    const auto* field = message.GetDescriptor()->FindFieldByName("after");
    const auto id = head.list("Last-Event-ID");
    if (field == nullptr || field->is_repeated() || id.empty()) return {};
    const std::unique_ptr<Message> only(message.New());
    BOT_CHECK(text_to_field("after", id, *only));
    const auto* reflection = message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        const auto place = reflection->GetInt64(*only, field);
        if (!reflection->HasField(message, field) || place > reflection->GetInt64(message, field))
            reflection->SetInt64(&message, field, place);
        return {};
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_UINT32) return {};
    const auto seen = reflection->GetUInt32(*only, field);
    reflection->SetUInt32(&message, field, std::max(seen, reflection->GetUInt32(message, field)));
    return {};
}

}  // namespace

Result<MessagePtr> message_from(const HttpHeadIn& head, std::string body, const Routes::Match& match,
                                const Method& method) {
    const auto* type = method.descriptor->input_type();
    MessagePtr message(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    const auto* raw = raw_field(*method.descriptor);
    if (raw != nullptr) {
        read_raw(head, std::move(body), *raw, *message);
    } else {
        BOT_CHECK(read_body(body, *message));
    }
    BOT_CHECK(read_path(match, *message));
    BOT_CHECK(read_query(head, match, raw, *message));
    BOT_CHECK(read_if_match(head, *message));
    if (method.streams()) BOT_CHECK(read_last_event_id(head, *message));
    return message;
}

}  // namespace boternity::api
