#include "testing/gate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace boternity::testing {

namespace asio = boost::asio;

struct Gate::Waiter {
    explicit Waiter(core::Strand on) : strand(std::move(on)), signal(strand) {}
    core::Strand strand;
    core::Signal signal;
};

bool Gate::is_open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

std::size_t Gate::arrived() const {
    const std::lock_guard lock(mutex_);
    return arrived_;
}

bool Gate::wait_arrived(std::size_t count, std::chrono::milliseconds wait) const {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, wait, [&] { return arrived_ >= count; });
}

void Gate::open() {
    std::vector<std::weak_ptr<Waiter>> waiting;
    {
        const std::lock_guard lock(mutex_);
        open_ = true;
        waiting.swap(waiters_);
    }
    for (const auto& weak : waiting) {
        if (auto waiter = weak.lock()) asio::post(waiter->strand, [waiter] { waiter->signal.notify_all(); });
    }
}

core::Task<Status> Gate::pass(core::CallContext context) {
    const core::Executor home = co_await asio::this_coro::executor;
    auto waiter = std::make_shared<Waiter>(asio::make_strand(home));
    {
        const std::lock_guard lock(mutex_);
        ++arrived_;
        std::erase_if(waiters_, [](const auto& weak) { return weak.expired(); });
        waiters_.push_back(waiter);
    }
    came_.notify_all();
    auto held = hold(shared_from_this(), waiter, std::move(context));
    co_return co_await asio::co_spawn(waiter->strand, std::move(held), asio::use_awaitable);
}

core::Task<Status> Gate::hold(std::shared_ptr<Gate> gate, std::shared_ptr<Waiter> waiter,
                              core::CallContext context) {
    // `open` posts to this strand, so a gate that opens after the look and before
    // the wait is not missed.
    while (!gate->is_open()) {
        const auto woke = co_await waiter->signal.wait(context.deadline, context.stop);
        switch (woke) {
        case core::Signal::Woke::Notified: break;
        case core::Signal::Woke::Stopped: co_return fail(ErrorCode::Cancelled, "The call was cancelled.");
        case core::Signal::Woke::TimedOut:
            co_return fail(ErrorCode::DeadlineExceeded, "The call took longer than its deadline allows.");
        }
    }
    co_return Status{};
}

}  // namespace boternity::testing
