#pragma once

#include "core/events/bus.hpp"
#include "core/ports/event_log.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace boternity::core {

/// The first item of every reader: where it begins.
struct FeedOpened {};

/// Events that the reader will not get, because the outbox keeps them no longer, or because it asked for a
/// place that this store has not reached (a backup was restored).
struct FeedMissed {
    std::int64_t from = 0;
    std::int64_t to = 0;
};

/// Nothing for this reader in a long row of events: a place to resume from.
struct FeedPassed {};

/// What a reader is told. `id` is the place to resume from.
struct FeedItem {
    std::int64_t id = 0;
    std::variant<FeedOpened, FeedMissed, FeedPassed, EventRecordPtr> what{};
};

/// Reads events in the order of their commits, each once, from the bus while it keeps up and from the outbox
/// where it does not.
///
/// Threads  one at a time. Lifetime  bus and log outlive it. Bound  kBatch events; what it has not asked for
///          is not kept for it.
class EventReader {
public:
    static constexpr int kBatch = 256;
    /// So many events that it does not want are passed at most without a word.
    static constexpr std::int64_t kPassed = 1000;

    /// `after`: the id of the last event that was seen; from now on when it is not set, 0 for all that are
    /// kept.
    EventReader(EventBus& bus, EventLog& log, EventFilter filter, std::optional<std::int64_t> after);

    /// At least one item. DeadlineExceeded when there was none in time, after which it may be called again;
    /// Cancelled on a stop request; those of the store.
    Task<Result<std::vector<FeedItem>>> next(Deadline deadline, std::stop_token stop);

private:
    Task<Result<std::vector<EventRecordPtr>>> catch_up();
    void take(const std::vector<EventRecordPtr>& records);

    EventBus& bus_;
    EventLog& log_;
    EventFilter filter_;
    std::int64_t place_;  ///< of the last event that was looked at
    std::int64_t told_;   ///< the last that the reader knows of
    bool opened_ = false;
    std::vector<FeedItem> items_;
};

}  // namespace boternity::core
