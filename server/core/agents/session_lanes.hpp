#pragma once

#include "core/runs/live_runs.hpp"
#include "types/id.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace boternity::core {

/// Orders the turns of each session as the store ordered their messages: one runs, the others wait.
///
/// A turn joins inside the transaction that begins it, so that lane and journal have one order. It runs once
/// it is durable and all before it have left.
///
/// Threads  any. Bound  kMaxWaiting a session besides the one that runs; beyond, RateLimited.
class SessionLanes {
public:
    static constexpr std::size_t kMaxWaiting = 16;

    enum class Bound { Kept, Ignored };

    /// Takes the last place of the session's lane. True when nobody is before it. Bound::Ignored is for turns
    /// that are journaled already: nothing acknowledged is refused.
    Result<bool> join(std::shared_ptr<LiveRun> live, Bound bound = Bound::Kept);

    /// The turn is durable. Answers it when it is to run now; else `leave` will name it.
    std::shared_ptr<LiveRun> admit(const LiveRun& live);

    /// Takes a turn out whose beginning failed; answers the one to run now, if that was what it waited for.
    std::shared_ptr<LiveRun> abandon(const LiveRun& live);

    /// Takes an admitted turn that waits out of its lane. False when it does not wait.
    bool withdraw(const LiveRun& live);

    /// The session's running turn has ended; answers the one to run next, if there is one.
    std::shared_ptr<LiveRun> leave(SessionId session);

private:
    struct Place {
        std::shared_ptr<LiveRun> live;
        bool admitted = false;
    };
    struct Lane {
        std::deque<Place> places;
        bool running = false;  ///< the first of them
    };
    using Lanes = std::unordered_map<SessionId, Lane>;

    /// Starts the first when it may run; forgets a lane that is empty.
    std::shared_ptr<LiveRun> next_of(Lanes::iterator lane);

    // Touched for a moment at a turn's begin and end; never held over a wait.
    std::mutex mutex_;
    Lanes lanes_;
};

}  // namespace boternity::core
