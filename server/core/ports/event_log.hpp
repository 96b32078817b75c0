#pragma once

#include "core/events/event_record.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <cstdint>

namespace boternity::core {

/// A part of what was committed.
struct EventPage {
    EventRecords records{};   ///< in the order of their ids, without a gap
    std::int64_t oldest = 0;  ///< of all that are kept; 0 when there is none
    std::int64_t newest = 0;
};

/// The outbox as it is read: the newest events, each written in the transaction of its change. How many are
/// kept is the store's; at least 100,000.
///
/// Threads and errors as BotStore.
class EventLog {
public:
    virtual ~EventLog() = default;

    /// The events above `after`, at most `most`.
    virtual Task<Result<EventPage>> read(std::int64_t after, int most) = 0;
};

}  // namespace boternity::core
