#include "cli/tests/chat_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace boternity::cli {
namespace {

using Interrupting = Chat;

TEST_F(Interrupting, CtrlCCancelsTheRunAndShowsItsEnd) {
    const auto ended = chat({[this](const Asked&, Answering& to) {
                                send(to, {started(1), delta(2, "Hel")});
                                std::raise(SIGINT);
                                EXPECT_TRUE(server().wait_for("POST", "/api/v1/runs/r1:cancel"));
                                to.event(cancelled(3));
                            }},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.code, 130);
    EXPECT_EQ(ended.out, "Hel\n");
    EXPECT_NE(ended.err.find("cancelling"), std::string::npos);
}

TEST_F(Interrupting, CtrlCBeforeTheFirstEventCancelsAsSoonAsTheRunHasAName) {
    const auto ended = chat({[this](const Asked&, Answering& to) {
                                to.stream();
                                std::raise(SIGINT);
                                to.event(started(1));
                                EXPECT_TRUE(server().wait_for("POST", "/api/v1/runs/r1:cancel"));
                                to.event(cancelled(2));
                            }},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.code, 130) << ended.err;
}

TEST_F(Interrupting, ASecondCtrlCWaitsNoLonger) {
    const auto ended = chat({[this](const Asked&, Answering& to) {
                                send(to, {started(1)});
                                std::raise(SIGINT);
                                EXPECT_TRUE(server().wait_for("POST", "/api/v1/runs/r1:cancel"));
                                std::raise(SIGINT);
                                // Never ends by itself: until the client has hung up.
                                while (to.event(delta(2, "x"))) {
                                }
                            }},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.code, 130);
}

}  // namespace
}  // namespace boternity::cli
