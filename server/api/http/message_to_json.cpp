#include "api/http/message_to_json.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <cmath>
#include <string_view>

namespace boternity::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void write_text(std::string_view text, std::string& out) {
    out += '"';
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
        out.append(text, clean, i - clean);
        clean = i + 1;
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        }
    }
    out.append(text, clean, text.size() - clean);
    out += '"';
}

template <class Real>
void write_real(Real value, std::string& out) {
    if (std::isnan(value)) {
        out += "\"NaN\"";
    } else if (std::isinf(value)) {
        out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        fmt::format_to(std::back_inserter(out), "{}", value);
    }
}

void write_bytes(std::string_view bytes, std::string& out) {
    namespace base64 = boost::beast::detail::base64;
    std::string encoded(base64::encoded_size(bytes.size()), '\0');
    encoded.resize(base64::encode(encoded.data(), bytes.data(), bytes.size()));
    out += '"' + encoded + '"';
}

void write_enum(const google::protobuf::EnumDescriptor& type, int number, std::string& out) {
    const auto* value = type.FindValueByNumber(number);
    if (value == nullptr) {
        fmt::format_to(std::back_inserter(out), "{}", number);
    } else {
        write_text(value->name(), out);
    }
}

/// One value; `index` below 0: the field itself.
void write_value(const Message& m, const FieldDescriptor& f, int index, std::string& out) {
    const Reflection* r = m.GetReflection();
    const bool many = index >= 0;
    auto to = std::back_inserter(out);
    switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
        fmt::format_to(to, "{}", many ? r->GetRepeatedInt32(m, &f, index) : r->GetInt32(m, &f));
        return;
    case FieldDescriptor::CPPTYPE_UINT32:
        fmt::format_to(to, "{}", many ? r->GetRepeatedUInt32(m, &f, index) : r->GetUInt32(m, &f));
        return;
    case FieldDescriptor::CPPTYPE_INT64:
        fmt::format_to(to, "\"{}\"", many ? r->GetRepeatedInt64(m, &f, index) : r->GetInt64(m, &f));
        return;
    case FieldDescriptor::CPPTYPE_UINT64:
        fmt::format_to(to, "\"{}\"", many ? r->GetRepeatedUInt64(m, &f, index) : r->GetUInt64(m, &f));
        return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
        write_real(many ? r->GetRepeatedDouble(m, &f, index) : r->GetDouble(m, &f), out);
        return;
    case FieldDescriptor::CPPTYPE_FLOAT:
        write_real(many ? r->GetRepeatedFloat(m, &f, index) : r->GetFloat(m, &f), out);
        return;
    case FieldDescriptor::CPPTYPE_BOOL:
        out += (many ? r->GetRepeatedBool(m, &f, index) : r->GetBool(m, &f)) ? "true" : "false";
        return;
    case FieldDescriptor::CPPTYPE_ENUM:
        write_enum(*f.enum_type(), many ? r->GetRepeatedEnumValue(m, &f, index) : r->GetEnumValue(m, &f),
                   out);
        return;
    case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const auto& text = many ? r->GetRepeatedStringReference(m, &f, index, &scratch)
                                : r->GetStringReference(m, &f, &scratch);
        f.type() == FieldDescriptor::TYPE_BYTES ? write_bytes(text, out) : write_text(text, out);
        return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
        message_to_json(many ? r->GetRepeatedMessage(m, &f, index) : r->GetMessage(m, &f), out);
        return;
    }
}

void write_list(const Message& m, const FieldDescriptor& f, std::string& out) {
    out += '[';
    const int size = m.GetReflection()->FieldSize(m, &f);
    for (int i = 0; i < size; ++i) {
        if (i > 0) out += ',';
        write_value(m, f, i, out);
    }
    out += ']';
}

/// JSON's keys are strings, whatever the map's are.
void write_map(const Message& m, const FieldDescriptor& f, std::string& out) {
    const auto* r = m.GetReflection();
    const auto& key = *f.message_type()->map_key();
    const auto& value = *f.message_type()->map_value();
    out += '{';
    for (int i = 0; i < r->FieldSize(m, &f); ++i) {
        if (i > 0) out += ',';
        const auto& entry = r->GetRepeatedMessage(m, &f, i);
        std::string name;
        write_value(entry, key, -1, name);
        out += name.starts_with('"') ? name : '"' + name + '"';
        out += ':';
        write_value(entry, value, -1, out);
    }
    out += '}';
}

/// Timestamps, durations, wrappers and the like have forms of their own.
void write_well_known(const Message& message, std::string& out) {
    if (const auto* time = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&message)) {
        out += '"' + google::protobuf::util::TimeUtil::ToString(*time) + '"';
        return;
    }
    std::string text;
    if (google::protobuf::util::MessageToJsonString(message, &text).ok()) {
        out += text;
    } else {
        out += "null";
    }
}

}  // namespace

void message_to_json(const Message& message, std::string& out) {
    const auto& type = *message.GetDescriptor();
    if (type.well_known_type() != google::protobuf::Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
        return write_well_known(message, out);
    }
    const auto* reflection = message.GetReflection();
    out += '{';
    bool first = true;
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        if (field.has_presence() && !reflection->HasField(message, &field)) continue;
        if (!first) out += ',';
        first = false;
        out += '"';
        out += field.name();
        out += "\":";
        if (field.is_map()) {
            write_map(message, field, out);
        } else if (field.is_repeated()) {
            write_list(message, field, out);
        } else {
            write_value(message, field, -1, out);
        }
    }
    out += '}';
}

std::string message_to_json(const Message& message) {
    std::string out;
    out.reserve(256);
    message_to_json(message, out);
    return out;
}

}  // namespace boternity::api
