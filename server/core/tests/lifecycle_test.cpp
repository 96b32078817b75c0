#include "core/bots/lifecycle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace boternity::core {
namespace {

using enum BotState;

// The whole machine once more, written as a person would: what is not here is refused.
const std::map<std::pair<BotState, std::string>, BotState> kExpected{
    {{Created, "start"}, Running},    {{Created, "speak"}, Running},  {{Created, "archive"}, Archived},
    {{Created, "delete"}, Deleted},   {{Running, "speak"}, Running},  {{Running, "pause"}, Paused},
    {{Running, "stop"}, Stopped},     {{Running, "delete"}, Deleted}, {{Paused, "start"}, Running},
    {{Paused, "stop"}, Stopped},      {{Paused, "delete"}, Deleted},  {{Stopped, "start"}, Running},
    {{Stopped, "archive"}, Archived}, {{Stopped, "delete"}, Deleted}, {{Archived, "delete"}, Deleted},
};

TEST(Lifecycle, EveryStateAndVerbIsAllowedOrRefusedAsTheTableSays) {
    for (const auto state : {Created, Running, Paused, Stopped, Archived, Deleted}) {
        for (const std::string verb : {"start", "speak", "pause", "stop", "archive", "delete", "fly"}) {
            const auto next = next_state(Bot{.slug = "ada", .state = state}, verb);
            const auto expected = kExpected.find({state, verb});
            if (expected != kExpected.end()) {
                ASSERT_TRUE(next) << name_of(state) << " " << verb;
                EXPECT_EQ(*next, expected->second);
            } else {
                ASSERT_FALSE(next) << name_of(state) << " " << verb;
                EXPECT_EQ(next.error().code, ErrorCode::WrongState);
            }
        }
    }
}

TEST(Lifecycle, ARefusalNamesWhatIsPossible) {
    const auto next = next_state(Bot{.slug = "ada", .state = Paused}, "archive");
    EXPECT_EQ(next.error().message,
              "ada is paused: archive is not possible now; possible: start, stop, delete.");
}

}  // namespace
}  // namespace boternity::core
