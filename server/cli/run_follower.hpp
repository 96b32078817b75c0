#pragma once

#include "cli/connection.hpp"
#include "cli/stream_follower.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
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
    using OnLost = StreamFollower::OnLost;

    RunFollower(Connection& connection, OnEvent on_event, OnLost on_lost);

    /// Sends a message to a session and follows the run that it begins. Sending again after a break makes no
    /// second turn: it has the same idempotency key.
    core::Task<Answer<RunEnd>> send(std::string session, Said said, std::stop_token stop);

    /// Follows a run that exists, from behind event `after`.
    core::Task<Answer<RunEnd>> follow(std::string run, std::uint32_t after, std::stop_token stop);

    /// The run's id; empty until its first event.
    const std::string& run() const noexcept { return run_; }

private:
    core::Task<Answer<RunEnd>> keep_following(Request first, std::stop_token stop);
    Answer<StreamFollower::Taken> take(const boost::json::object& event, std::optional<RunEnd>& end);

    Connection& connection_;
    OnEvent on_event_;
    StreamFollower follower_;
    std::string run_;
    std::uint32_t seen_ = 0;
};

}  // namespace boternity::cli
