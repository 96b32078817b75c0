#pragma once

#include "core/events/event_record.hpp"
#include "core/runtime/task.hpp"
#include "infra/store/soci/connection.hpp"
#include "infra/store/soci/write_name.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace boternity::infra::store {

/// What a change works with: the connection, inside a transaction, and the time of that transaction.
struct Change {
    Connection& db;
    Timestamp now;
    /// What is told once it is committed; a read tells nothing.
    core::EventRecords* told = nullptr;
};

/// One queued piece of work and whoever waits for it.
///
/// `apply` runs on a database thread and keeps its answer; `finish` gives it to the caller, once, after the
/// commit, or gives the error that undid it. Destroying it unfinished is only for a server that is gone.
class Work {
public:
    virtual ~Work() = default;

    /// Runs it. An error means: undo what it changed. Throws what SOCI throws.
    virtual Status apply(Change change) = 0;
    virtual void finish(std::optional<Error> undone) noexcept = 0;
    /// Of what is written; of reads it means nothing.
    virtual WriteName name() const noexcept = 0;
};

/// Where repositories get their work done: changes go to one writer that commits them in groups, reads to
/// readers that see all that was committed before they began.
///
/// Threads  any. Resumes on the caller's executor. Bound  see the implementation; beyond it, Unavailable.
class Transactions {
public:
    virtual ~Transactions() = default;

    /// Durable when it returns a value. `work` runs once, to its end, even when nobody waits any more.
    template <class T>
    core::Task<Result<T>> write(WriteName name, std::function<Result<T>(Change)> work) {
        return run<T>(&Transactions::enqueue_write, name, std::move(work));
    }

    template <class T>
    core::Task<Result<T>> read(std::function<Result<T>(Change)> work) {
        return run<T>(&Transactions::enqueue_read, WriteName::Probe, std::move(work));
    }

protected:
    /// Takes the work over. When there is no place for it, finishes it at once with the reason.
    virtual void enqueue_write(std::unique_ptr<Work> work) = 0;
    virtual void enqueue_read(std::unique_ptr<Work> work) = 0;

private:
    template <class T, class Handler>
    class Waiting;

    template <class T>
    core::Task<Result<T>> run(void (Transactions::*enqueue)(std::unique_ptr<Work>), WriteName name,
                              std::function<Result<T>(Change)> work);
};

template <class T, class Handler>
class Transactions::Waiting final : public Work {
public:
    Waiting(WriteName name, std::function<Result<T>(Change)> work, Handler handler)
        : name_(name), work_(std::move(work)), handler_(std::move(handler)) {}

    WriteName name() const noexcept override { return name_; }

    Status apply(Change change) override {
        answer_ = work_(change);
        if (!answer_) return fail(answer_.error());
        return {};
    }

    void finish(std::optional<Error> undone) noexcept override {
        if (undone) answer_ = fail(std::move(*undone));
        const auto executor = core::asio::get_associated_executor(handler_);
        core::asio::post(executor, [handler = std::move(handler_), answer = std::move(answer_)]() mutable {
            std::move(handler)(std::move(answer));
        });
    }

private:
    WriteName name_;
    std::function<Result<T>(Change)> work_;
    Handler handler_;
    Result<T> answer_ = fail(internal_error("the work did not run"));
};

template <class T>
core::Task<Result<T>> Transactions::run(void (Transactions::*enqueue)(std::unique_ptr<Work>), WriteName name,
                                        std::function<Result<T>(Change)> work) {
    auto start = [this, enqueue, name, &work]<class Handler>(Handler&& handler) {
        using Kept = Waiting<T, std::decay_t<Handler>>;
        (this->*enqueue)(std::make_unique<Kept>(name, std::move(work), std::forward<Handler>(handler)));
    };
    co_return co_await core::asio::async_initiate<const core::asio::use_awaitable_t<>, void(Result<T>)>(
        start, core::asio::use_awaitable);
}

}  // namespace boternity::infra::store
