#include "infra/tools/tests/call_tool.hpp"
#include "infra/tools/tools.hpp"
#include "testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace boternity::infra {
namespace {

class NowTool : public ::testing::Test {
protected:
    std::string said(Value::Object arguments) { return call_tool(*tool_, std::move(arguments)); }
    std::string in(std::string zone) { return said({{"time_zone", std::move(zone)}}); }

    testing::ManualClock clock_;  // 2026-01-01T00:00:00Z
    core::Pool files_{"files", 1, 8};
    std::shared_ptr<core::Tool> tool_ = make_now(clock_, files_);
};

TEST_F(NowTool, TellsTheTimeInUtc) {
    EXPECT_EQ(said({}), "2026-01-01T00:00:00Z, Thursday (UTC)");
    EXPECT_EQ(in("UTC"), "2026-01-01T00:00:00Z, Thursday (UTC)");
}

TEST_F(NowTool, TellsTheTimeInAZone) {
    EXPECT_EQ(in("Europe/Berlin"),
              "2026-01-01T00:00:00Z, Thursday (UTC)\n2026-01-01T01:00:00+01:00, Thursday (Europe/Berlin)");
    EXPECT_EQ(
        in("America/New_York"),
        "2026-01-01T00:00:00Z, Thursday (UTC)\n2025-12-31T19:00:00-05:00, Wednesday (America/New_York)");
    EXPECT_EQ(in("Asia/Kathmandu"),
              "2026-01-01T00:00:00Z, Thursday (UTC)\n2026-01-01T05:45:00+05:45, Thursday (Asia/Kathmandu)");
    clock_.advance(std::chrono::hours(24 * 180));
    EXPECT_EQ(in("Europe/Berlin"),
              "2026-06-30T00:00:00Z, Tuesday (UTC)\n2026-06-30T02:00:00+02:00, Tuesday (Europe/Berlin)");
}

TEST_F(NowTool, AnUnknownZoneIsToldWithExamples) {
    EXPECT_EQ(
        in("Europe/Atlantis"),
        "ERROR: There is no time zone \"Europe/Atlantis\"; use a name of the IANA database, for example "
        "Europe/Berlin, America/New_York or UTC.");
    for (const char* wrong : {"", "berlin", "../../../etc/passwd", "/etc/localtime", "Europe", "Europe/",
                              "Europe//Berlin", "file:/etc/passwd", "A/../../../../etc/passwd", "zone.tab"}) {
        EXPECT_TRUE(in(wrong).starts_with("ERROR: There is no time zone")) << wrong;
    }
    EXPECT_TRUE(in("A" + std::string(10'000, 'x')).starts_with("ERROR: There is no time zone"));
}

}  // namespace
}  // namespace boternity::infra
