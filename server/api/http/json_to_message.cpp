#include "api/http/json_to_message.hpp"

#include "api/http/scalar_value.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

namespace boternity::api {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string join(std::string_view path, std::string_view name) {
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

const FieldDescriptor* find_field(const Descriptor& type, std::string_view name) {
    const std::string key(name);
    if (const auto* field = type.FindFieldByName(key)) return field;
    for (int i = 0; i < type.field_count(); ++i) {
        if (type.field(i)->json_name() == key) return type.field(i);
    }
    return nullptr;
}

std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
        }
    }
    return row.back();
}

class Reader {
public:
    Status object(const json::object& object, Message& message, const std::string& path) {
        const auto& type = *message.GetDescriptor();
        std::set<const FieldDescriptor*> seen;
        std::set<const google::protobuf::OneofDescriptor*> chosen;
        for (const auto& member : object) {
            const auto where = join(path, member.key());
            const auto* field = find_field(type, member.key());
            if (field == nullptr) {
                return fail(invalid_argument(
                    fmt::format("{}: there is no such field{}.", where, suggest_field(type, member.key())),
                    where));
            }
            if (!seen.insert(field).second) {
                return fail(invalid_argument(fmt::format("{}: the field stands twice.", where), where));
            }
            if (member.value().is_null()) continue;
            if (const auto* oneof = field->real_containing_oneof(); oneof && !chosen.insert(oneof).second) {
                return fail(invalid_argument(
                    fmt::format("{}: only one field of {} may be set.", where, oneof->name()), where));
            }
            BOT_CHECK(value(member.value(), *field, message, where));
        }
        return {};
    }

private:
    Status value(const json::value& value, const FieldDescriptor& field, Message& message,
                 const std::string& path) {
        if (field.is_map() || well_known(field)) return by_protobuf(value, field, message, path);
        if (!field.is_repeated()) return single(value, field, message, path);
        if (!value.is_array()) return wrong(path, "a list", value);
        std::size_t i = 0;
        for (const auto& element : value.get_array()) {
            BOT_CHECK(single(element, field, message, fmt::format("{}[{}]", path, i++)));
        }
        return {};
    }

    Status single(const json::value& value, const FieldDescriptor& field, Message& message,
                  const std::string& path) {
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
            return scalar_from_json(value, field, message, path);
        if (!value.is_object()) return wrong(path, "an object", value);
        const auto* reflection = message.GetReflection();
        auto* inner = field.is_repeated() ? reflection->AddMessage(&message, &field)
                                          : reflection->MutableMessage(&message, &field);
        return object(value.get_object(), *inner, path);
    }

    static bool well_known(const FieldDescriptor& field) {
        return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
               field.message_type()->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
    }

    /// Timestamps, durations, maps and the like have rules of their own, which protobuf knows: it reads a
    /// message that has only this field, and that is merged.
    static Status by_protobuf(const json::value& value, const FieldDescriptor& field, Message& message,
                              const std::string& path) {
        const std::unique_ptr<Message> scratch(message.New());
        json::object alone;
        alone[field.name()] = value;
        const auto read = google::protobuf::util::JsonStringToMessage(json::serialize(alone), scratch.get());
        if (!read.ok()) {
            const auto* type = field.message_type();
            const bool time = type->full_name() == "google.protobuf.Timestamp";
            return fail(invalid_argument(
                fmt::format("{}: expected {}.", path,
                            time ? "a time such as 2026-11-23T09:30:00Z" : fmt::format("a {}", type->name())),
                path));
        }
        message.MergeFrom(*scratch);
        return {};
    }
};

}  // namespace

std::string suggest_field(const Descriptor& message, std::string_view name) {
    const std::string_view wanted = name.substr(0, 64);
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(2, wanted.size() / 3) + 1;
    for (int i = 0; i < message.field_count(); ++i) {
        const auto& known = message.field(i)->name();
        if (const auto far = distance(wanted, known); far < least) {
            least = far;
            nearest = known;
        }
    }
    return nearest.empty() ? std::string() : fmt::format("; did you mean {}?", nearest);
}

Status json_to_message(const json::object& object, Message& message) {
    return Reader{}.object(object, message, {});
}

bool has_field(const Descriptor& message, std::string_view path) {
    const auto dot = path.find('.');
    const auto* field = find_field(message, path.substr(0, dot));
    if (field == nullptr) return false;
    if (dot == std::string_view::npos) return true;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) return false;
    return has_field(*field->message_type(), path.substr(dot + 1));
}

Status text_to_field(std::string_view path, std::string_view text, Message& message) {
    Message* target = &message;
    std::string_view rest = path;
    while (true) {
        const auto dot = rest.find('.');
        const auto* field = find_field(*target->GetDescriptor(), rest.substr(0, dot));
        const std::string where(path);
        if (field == nullptr) {
            return fail(
                invalid_argument(fmt::format("{}: there is no such field{}.", path,
                                             suggest_field(*target->GetDescriptor(), rest.substr(0, dot))),
                                 where));
        }
        const auto* reflection = target->GetReflection();
        const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
        if (dot != std::string_view::npos) {
            if (!is_message || field->is_repeated()) {
                return fail(
                    invalid_argument(fmt::format("{}: {} has no fields.", path, field->name()), where));
            }
            target = reflection->MutableMessage(target, field);
            rest.remove_prefix(dot + 1);
            continue;
        }
        if (!is_message) return scalar_from_text(text, *field, *target, where);
        // A time in a query stands there as it would in JSON.
        json::object alone;
        alone[field->name()] = json::string_view(text.data(), text.size());
        return Reader{}.object(alone, *target, {});
    }
}

}  // namespace boternity::api
