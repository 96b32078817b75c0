#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace boternity {

/// A value as JSON has it (RFC 8259), for those who know no JSON library. Objects keep their order; of a name
/// that stands twice the last counts.
class Value {
public:
    using List = std::vector<Value>;
    using Object = std::vector<std::pair<std::string, Value>>;

    Value() = default;
    Value(bool value) : held_(value) {}
    Value(std::int64_t value) : held_(value) {}
    Value(double value) : held_(value) {}
    Value(std::string value) : held_(std::move(value)) {}
    Value(List value) : held_(std::move(value)) {}
    Value(Object value) : held_(std::move(value)) {}

    bool is_null() const noexcept { return std::holds_alternative<std::monostate>(held_); }
    const bool* if_bool() const noexcept { return std::get_if<bool>(&held_); }
    const std::int64_t* if_integer() const noexcept { return std::get_if<std::int64_t>(&held_); }
    const double* if_real() const noexcept { return std::get_if<double>(&held_); }
    const std::string* if_text() const noexcept { return std::get_if<std::string>(&held_); }
    const List* if_list() const noexcept { return std::get_if<List>(&held_); }
    const Object* if_object() const noexcept { return std::get_if<Object>(&held_); }

    /// The member of an object; nothing when there is none or this is no object. Lives as long as this.
    const Value* find(std::string_view name) const noexcept {
        const Object* object = if_object();
        if (object == nullptr) return nullptr;
        for (auto member = object->rbegin(); member != object->rend(); ++member)
            if (member->first == name) return &member->second;
        return nullptr;
    }

    /// The member's text, or what is said instead when it is not there or no text. For what a schema has
    /// already held to its type.
    std::string text(std::string_view name, std::string_view otherwise = {}) const {
        const Value* member = find(name);
        const std::string* text = member ? member->if_text() : nullptr;
        return text ? *text : std::string(otherwise);
    }

    /// The member's number. A real without a fraction counts as an integer, as in JSON Schema.
    std::optional<std::int64_t> integer(std::string_view name) const noexcept {
        const Value* member = find(name);
        if (member == nullptr) return std::nullopt;
        if (const auto* integer = member->if_integer()) return *integer;
        const double* real = member->if_real();
        if (real == nullptr || *real < -9.0e15 || *real > 9.0e15) return std::nullopt;
        const auto whole = static_cast<std::int64_t>(*real);
        return static_cast<double>(whole) == *real ? std::optional(whole) : std::nullopt;
    }

    bool truth(std::string_view name, bool otherwise = false) const noexcept {
        const Value* member = find(name);
        const bool* truth = member ? member->if_bool() : nullptr;
        return truth ? *truth : otherwise;
    }

    /// The member's texts; what is no text in it is left out.
    std::vector<std::string> texts(std::string_view name) const {
        std::vector<std::string> found;
        const Value* member = find(name);
        const List* list = member ? member->if_list() : nullptr;
        if (list == nullptr) return found;
        for (const Value& entry : *list)
            if (const std::string* text = entry.if_text()) found.push_back(*text);
        return found;
    }

    bool operator==(const Value&) const = default;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> held_{};
};

}  // namespace boternity
