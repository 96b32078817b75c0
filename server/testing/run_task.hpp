#pragma once

#include "core/runtime/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace boternity::testing {

/// Runs `io` until `done` says so. Throws when that takes longer than `limit`,
/// in real time.
template <class Done>
void run_until(boost::asio::io_context& io, Done done,
               std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    io.restart();
    // Shared with the timer's handler, which runs after this function when it was
    // cancelled.
    const auto late = std::make_shared<bool>(false);
    boost::asio::steady_timer timer(io, limit);
    timer.async_wait([late](boost::system::error_code error) { *late = !error; });
    while (!done()) {
        if (*late) throw std::runtime_error("the task did not end in time");
        io.run_one();
    }
}

/// Runs a task to its end on `io` and answers its value; rethrows what it
/// throws. What else runs on `io` runs meanwhile too.
template <class T>
T run_task(boost::asio::io_context& io, core::Task<T> task,
           std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    // Shared with the completion, which may come after this function has given
    // up.
    struct Ending {
        bool done = false;
        std::exception_ptr thrown;
        std::optional<T> value;
    };
    const auto ending = std::make_shared<Ending>();
    boost::asio::co_spawn(io, std::move(task), [ending](std::exception_ptr thrown, T value) {
        ending->thrown = std::move(thrown);
        ending->value.emplace(std::move(value));
        ending->done = true;
    });
    run_until(io, [&] { return ending->done; }, limit);
    if (ending->thrown) std::rethrow_exception(ending->thrown);
    return std::move(*ending->value);
}

inline void run_task(boost::asio::io_context& io, core::Task<void> task,
                     std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    struct Ending {
        bool done = false;
        std::exception_ptr thrown;
    };
    const auto ending = std::make_shared<Ending>();
    boost::asio::co_spawn(io, std::move(task), [ending](std::exception_ptr thrown) {
        ending->thrown = std::move(thrown);
        ending->done = true;
    });
    run_until(io, [&] { return ending->done; }, limit);
    if (ending->thrown) std::rethrow_exception(ending->thrown);
}

/// The same on an io_context of its own. When the task does not end, that
/// context is left alive on purpose: other threads may still complete into it,
/// and the test has failed anyway.
template <class T>
T run_task(core::Task<T> task, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    auto io = std::make_unique<boost::asio::io_context>();
    try {
        return run_task(*io, std::move(task), limit);
    } catch (...) {
        static_cast<void>(io.release());
        throw;
    }
}

}  // namespace boternity::testing
