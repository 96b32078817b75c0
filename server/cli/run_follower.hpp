#pragma once

#include "cli/connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::cli {

/// What a person says.
struct Said {
    std::string text{};
    std::vector<std::string> attachments{};  ///< ids
};

/// How a run ended.
enum class RunEnd { Completed, Failed, Cancelled };

/// Follows the events of one run to its end, over any number of broken connections: each event is given once,
/// in order. A connection that breaks is opened again behind the last event seen.
///
/// Threads  the connection's; one `follow` at a time.
/// Cancel   by `stop`: the failure `interrupted`. The run itself goes on.
/// Errors   no_server when the server stays away for longer than the connection's patience; what the server
/// says.
class RunFollower {
public:
    /// Told of every event, as the API writes it. False ends the following with `interrupted`.
    using OnEvent = std::function<bool(const boost::json::object& event)>;
    /// Told once for each time the connection is lost.
    using OnLost = std::function<void()>;

    RunFollower(Connection& connection, OnEvent on_event, OnLost on_lost);

    /// Sends a message to a session and follows the run that it begins. Sending again after a break makes no
    /// second turn: it has the same idempotency key.
    core::Task<Answer<RunEnd>> send(std::string session, Said said, std::stop_token stop);

    /// Follows a run that exists, from behind event `after`.
    core::Task<Answer<RunEnd>> follow(std::string run, std::uint32_t after, std::stop_token stop);

    /// The run's id; empty until its first event.
    const std::string& run() const noexcept { return run_; }

private:
    /// What one connection came to: the run's end, or nothing when it broke before that.
    using Passage = Answer<std::optional<RunEnd>>;

    core::Task<Answer<RunEnd>> keep_following(Request first, std::stop_token stop);
    core::Task<Passage> pass(Request request, std::stop_token stop);
    /// Why nothing more is tried, and how to see the rest of the run.
    std::unexpected<Failure> given_up(Passage last) const;
    Passage take(std::string_view type, std::string_view data);
    core::Task<bool> wait_before_retry(std::stop_token stop);

    Connection& connection_;
    OnEvent on_event_;
    OnLost on_lost_;
    boost::asio::steady_timer timer_;
    std::string run_;
    std::uint32_t seen_ = 0;
    int losses_ = 0;  ///< in a row, without an event between them
    Deadline give_up_ = Deadline::never();
};

}  // namespace boternity::cli
