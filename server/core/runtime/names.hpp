#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace boternity::core {

/// The names of an enum's values as they stand in the database and on the wires, both ways.
template <class Enum, std::size_t Count>
struct Names {
    struct Row {
        Enum value;
        std::string_view name;
    };
    Row rows[Count];

    constexpr std::string_view of(Enum value) const noexcept {
        for (const auto& row : rows) {
            if (row.value == value) return row.name;
        }
        return {};
    }

    constexpr std::optional<Enum> from(std::string_view name) const noexcept {
        for (const auto& row : rows) {
            if (row.name == name) return row.value;
        }
        return std::nullopt;
    }
};

}  // namespace boternity::core
