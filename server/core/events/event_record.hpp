#pragma once

#include "core/events/event.hpp"
#include "types/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

namespace boternity::core {

/// An event as it was committed. Ids rise by one with every event of the store and are never given twice.
struct EventRecord {
    std::int64_t id = 0;
    Timestamp at{};
    Event what{};
    bool operator==(const EventRecord&) const = default;
};

using EventRecords = std::vector<EventRecord>;
/// Shared by all that read it.
using EventRecordPtr = std::shared_ptr<const EventRecord>;

/// What an event is about; what is not set does not apply to it.
struct EventScope {
    std::optional<BotId> bot{};
    std::optional<SessionId> session{};
    std::optional<RunId> run{};
    std::optional<RunId> root{};  ///< of the run
};

EventScope scope_of(const Event& event);

/// A set of types of events: bit `Event::index()` for each.
using EventKinds = std::uint32_t;
static_assert(std::variant_size_v<Event> < 32);

/// The set of one.
template <class T, std::size_t Index = 0>
consteval EventKinds kind_of() {
    if constexpr (std::is_same_v<T, std::variant_alternative_t<Index, Event>>) {
        return EventKinds{1} << Index;
    } else {
        return kind_of<T, Index + 1>();
    }
}

/// Which events somebody wants; what is not set is not looked at.
struct EventFilter {
    std::optional<BotId> bot{};
    std::optional<SessionId> session{};
    std::optional<RunId> run{};
    std::optional<RunId> root{};  ///< a run and all below it
    EventKinds kinds = 0;         ///< 0: all

    bool wants(const Event& event) const;
};

}  // namespace boternity::core
