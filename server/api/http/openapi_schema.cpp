#include "api/http/openapi_schema.hpp"

#include "boternity/v1/rules.pb.h"

#include <boost/json/array.hpp>

namespace boternity::api {
namespace {

namespace json = boost::json;
namespace pb = google::protobuf;

constexpr std::string_view kTimestamp = "google.protobuf.Timestamp";
constexpr std::string_view kHttpBody = "google.api.HttpBody";  // bytes: never described as a message
// As core's text rule for many lines: the controls of ASCII and Latin-1, without tab and line breaks.
constexpr std::string_view kLines = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$";

std::string one_paragraph(const std::string& comment) {
    std::string text;
    for (const char c : comment) {
        const bool space = c == '\n' || c == ' ';
        if (!space) text += c;
        if (space && !text.empty() && text.back() != ' ') text += ' ';
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

json::object enum_schema(const pb::EnumDescriptor& type) {
    json::array names;
    for (int i = 0; i < type.value_count(); ++i) names.emplace_back(type.value(i)->name());
    return {{"type", "string"}, {"enum", std::move(names)}};
}

json::object value_schema(const pb::FieldDescriptor& field) {
    using Field = pb::FieldDescriptor;
    switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL: return {{"type", "boolean"}};
    case Field::CPPTYPE_INT32: return {{"type", "integer"}, {"format", "int32"}};
    case Field::CPPTYPE_UINT32: return {{"type", "integer"}, {"minimum", 0}, {"maximum", 4'294'967'295}};
    case Field::CPPTYPE_INT64:
    case Field::CPPTYPE_UINT64: return {{"type", "string"}, {"pattern", "^-?[0-9]+$"}};
    case Field::CPPTYPE_FLOAT:
    case Field::CPPTYPE_DOUBLE: return {{"type", "number"}};
    case Field::CPPTYPE_STRING: return {{"type", "string"}};
    case Field::CPPTYPE_ENUM: return enum_schema(*field.enum_type());
    case Field::CPPTYPE_MESSAGE:
        if (field.message_type()->full_name() == kTimestamp)
            return {{"type", "string"}, {"format", "date-time"}};
        return reference_to(*field.message_type());
    }
    return {};
}

/// What the contract says of the field's values, in the words of JSON Schema.
void add_rule(json::object& schema, const pb::FieldDescriptor& field) {
    const auto& rule = field.options().GetExtension(v1::rule);
    // Before a reference into the schema is taken: a new member moves the others.
    if (rule.has_min_items()) schema["minItems"] = rule.min_items();
    if (rule.has_max_items()) schema["maxItems"] = rule.max_items();
    json::object& value = field.is_repeated() ? schema["items"].as_object() : schema;
    if (!rule.pattern().empty())
        value["pattern"] = rule.pattern();
    else if (rule.text() == v1::FieldRule::line)
        value["pattern"] = kLine;
    else if (rule.text() == v1::FieldRule::lines)
        value["pattern"] = kLines;
    if (rule.has_min_length()) value["minLength"] = rule.min_length();
    if (rule.has_max_length()) value["maxLength"] = rule.max_length();
    const auto bound = [&](std::string_view name, double limit) {
        const bool whole = value["type"] == "integer";
        value[name] = whole ? json::value(static_cast<std::int64_t>(limit)) : json::value(limit);
    };
    if (rule.has_minimum()) bound("minimum", rule.minimum());
    if (rule.has_maximum()) bound("maximum", rule.maximum());
    if (!rule.example().empty()) value["examples"] = json::array{json::value(rule.example())};
}

json::object message_schema(const pb::Descriptor& message, const std::set<std::string>& without) {
    json::object properties;
    json::array required;
    for (int i = 0; i < message.field_count(); ++i) {
        const auto& field = *message.field(i);
        if (without.contains(field.name())) continue;
        auto schema = field_schema(field);
        if (auto text = comment_of(field); !text.empty()) schema["description"] = text;
        properties[field.name()] = std::move(schema);
        if (is_required(field)) required.emplace_back(field.name());
    }
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    if (auto text = comment_of(message); !text.empty()) schema["description"] = text;
    return schema;
}

}  // namespace

template <class Descriptor>
std::string comment_of(const Descriptor& descriptor) {
    pb::SourceLocation location;
    if (!descriptor.GetSourceLocation(&location)) return {};
    const auto& comment = location.leading_comments;
    return one_paragraph(comment.empty() ? location.trailing_comments : comment);
}

template std::string comment_of(const pb::FieldDescriptor&);
template std::string comment_of(const pb::MethodDescriptor&);
template std::string comment_of(const pb::Descriptor&);
template std::string comment_of(const pb::ServiceDescriptor&);

bool is_required(const pb::FieldDescriptor& field) {
    return field.options().GetExtension(v1::rule).required();
}

json::object field_schema(const pb::FieldDescriptor& field) {
    auto schema = value_schema(field);
    if (field.is_repeated()) schema = json::object{{"type", "array"}, {"items", std::move(schema)}};
    add_rule(schema, field);
    return schema;
}

json::object reference_to(const pb::Descriptor& message) {
    return {{"$ref", "#/components/schemas/" + message.name()}};
}

json::object body_schema(const pb::Descriptor& message, const std::set<std::string>& in_path) {
    auto without = in_path;
    without.emplace(kKeyField);
    auto schema = message_schema(message, without);
    schema["additionalProperties"] = false;
    return schema;
}

void SchemaSet::need(const pb::Descriptor& message) {
    if (message.full_name() == kTimestamp || message.full_name() == kHttpBody ||
        schemas_.contains(message.name()))
        return;
    schemas_[message.name()] = message_schema(message, {});
    need_fields(message);
}

void SchemaSet::need_fields(const pb::Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
        const auto& field = *message.field(i);
        if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) need(*field.message_type());
    }
}

}  // namespace boternity::api
