#include "core/events/event_reader.hpp"

#include <utility>

namespace boternity::core {

EventReader::EventReader(EventBus& bus, EventLog& log, EventFilter filter, std::optional<std::int64_t> after)
    : bus_(bus), log_(log), filter_(filter), place_(after.value_or(bus.newest())), told_(place_) {}

Task<Result<std::vector<FeedItem>>> EventReader::next(Deadline deadline, std::stop_token stop) {
    if (!std::exchange(opened_, true)) {
        items_.push_back({.id = place_, .what = FeedOpened{}});
        co_return std::exchange(items_, {});
    }
    for (;;) {
        auto view = bus_.look(place_, kBatch);
        const bool restored = place_ > bus_.newest();
        if (view.behind || restored) {
            BOT_CO_TRY(records, co_await catch_up());
            view.records = std::move(records);
        }
        take(view.records);
        if (!items_.empty()) co_return std::exchange(items_, {});
        if (!view.records.empty()) continue;
        const auto woke = co_await bus_.wait(place_, deadline, stop);
        switch (woke) {
        case EventBus::Woke::Published: break;
        case EventBus::Woke::Stopped:
            co_return fail(ErrorCode::Cancelled, "Nobody waits for these events any more.");
        case EventBus::Woke::TimedOut: co_return fail(ErrorCode::DeadlineExceeded, "No event came in time.");
        }
    }
}

/// From the outbox. What it no longer has is told as missed.
Task<Result<std::vector<EventRecordPtr>>> EventReader::catch_up() {
    BOT_CO_TRY(page, co_await log_.read(place_, kBatch));
    std::vector<EventRecordPtr> records;
    if (place_ > page.newest) {
        items_.push_back({.id = page.newest, .what = FeedMissed{.from = page.newest + 1, .to = place_}});
        place_ = told_ = page.newest;
        co_return records;
    }
    const std::int64_t next = page.records.empty() ? page.newest + 1 : page.records.front().id;
    if (next > place_ + 1) {
        items_.push_back({.id = next - 1, .what = FeedMissed{.from = place_ + 1, .to = next - 1}});
        place_ = told_ = next - 1;
    }
    records.reserve(page.records.size());
    for (auto& record : page.records) {
        records.push_back(std::make_shared<const EventRecord>(std::move(record)));
    }
    co_return records;
}

void EventReader::take(const std::vector<EventRecordPtr>& records) {
    for (const auto& record : records) {
        place_ = record->id;
        if (!filter_.wants(record->what)) continue;
        items_.push_back({.id = place_, .what = record});
        told_ = place_;
    }
    if (place_ - told_ < kPassed) return;
    items_.push_back({.id = place_, .what = FeedPassed{}});
    told_ = place_;
}

}  // namespace boternity::core
