#pragma once

#include "core/runs/live_runs.hpp"
#include "types/id.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace boternity::core {

/// Orders the turns of each session: one runs, the others wait their turn.
///
/// Threads  any. Bound  kMaxWaiting a session; beyond, RateLimited.
class SessionLanes {
public:
    static constexpr std::size_t kMaxWaiting = 16;

    /// A reserved place: how the lane was when it was taken.
    struct Place {
        bool free = false;        ///< no turn ran
        std::uint64_t turns = 0;  ///< how many had run before
    };

    /// A place for one more turn, taken before it is journaled. RateLimited when the lane is full.
    Result<Place> reserve(SessionId session);
    /// The same for a turn that is already journaled: whatever the bound.
    void reserve_always(SessionId session);
    /// Gives a reserved place back, unused.
    void release(SessionId session);

    /// Puts a turn into its reserved place. True: run it now. False: it waits and `leave` will name it.
    bool enter(std::shared_ptr<LiveRun> live);
    /// For the turn that runs now: true when no other ran since its place was taken.
    bool undisturbed(SessionId session, Place place) const;
    /// Takes a waiting turn out of its lane. False when it does not wait.
    bool withdraw(const LiveRun& live);
    /// The session's running turn has ended; answers the one to run next, if one waits.
    std::shared_ptr<LiveRun> leave(SessionId session);

private:
    struct Lane {
        bool busy = false;
        std::uint64_t turns = 0;
        std::size_t reserved = 0;
        std::deque<std::shared_ptr<LiveRun>> waiting;
    };

    // Touched for a moment at a turn's begin and end; never held over a wait.
    mutable std::mutex mutex_;
    std::unordered_map<SessionId, Lane> lanes_;
};

}  // namespace boternity::core
