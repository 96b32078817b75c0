#include "observe/stream_log.hpp"

#include <gtest/gtest.h>

namespace boternity::observe {
namespace {

TEST(StreamLog, AValueCanNeitherForgeALineNorSteerATerminal) {
    EXPECT_EQ(escaped("x\n{\"level\":\"error\"}\x1b]0;pwn\x07"),
              "x\\n{\\\"level\\\":\\\"error\\\"}\\u001b]0;pwn\\u0007");
    EXPECT_EQ(escaped("\xc2\x9b"
                      "31m \x7f"),
              "\\u009b31m \\u007f");
    EXPECT_EQ(escaped("Zoë 🌱"), "Zoë 🌱");
}

TEST(StreamLog, WritesOneLineAnEvent) {
    ::testing::internal::CaptureStderr();
    {
        StreamLog log(LogFormat::Json, core::LogLevel::Info);
        log.write(core::LogLevel::Info, "bot_created", {{"name", "x\n\"y\""}});
        log.write(core::LogLevel::Debug, "unseen", {});
    }
    const auto text = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_NE(text.find(R"("event":"bot_created","name":"x\n\"y\""})"), std::string::npos) << text;
}

}  // namespace
}  // namespace boternity::observe
