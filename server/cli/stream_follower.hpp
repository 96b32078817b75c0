#pragma once

#include "cli/connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <stop_token>

namespace boternity::cli {

/// Follows a stream of events over any number of broken connections: one that breaks is opened again, from
/// the place that the next request names.
///
/// Threads  the connection's; one `follow` at a time.
/// Cancel   by `stop`: the failure `interrupted`.
/// Errors   no_server when the server stays away for longer than the connection's patience; what the server
/// says.
class StreamFollower {
public:
    /// What to ask for next; asked again after each break.
    using NextRequest = std::function<Request()>;
    /// What an event comes to.
    enum class Taken {
        Known,  ///< it was taken before the connection broke
        New,
        Last,  ///< nothing is expected behind it
    };
    using Take = std::function<Answer<Taken>(const boost::json::object& event)>;
    /// Told once for each time the connection is lost.
    using OnLost = std::function<void()>;

    StreamFollower(Connection& connection, OnLost on_lost);

    /// Until an event is the last.
    core::Task<Answer<void>> follow(NextRequest next_request, Take take, std::stop_token stop);

    /// Whether the connection was lost, and has not come back.
    bool lost() const noexcept { return losses_ > 0; }

private:
    enum class Passage { Ended, Broken };
    /// What one connection comes to.
    core::Task<Answer<Passage>> pass(Request request, const Take& take, std::stop_token stop);
    Answer<Taken> take_event(std::string_view type, std::string_view data, const Take& take);
    core::Task<bool> wait_before_retry(std::stop_token stop);

    Connection& connection_;
    OnLost on_lost_;
    boost::asio::steady_timer timer_;
    int losses_ = 0;  ///< in a row, without an event between them
    Deadline give_up_ = Deadline::never();
};

}  // namespace boternity::cli
