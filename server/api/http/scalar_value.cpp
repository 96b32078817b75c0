#include "api/http/scalar_value.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace boternity::api {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string_view kind_of(const json::value& value) {
    switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "true or false";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
    }
    return "something else";
}

std::unexpected<Error> expected(const std::string& path, std::string_view what) {
    return fail(invalid_argument(fmt::format("{}: expected {}.", path, what), path));
}

/// Sets or adds, by the field's own type.
template <class Value>
void put(Message& message, const FieldDescriptor& field, Value value) {
    const auto* r = message.GetReflection();
    const bool many = field.is_repeated();
    if constexpr (std::is_same_v<Value, std::int32_t>) {
        many ? r->AddInt32(&message, &field, value) : r->SetInt32(&message, &field, value);
    } else if constexpr (std::is_same_v<Value, std::int64_t>) {
        many ? r->AddInt64(&message, &field, value) : r->SetInt64(&message, &field, value);
    } else if constexpr (std::is_same_v<Value, std::uint32_t>) {
        many ? r->AddUInt32(&message, &field, value) : r->SetUInt32(&message, &field, value);
    } else if constexpr (std::is_same_v<Value, std::uint64_t>) {
        many ? r->AddUInt64(&message, &field, value) : r->SetUInt64(&message, &field, value);
    } else if constexpr (std::is_same_v<Value, double>) {
        many ? r->AddDouble(&message, &field, value) : r->SetDouble(&message, &field, value);
    } else if constexpr (std::is_same_v<Value, float>) {
        many ? r->AddFloat(&message, &field, value) : r->SetFloat(&message, &field, value);
    } else if constexpr (std::is_same_v<Value, bool>) {
        many ? r->AddBool(&message, &field, value) : r->SetBool(&message, &field, value);
    } else {
        many ? r->AddString(&message, &field, std::move(value))
             : r->SetString(&message, &field, std::move(value));
    }
}

template <class Integer>
std::optional<Integer> integer_from_json(const json::value& value) {
    if (const auto* i = value.if_int64())
        return std::in_range<Integer>(*i) ? std::optional(Integer(*i)) : std::nullopt;
    if (const auto* u = value.if_uint64()) {
        return std::in_range<Integer>(*u) ? std::optional(Integer(*u)) : std::nullopt;
    }
    if (const auto* d = value.if_double()) {
        // 1e3 and 2.0 are integers too (protobuf's JSON mapping); beyond 2^53 a double is no exact number.
        if (std::trunc(*d) != *d || std::abs(*d) > 9007199254740992.0) return std::nullopt;
        const auto i = static_cast<std::int64_t>(*d);
        return std::in_range<Integer>(i) ? std::optional(Integer(i)) : std::nullopt;
    }
    return std::nullopt;
}

template <class Number>
std::optional<Number> number_from_text(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

template <class Integer>
Status integer(const json::value& value, const FieldDescriptor& field, Message& message,
               const std::string& path) {
    const auto range = fmt::format("a whole number from {} to {}", std::numeric_limits<Integer>::min(),
                                   std::numeric_limits<Integer>::max());
    std::optional<Integer> number;
    if (value.is_number()) {
        number = integer_from_json<Integer>(value);
        if (!number) return expected(path, range);
    } else if (value.is_string() && sizeof(Integer) == 8) {
        // 64-bit numbers are strings in protobuf's JSON, because JavaScript cannot hold them.
        number = number_from_text<Integer>(std::string_view(value.get_string()));
        if (!number) return expected(path, range);
    } else {
        return wrong(path, "a whole number", value);
    }
    put(message, field, *number);
    return {};
}

template <class Real>
Status real(const json::value& value, const FieldDescriptor& field, Message& message,
            const std::string& path) {
    if (!value.is_number()) return wrong(path, "a number", value);
    const double number = value.to_number<double>();
    if (std::abs(number) > static_cast<double>(std::numeric_limits<Real>::max())) {
        return expected(path, "a number that is not so large");
    }
    put(message, field, static_cast<Real>(number));
    return {};
}

std::string names_of(const google::protobuf::EnumDescriptor& type) {
    std::string out;
    for (int i = 0; i < type.value_count(); ++i) {
        if (type.value(i)->number() == 0) continue;  // "unspecified" is not worth asking for
        if (!out.empty()) out += ", ";
        out += type.value(i)->name();
    }
    return out;
}

Status choice(std::string_view name, const FieldDescriptor& field, Message& message,
              const std::string& path) {
    const auto* value = field.enum_type()->FindValueByName(std::string(name));
    if (value == nullptr) return expected(path, "one of " + names_of(*field.enum_type()));
    const auto* r = message.GetReflection();
    field.is_repeated() ? r->AddEnum(&message, &field, value) : r->SetEnum(&message, &field, value);
    return {};
}

Status bytes(std::string_view text, const FieldDescriptor& field, Message& message, const std::string& path) {
    namespace base64 = boost::beast::detail::base64;
    std::string out(base64::decoded_size(text.size()), '\0');
    auto stripped = text;
    while (stripped.ends_with('=')) stripped.remove_suffix(1);
    const auto [written, read] = base64::decode(out.data(), text.data(), text.size());
    if (read < stripped.size()) return expected(path, "bytes in base64");
    out.resize(written);
    put(message, field, std::move(out));
    return {};
}

}  // namespace

std::unexpected<Error> wrong(const std::string& path, std::string_view what, const json::value& got) {
    return fail(invalid_argument(fmt::format("{}: expected {}, got {}.", path, what, kind_of(got)), path));
}

Status scalar_from_json(const json::value& value, const FieldDescriptor& field, Message& message,
                        const std::string& path) {
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return integer<std::int32_t>(value, field, message, path);
    case FieldDescriptor::CPPTYPE_INT64: return integer<std::int64_t>(value, field, message, path);
    case FieldDescriptor::CPPTYPE_UINT32: return integer<std::uint32_t>(value, field, message, path);
    case FieldDescriptor::CPPTYPE_UINT64: return integer<std::uint64_t>(value, field, message, path);
    case FieldDescriptor::CPPTYPE_DOUBLE: return real<double>(value, field, message, path);
    case FieldDescriptor::CPPTYPE_FLOAT: return real<float>(value, field, message, path);
    case FieldDescriptor::CPPTYPE_BOOL:
        if (!value.is_bool()) return wrong(path, "true or false", value);
        put(message, field, value.get_bool());
        return {};
    case FieldDescriptor::CPPTYPE_ENUM:
        if (!value.is_string()) return wrong(path, "one of " + names_of(*field.enum_type()), value);
        return choice(std::string_view(value.get_string()), field, message, path);
    case FieldDescriptor::CPPTYPE_STRING:
        if (!value.is_string()) return wrong(path, "a string", value);
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
            return bytes(std::string_view(value.get_string()), field, message, path);
        }
        put(message, field, std::string(value.get_string()));
        return {};
    case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    return wrong(path, "an object", value);
}

Status scalar_from_text(std::string_view text, const FieldDescriptor& field, Message& message,
                        const std::string& path) {
    if (!field.is_repeated() && field.has_presence() && message.GetReflection()->HasField(message, &field)) {
        return fail(invalid_argument(fmt::format("{}: the parameter stands twice.", path), path));
    }
    const auto number = [&]<class Number>(Number, std::string_view what) -> Status {
        const auto read = number_from_text<Number>(text);
        if (!read) return expected(path, what);
        put(message, field, *read);
        return {};
    };
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return number(std::int32_t{}, "a whole number of 32 bits");
    case FieldDescriptor::CPPTYPE_INT64: return number(std::int64_t{}, "a whole number of 64 bits");
    case FieldDescriptor::CPPTYPE_UINT32:
        return number(std::uint32_t{}, "a whole number from 0 to 4294967295");
    case FieldDescriptor::CPPTYPE_UINT64:
        return number(std::uint64_t{}, "a whole number of 64 bits, not negative");
    case FieldDescriptor::CPPTYPE_DOUBLE: return number(double{}, "a number");
    case FieldDescriptor::CPPTYPE_FLOAT: return number(float{}, "a number");
    case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false") return expected(path, "true or false");
        put(message, field, text == "true");
        return {};
    case FieldDescriptor::CPPTYPE_ENUM: return choice(text, field, message, path);
    case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) return bytes(text, field, message, path);
        put(message, field, std::string(text));
        return {};
    case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    return expected(path, "something that does not fit into a URL; send it in the body");
}

}  // namespace boternity::api
