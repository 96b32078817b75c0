#include "infra/machine/machine_checks.hpp"
#include "testing/manual_clock.hpp"

#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

using core::Severity;

TEST(MachineChecks, AClockThatWasMovedIsTold) {
    testing::ManualClock right;
    EXPECT_EQ(clock_check(right)->run_blocking().at(0).severity, Severity::Ok);
    // Steady and wall go together in it, so a moved one is a clock whose wall stands elsewhere.
    class Moved final : public core::Clock {
    public:
        Timestamp now() const noexcept override { return {wall}; }
        std::chrono::steady_clock::time_point steady() const noexcept override { return {}; }
        std::int64_t wall = 1'800'000'000'000'000;
    } moved;
    const auto check = clock_check(moved);
    moved.wall -= 3'600'000'000;
    const auto finding = check->run_blocking().at(0);
    EXPECT_EQ(finding.severity, Severity::Warning);
    EXPECT_EQ(finding.what, "The clock was moved by -3600 s while this ran.");
    testing::ManualClock epoch({0});
    EXPECT_EQ(clock_check(epoch)->run_blocking().at(0).severity, Severity::Error);
}

TEST(MachineChecks, SayWhatIsMissing) {
    EXPECT_EQ(time_zone_check("/nowhere/zoneinfo")->run_blocking().at(0).severity, Severity::Warning);
    EXPECT_EQ(model_file_check("model", "/nowhere/model.gguf", {})->run_blocking().at(0).severity,
              Severity::Warning);
    // A folder that is not there yet has the disk of its parent.
    EXPECT_NE(disk_check("/nowhere/at/all")->run_blocking().at(0).what.find("under /"), std::string::npos);
}

}  // namespace
}  // namespace boternity::infra
