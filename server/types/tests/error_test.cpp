#include "types/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace boternity {
namespace {

TEST(ErrorCode, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
        EXPECT_TRUE(names.insert(code_name(static_cast<ErrorCode>(code))).second) << code;
    }
}

TEST(Error, CollectsWhatWasBeingDoneInItsDetail) {
    auto error = Error{.message = "No.", .detail = "disk"}.within("saving").within("ending a turn");
    EXPECT_EQ(error.detail, "ending a turn: saving: disk");
    EXPECT_EQ(error.message, "No.");
}

}  // namespace
}  // namespace boternity
