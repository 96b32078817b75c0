#pragma once

#include "core/events/event_record.hpp"
#include "core/runtime/task.hpp"
#include "types/time.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace boternity::core {

/// Tells this process what was committed. The store publishes after each commit; the newest events stand in
/// a ring that all readers share, so that a reader costs no more than its place in it and a slow one holds
/// nobody up: who falls behind the ring reads the outbox (see EventReader).
///
/// Threads   `subscribe` and `begin_at` at start only; the rest any.
/// Bound     kRing events.
class EventBus {
public:
    static constexpr std::size_t kRing = 4096;

    using Handler = std::function<void(const EventRecord&)>;

    /// Called for each event on the publisher's thread, so it does not block. Delivery across a crash is the
    /// outbox's; a handler must therefore only do what its own recovery would do as well.
    void subscribe(Handler handler) { handlers_.push_back(std::move(handler)); }

    /// The newest event that is in the outbox at start.
    void begin_at(std::int64_t newest);

    /// After the events' transaction has committed, in the order of commits.
    void publish(EventRecords records);

    std::int64_t newest() const;

    /// What the ring holds above a place.
    struct View {
        std::vector<EventRecordPtr> records{};
        bool behind = false;  ///< the ring begins later; the outbox has what is between
    };
    View look(std::int64_t after, std::size_t most) const;

    enum class Woke { Published, Stopped, TimedOut };

    /// Waits until there is an event above `after`, on the caller's executor, which runs one handler at a
    /// time.
    Task<Woke> wait(std::int64_t after, Deadline deadline, std::stop_token stop);

private:
    class Waiter;

    std::vector<Handler> handlers_;
    // Taken for moments by the writer and by readers on any strand; never held over a wait.
    mutable std::mutex mutex_;
    std::deque<EventRecordPtr> ring_;
    std::int64_t newest_ = 0;
    std::vector<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace boternity::core
