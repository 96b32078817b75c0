#include "core/events/bus.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace boternity::core {

/// A reader that has seen all there is. Woken from any thread; all else on the reader's executor.
class EventBus::Waiter : public std::enable_shared_from_this<Waiter> {
public:
    Waiter(const Executor& executor, Deadline deadline) : timer_(executor, deadline.at) {}

    void wake() {
        asio::post(timer_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
    }

    auto wait() { return timer_.async_wait(asio::as_tuple(asio::use_awaitable)); }

private:
    asio::steady_timer timer_;
};

void EventBus::begin_at(std::int64_t newest) {
    const std::lock_guard lock(mutex_);
    newest_ = newest;
}

void EventBus::publish(EventRecords records) {
    if (records.empty()) return;
    std::vector<EventRecordPtr> shared;
    shared.reserve(records.size());
    for (auto& record : records) shared.push_back(std::make_shared<const EventRecord>(std::move(record)));
    std::vector<std::shared_ptr<Waiter>> woken;
    {
        const std::lock_guard lock(mutex_);
        // A commit whose outcome nobody could tell was not published: readers find it in the outbox.
        if (shared.front()->id != newest_ + 1) ring_.clear();
        newest_ = shared.back()->id;
        ring_.insert(ring_.end(), shared.begin(), shared.end());
        while (ring_.size() > kRing) ring_.pop_front();
        woken = std::exchange(waiting_, {});
    }
    for (const auto& waiter : woken) waiter->wake();
    for (const auto& record : shared) {
        for (const auto& handler : handlers_) handler(*record);
    }
}

std::int64_t EventBus::newest() const {
    const std::lock_guard lock(mutex_);
    return newest_;
}

EventBus::View EventBus::look(std::int64_t after, std::size_t most) const {
    const std::lock_guard lock(mutex_);
    if (after >= newest_) return {};
    if (ring_.empty() || ring_.front()->id > after + 1) return {.behind = true};
    const auto first = ring_.begin() + (after + 1 - ring_.front()->id);  // ids rise by one
    const auto count = std::min<std::ptrdiff_t>(ring_.end() - first, static_cast<std::ptrdiff_t>(most));
    return {.records = {first, first + count}};
}

Task<EventBus::Woke> EventBus::wait(std::int64_t after, Deadline deadline, std::stop_token stop) {
    if (stop.stop_requested()) co_return Woke::Stopped;
    const auto executor = co_await asio::this_coro::executor;
    const auto waiter = std::make_shared<Waiter>(executor, deadline);
    {
        const std::lock_guard lock(mutex_);
        if (newest_ > after) co_return Woke::Published;
        waiting_.push_back(waiter);
    }
    const std::stop_callback on_stop(stop, [waiter] { waiter->wake(); });
    co_await waiter->wait();
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, waiter);
    if (newest_ > after) co_return Woke::Published;
    co_return stop.stop_requested() ? Woke::Stopped : Woke::TimedOut;
}

}  // namespace boternity::core
