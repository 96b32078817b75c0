#include "core/agents/session_lanes.hpp"

#include <algorithm>
#include <utility>

namespace boternity::core {

Result<bool> SessionLanes::join(std::shared_ptr<LiveRun> live, Bound bound) {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[live->run().session];
    if (bound == Bound::Kept && lane.places.size() > kMaxWaiting) {
        return fail(ErrorCode::RateLimited,
                    "Too many messages wait in this session; wait for an answer before you send more.");
    }
    lane.places.push_back({.live = std::move(live)});
    return lane.places.size() == 1;
}

std::shared_ptr<LiveRun> SessionLanes::admit(const LiveRun& live) {
    const std::lock_guard lock(mutex_);
    const auto lane = lanes_.find(live.run().session);
    if (lane == lanes_.end()) return nullptr;
    for (Place& place : lane->second.places) {
        if (place.live.get() == &live) place.admitted = true;
    }
    return next_of(lane);
}

std::shared_ptr<LiveRun> SessionLanes::abandon(const LiveRun& live) {
    const std::lock_guard lock(mutex_);
    const auto lane = lanes_.find(live.run().session);
    if (lane == lanes_.end()) return nullptr;
    std::erase_if(lane->second.places,
                  [&](const Place& place) { return place.live.get() == &live && !place.admitted; });
    return next_of(lane);
}

bool SessionLanes::withdraw(const LiveRun& live) {
    const std::lock_guard lock(mutex_);
    const auto found = lanes_.find(live.run().session);
    if (found == lanes_.end()) return false;
    Lane& lane = found->second;
    const auto place = std::ranges::find(lane.places, &live, [](const Place& one) { return one.live.get(); });
    if (place == lane.places.end() || !place->admitted) return false;
    if (lane.running && place == lane.places.begin()) return false;
    lane.places.erase(place);
    return true;
}

std::shared_ptr<LiveRun> SessionLanes::leave(SessionId session) {
    const std::lock_guard lock(mutex_);
    const auto lane = lanes_.find(session);
    if (lane == lanes_.end() || !lane->second.running) return nullptr;
    lane->second.places.pop_front();
    lane->second.running = false;
    return next_of(lane);
}

std::shared_ptr<LiveRun> SessionLanes::next_of(Lanes::iterator found) {
    Lane& lane = found->second;
    if (lane.places.empty()) {
        lanes_.erase(found);
        return nullptr;
    }
    if (lane.running || !lane.places.front().admitted) return nullptr;
    lane.running = true;
    return lane.places.front().live;
}

}  // namespace boternity::core
