#include "core/runs/live_runs.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

/// Keeps the run alive by value for as long as it is read from.
Task<Result<std::vector<RunEvent>>> read_on_strand(std::shared_ptr<LiveRun> live, std::uint32_t after,
                                                   Deadline deadline, std::stop_token stop) {
    co_return co_await live->read(after, deadline, std::move(stop));
}

Task<Result<RunFinished>> end_on_strand(std::shared_ptr<LiveRun> live, Deadline deadline,
                                        std::stop_token stop) {
    co_return co_await live->end(deadline, std::move(stop));
}

}  // namespace

LiveRun::LiveRun(Run run, Executor executor)
    : run_(std::move(run)),
      strand_(asio::make_strand(executor)),
      changed_(strand_),
      attention_(strand_),
      over_(strand_),
      next_(first_sequence(run_.attempt)) {}

void LiveRun::append(decltype(RunEvent::what) what) {
    ended_ = std::holds_alternative<RunFinished>(what);
    events_.push_back({.run = run_.id, .sequence = next_++, .what = std::move(what)});
    started_.store(true);
    changed_.notify_all();
    if (ended_) over_.notify_all();
}

void LiveRun::attend() {
    asio::post(strand_, [self = shared_from_this()] {
        ++self->heard_;
        self->attention_.notify_all();
    });
}

Task<Signal::Woke> LiveRun::attended(std::uint64_t before, Deadline deadline, std::stop_token stop) {
    while (heard_ <= before) {
        const auto woke = co_await attention_.wait(deadline, stop);
        if (woke != Signal::Woke::Notified) co_return woke;
    }
    co_return Signal::Woke::Notified;
}

void LiveRun::hold_up(Error reason) {
    held_up_ = std::move(reason);
    changed_.notify_all();
    over_.notify_all();
}

Status LiveRun::told(Signal::Woke woke) const {
    switch (woke) {
    case Signal::Woke::Notified: return {};
    case Signal::Woke::Stopped: return fail(ErrorCode::Cancelled, "Nobody waits for these events any more.");
    case Signal::Woke::TimedOut: return fail(ErrorCode::DeadlineExceeded, "No event came in time.");
    }
    return {};
}

Task<Result<std::vector<RunEvent>>> LiveRun::read(std::uint32_t after, Deadline deadline,
                                                  std::stop_token stop) {
    for (;;) {
        // Sequence numbers are consecutive, so the place of the first wanted event is known.
        const auto begin = first_sequence(run_.attempt);
        const std::size_t skip = after < begin ? 0 : after - begin + 1;
        if (skip < events_.size()) {
            co_return std::vector<RunEvent>(events_.begin() + static_cast<std::ptrdiff_t>(skip),
                                            events_.end());
        }
        if (ended_) co_return std::vector<RunEvent>{};
        if (held_up_) co_return fail(*held_up_);
        const auto woke = co_await changed_.wait(deadline, stop);
        BOT_CO_CHECK(told(woke));
    }
}

Task<Result<RunFinished>> LiveRun::end(Deadline deadline, std::stop_token stop) {
    while (!ended_) {
        if (held_up_) co_return fail(*held_up_);
        const auto woke = co_await over_.wait(deadline, stop);
        BOT_CO_CHECK(told(woke));
    }
    co_return std::get<RunFinished>(events_.back().what);
}

RunEventReader::RunEventReader(std::vector<RunEvent> events, std::uint32_t after)
    : recorded_(std::move(events)), after_(after) {
    std::erase_if(recorded_, [after](const RunEvent& event) { return event.sequence <= after; });
}

Task<Result<std::vector<RunEvent>>> RunEventReader::next(Deadline deadline, std::stop_token stop) {
    if (!live_) co_return std::exchange(recorded_, {});
    auto reading = read_on_strand(live_, after_, deadline, std::move(stop));
    auto events = co_await asio::co_spawn(live_->strand(), std::move(reading), asio::use_awaitable);
    if (events && !events->empty()) after_ = events->back().sequence;
    co_return events;
}

Task<Result<RunFinished>> RunEventReader::end(Deadline deadline, std::stop_token stop) {
    if (live_) {
        auto waiting = end_on_strand(live_, deadline, std::move(stop));
        co_return co_await asio::co_spawn(live_->strand(), std::move(waiting), asio::use_awaitable);
    }
    if (!recorded_.empty()) {
        if (auto* finished = std::get_if<RunFinished>(&recorded_.back().what)) co_return std::move(*finished);
    }
    // The crash of a server left the run, and it is not yet taken up again.
    co_return fail(ErrorCode::Unavailable, "The run has not ended; ask for its events again in a moment.");
}

void LiveRuns::add(std::shared_ptr<LiveRun> live) {
    const std::lock_guard lock(mutex_);
    runs_.insert_or_assign(live->run().id, std::move(live));
}

std::shared_ptr<LiveRun> LiveRuns::find(RunId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(id);
    return found == runs_.end() ? nullptr : found->second;
}

void LiveRuns::remove(RunId id) {
    const std::lock_guard lock(mutex_);
    runs_.erase(id);
}

std::vector<std::shared_ptr<LiveRun>> LiveRuns::of(BotId bot) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<LiveRun>> found;
    for (const auto& [id, live] : runs_) {
        if (live->run().bot == bot) found.push_back(live);
    }
    return found;
}

std::vector<std::shared_ptr<LiveRun>> LiveRuns::below(const Run& top) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<LiveRun>> found;
    for (const auto& [id, live] : runs_) {
        const Run* run = &live->run();
        if (run->root != top.root || run->depth <= top.depth) continue;
        // Its way up. Who lost its parent is ended by that parent's own end.
        while (run->parent && *run->parent != top.id) {
            const auto parent = runs_.find(*run->parent);
            if (parent == runs_.end()) break;
            run = &parent->second->run();
        }
        if (run->parent && *run->parent == top.id) found.push_back(live);
    }
    return found;
}

std::size_t LiveRuns::moving() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(runs_, [](const auto& entry) { return !entry.second->stands_still(); }));
}

std::size_t LiveRuns::size() const {
    const std::lock_guard lock(mutex_);
    return runs_.size();
}

}  // namespace boternity::core
