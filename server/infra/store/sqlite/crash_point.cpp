#include "infra/store/sqlite/crash_point.hpp"

#include <charconv>
#include <csignal>

namespace boternity::infra::store {
namespace {

std::string point_name(WriteName name, CommitSide side) {
    return std::string(name_of(name)) + (side == CommitSide::Before ? ".before" : ".after");
}

}  // namespace

CrashPoint::CrashPoint(const std::string& wanted) : point_(wanted.substr(0, wanted.find(':'))) {
    const auto colon = wanted.find(':');
    if (colon == std::string::npos) return;
    std::from_chars(wanted.data() + colon + 1, wanted.data() + wanted.size(), times_);
}

void CrashPoint::reached(WriteName name, CommitSide side) {
    if (point_.empty() || point_ != point_name(name, side)) return;
    if (--times_ == 0) std::raise(SIGKILL);
}

std::vector<std::string> CrashPoint::names() {
    std::vector<std::string> names;
    for (const auto& [name, text] : kWriteNames) {
        names.push_back(point_name(name, CommitSide::Before));
        names.push_back(point_name(name, CommitSide::After));
    }
    return names;
}

}  // namespace boternity::infra::store
