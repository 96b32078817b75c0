#include "infra/store/sqlite/crash_point.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace boternity::infra::store {
namespace {

std::string point_name(WriteName name, CommitSide side) {
    return std::string(name_of(name)) + (side == CommitSide::Before ? ".before" : ".after");
}

/// What the environment asks for, read once.
struct Wanted {
    std::string point{};
    int times = 1;

    Wanted() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
        const char* value = std::getenv("BOTERNITY_CRASH_AT");
        if (value == nullptr) return;
        const std::string_view text(value);
        const auto colon = text.find(':');
        point = text.substr(0, colon);
        if (colon != std::string_view::npos)
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), times);
    }
};

}  // namespace

void crash_point(WriteName name, CommitSide side) {
    static const Wanted wanted;
    if (wanted.point.empty() || wanted.point != point_name(name, side)) return;
    static std::atomic<int> passed{0};
    if (passed.fetch_add(1) + 1 == wanted.times) std::raise(SIGKILL);
}

std::vector<std::string> crash_point_names() {
    std::vector<std::string> names;
    for (const auto& [name, text] : kWriteNames) {
        names.push_back(point_name(name, CommitSide::Before));
        names.push_back(point_name(name, CommitSide::After));
    }
    return names;
}

}  // namespace boternity::infra::store
