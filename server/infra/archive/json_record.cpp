#include "infra/archive/json_record.hpp"

#include "infra/archive/archive_faults.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <limits>

namespace boternity::infra {

namespace json = boost::json;

Result<JsonRecord> JsonRecord::parse(std::string_view text, std::string where) {
    json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) return fail(archive_fault(where + " is not a JSON object."));
    return JsonRecord(std::move(value.get_object()), std::move(where));
}

void JsonRecord::fault(std::string_view name, std::string_view wanted) {
    if (!fault_) fault_ = archive_fault(fmt::format("{}: {} must be {}.", where_, name, wanted));
}

void JsonRecord::take_fault(const JsonRecord& inner) {
    if (!fault_) fault_ = inner.fault_;
}

Status JsonRecord::status() const {
    if (fault_) return fail(*fault_);
    return {};
}

std::string JsonRecord::text(std::string_view name) {
    const auto* value = find(name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    fault(name, "a text");
    return {};
}

std::string JsonRecord::text_or_empty(std::string_view name) {
    return has(name) ? text(name) : std::string();
}

Timestamp JsonRecord::time(std::string_view name) {
    const auto at = Timestamp::parse(text(name));
    if (!at) fault(name, "a time such as 2026-11-23T09:30:00.000000Z");
    return at.value_or(Timestamp{});
}

std::optional<Timestamp> JsonRecord::optional_time(std::string_view name) {
    if (!has(name)) return std::nullopt;
    return time(name);
}

int JsonRecord::number(std::string_view name, int lowest) {
    const auto* value = find(name);
    if (value != nullptr && value->is_int64() && value->get_int64() >= lowest &&
        value->get_int64() <= std::numeric_limits<int>::max()) {
        return static_cast<int>(value->get_int64());
    }
    fault(name, fmt::format("a whole number from {}", lowest));
    return lowest;
}

int JsonRecord::number_or(std::string_view name, int lowest, int otherwise) {
    return has(name) ? number(name, lowest) : otherwise;
}

bool JsonRecord::flag(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return false;
    if (!value->is_bool()) fault(name, "true or false");
    return value->is_bool() && value->get_bool();
}

std::optional<double> JsonRecord::optional_real(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<double>(error);
    if (error) fault(name, "a number");
    return error ? std::nullopt : std::optional(number);
}

Uuid JsonRecord::uuid(std::string_view name) {
    const auto id = Uuid::parse(text(name));
    if (!id) fault(name, "an id");
    return id.value_or(Uuid{});
}

std::optional<Uuid> JsonRecord::optional_uuid(std::string_view name) {
    if (!has(name)) return std::nullopt;
    return uuid(name);
}

JsonRecord JsonRecord::object(std::string_view name) {
    const auto* value = find(name);
    if (value != nullptr && !value->is_object()) fault(name, "an object");
    const bool there = value != nullptr && value->is_object();
    return {there ? value->get_object() : json::object{}, fmt::format("{}: {}", where_, name)};
}

const json::array& JsonRecord::array(std::string_view name) {
    static const json::array kNone;
    const auto* value = find(name);
    if (value != nullptr && value->is_array()) return value->get_array();
    fault(name, "a list");
    return kNone;
}

}  // namespace boternity::infra
