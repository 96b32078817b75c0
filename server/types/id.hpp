#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace boternity {

/// 128 bits as RFC 9562 defines them. Version 7 ids sort by the time they were made.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;

    /// 36 characters, lower case, with hyphens.
    std::string text() const;

    /// Takes the 36-character form in either case; nothing else.
    static std::optional<Uuid> parse(std::string_view text) noexcept;

    /// A version 7 id from milliseconds since 1970 and 10 random bytes (their version bits are overwritten).
    static Uuid v7(std::uint64_t unix_millis, const std::array<std::uint8_t, 10>& random) noexcept;
};

/// An id that cannot be mistaken for another kind's.
template <class Tag>
struct Id {
    Uuid value{};

    auto operator<=>(const Id&) const = default;
    std::string text() const { return value.text(); }
    bool empty() const noexcept { return value == Uuid{}; }

    static std::optional<Id> parse(std::string_view text) noexcept {
        auto uuid = Uuid::parse(text);
        return uuid ? std::optional(Id{*uuid}) : std::nullopt;
    }
};

using BotId = Id<struct BotTag>;
using SessionId = Id<struct SessionTag>;
using MessageId = Id<struct MessageTag>;
using RunId = Id<struct RunTag>;
using ProviderId = Id<struct ProviderTag>;
using AttachmentId = Id<struct AttachmentTag>;

}  // namespace boternity

template <class Tag>
struct std::hash<boternity::Id<Tag>> {
    std::size_t operator()(const boternity::Id<Tag>& id) const noexcept {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<const char*>(id.value.bytes.data()), id.value.bytes.size()});
    }
};
