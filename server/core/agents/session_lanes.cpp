#include "core/agents/session_lanes.hpp"

#include <algorithm>

namespace boternity::core {

Result<SessionLanes::Place> SessionLanes::reserve(SessionId session) {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[session];
    if (lane.reserved + lane.waiting.size() >= kMaxWaiting) {
        return fail(ErrorCode::RateLimited,
                    "Too many messages wait in this session; wait for an answer before you send more.");
    }
    ++lane.reserved;
    return Place{.free = !lane.busy, .turns = lane.turns};
}

bool SessionLanes::undisturbed(SessionId session, Place place) const {
    const std::lock_guard lock(mutex_);
    const auto found = lanes_.find(session);
    return place.free && found != lanes_.end() && found->second.turns == place.turns + 1;
}

void SessionLanes::reserve_always(SessionId session) {
    const std::lock_guard lock(mutex_);
    ++lanes_[session].reserved;
}

void SessionLanes::release(SessionId session) {
    const std::lock_guard lock(mutex_);
    auto found = lanes_.find(session);
    if (found == lanes_.end()) return;
    Lane& lane = found->second;
    --lane.reserved;
    if (!lane.busy && lane.reserved == 0 && lane.waiting.empty()) lanes_.erase(found);
}

bool SessionLanes::enter(std::shared_ptr<LiveRun> live) {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[live->run().session];
    --lane.reserved;
    if (lane.busy) {
        lane.waiting.push_back(std::move(live));
        return false;
    }
    lane.busy = true;
    ++lane.turns;
    return true;
}

bool SessionLanes::withdraw(const LiveRun& live) {
    const std::lock_guard lock(mutex_);
    auto found = lanes_.find(live.run().session);
    if (found == lanes_.end()) return false;
    return std::erase_if(found->second.waiting, [&](const auto& waiting) { return waiting.get() == &live; }) >
           0;
}

std::shared_ptr<LiveRun> SessionLanes::leave(SessionId session) {
    const std::lock_guard lock(mutex_);
    auto found = lanes_.find(session);
    if (found == lanes_.end()) return nullptr;
    Lane& lane = found->second;
    if (!lane.waiting.empty()) {
        auto next = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        ++lane.turns;
        return next;
    }
    lane.busy = false;
    if (lane.reserved == 0) lanes_.erase(found);
    return nullptr;
}

}  // namespace boternity::core
