#include "types/id.hpp"

#include <gtest/gtest.h>

namespace boternity {
namespace {

TEST(Uuid, RoundTripsItsText) {
    const std::string text = "0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
    const auto uuid = Uuid::parse(text);
    ASSERT_TRUE(uuid);
    EXPECT_EQ(uuid->text(), text);
}

TEST(Uuid, ReadsUpperCase) {
    EXPECT_EQ(Uuid::parse("0193A5B2-7C1D-7E3F-8A4B-5C6D7E8F9A0B"),
              Uuid::parse("0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b"));
}

TEST(Uuid, RefusesWhatIsNotOne) {
    for (const auto* text :
         {"", "ada", "0193a5b27c1d7e3f8a4b5c6d7e8f9a0b", "0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0",
          "{193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b", "0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0g",
          "0193a5b2_7c1d-7e3f-8a4b-5c6d7e8f9a0b"}) {
        EXPECT_FALSE(Uuid::parse(text)) << text;
    }
}

TEST(Uuid, VersionSevenCarriesTimeVersionAndVariant) {
    const auto uuid = Uuid::v7(0x017f22e279b0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
    EXPECT_EQ(uuid.text(), "017f22e2-79b0-7fff-bfff-ffffffffffff");  // RFC 9562 appendix A.6 has this time
}

TEST(Id, OfAnotherKindDoesNotCompile) {
    static_assert(!std::is_convertible_v<BotId, RunId>);
    static_assert(!std::is_constructible_v<BotId, RunId>);
}

}  // namespace
}  // namespace boternity
