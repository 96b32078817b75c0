#include "cli/tests/chat_fixture.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace boternity::cli {
namespace {

TEST_F(Chat, ATextIsSaidInTheLastSessionAndTheAnswerStreams) {
    const auto ended = chat({full_answer}, {"chat", "ada", "how", "are", "you"});
    EXPECT_EQ(ended.out, "Hello\n");
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(targets(), (std::vector<std::string>{"GET /api/v1/bots/ada/sessions?page_size=1",
                                                   "POST /api/v1/sessions/last/messages"}));
    EXPECT_EQ(sent().at(0).at("text"), "how are you");
    EXPECT_FALSE(sent().at(0).at("idempotency_key").as_string().empty());
}

TEST_F(Chat, WordsThatAreCommandsElsewhereAreJustText) {
    const auto ended = chat({full_answer}, {"chat", "ada", "run", "bot", "list", "--json"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(sent().at(0).at("text"), "run bot list");
}

TEST_F(Chat, PipedTextIsReadFromStdin) {
    EXPECT_EQ(chat({full_answer}, {"chat", "ada"}, "hi\nthere\n").out, "Hello\n");
    EXPECT_EQ(sent().at(0).at("text"), "hi\nthere");
}

TEST_F(Chat, ANewSessionIsMadeWhenAskedFor) {
    EXPECT_EQ(chat({full_answer}, {"chat", "ada", "hi", "--new"}).code, 0);
    EXPECT_EQ(targets(), (std::vector<std::string>{"POST /api/v1/bots/ada/sessions",
                                                   "POST /api/v1/sessions/new/messages"}));
}

TEST_F(Chat, ANamedSessionIsTakenAsItIs) {
    EXPECT_EQ(chat({full_answer}, {"chat", "ada", "hi", "--session", "s7"}).code, 0);
    EXPECT_EQ(targets(), std::vector<std::string>{"POST /api/v1/sessions/s7/messages"});
}

TEST_F(Chat, JsonIsOneEventALine) {
    const auto ended = chat({full_answer}, {"chat", "ada", "hi", "--json"});
    std::vector<json::value> lines;
    std::string_view rest = ended.out;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        ASSERT_NE(end, std::string_view::npos);
        lines.push_back(json::parse(json::string_view(rest.data(), end)));
        rest.remove_prefix(end + 1);
    }
    EXPECT_EQ(lines, (std::vector<json::value>{json::parse(started(1)), json::parse(delta(2, "Hel")),
                                               json::parse(delta(3, "lo")), json::parse(completed(4))}));
}

TEST_F(Chat, ABrokenStreamGoesOnBehindTheLastEvent) {
    const auto ended = chat({[](const Asked&, Answering& to) { send(to, {started(1), delta(2, "Hel")}); },
                             // The server repeats what was seen; it must not be shown twice.
                             [](const Asked&, Answering& to) { send(to, {delta(2, "Hel"), delta(3, "lo")}); },
                             [](const Asked&, Answering& to) { send(to, {delta(4, " you"), completed(5)}); }},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.out, "Hel\nlo\n you\n");
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(targets(), (std::vector<std::string>{"POST /api/v1/sessions/s/messages",
                                                   "GET /api/v1/runs/r1/events?after=2",
                                                   "GET /api/v1/runs/r1/events?after=3"}));
    EXPECT_NE(ended.err.find("(the connection broke; connecting again)\n"), std::string::npos);
}

TEST_F(Chat, ABreakBeforeTheFirstEventSendsTheSameRequestAgain) {
    const auto ended = chat({[](const Asked&, Answering&) {},  // not even an answer: no server
                             full_answer},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.code, 3);

    const auto again = chat({[](const Asked&, Answering& to) { to.stream(); }, full_answer},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(again.out, "Hello\n");
    const auto bodies = sent();
    ASSERT_EQ(bodies.size(), 2U);
    EXPECT_EQ(bodies[0], bodies[1]);
}

TEST_F(Chat, AServerThatStopsAndComesBackIsWaitedFor) {
    const auto ended =
        chat({[](const Asked&, Answering& to) { send(to, {started(1), delta(2, "Hel")}); },
              [](const Asked&, Answering&) {},
              [](const Asked&, Answering& to) {
                  to.json(503, R"({"detail":"The server is starting.","code":"unavailable","status":503})");
              },
              [](const Asked&, Answering& to) {
                  to.stream();
                  to.event(R"({"detail":"The server stops.","code":"unavailable","status":503})", "error");
              },
              [](const Asked&, Answering& to) {
                  send(to, {started(1'000'000, 2), delta(1'000'001, "Hello"), completed(1'000'002)});
              }},
             {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.out, "Hel\nHello\n");
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_NE(ended.err.find("(the server restarted; the answer begins again)\n"), std::string::npos)
        << ended.err;
}

TEST_F(Chat, AConnectionThatAlwaysBreaksIsGivenUp) {
    const auto ended = chat({[](const Asked&, Answering& to) { send(to, {started(1)}); },
                             [](const Asked&, Answering& to) { to.stream(); }},
                            {"chat", "ada", "hi", "--session", "s", "--timeout", "0.5"});
    EXPECT_EQ(ended.code, 3);
    EXPECT_NE(ended.err.find("boternity run tail r1"), std::string::npos) << ended.err;
}

TEST_F(Chat, AServerThatStaysAwayIsGivenUpAndTheRunIsNamed) {
    const auto ended = chat({[](const Asked&, Answering& to) { send(to, {started(1)}); },
                             [](const Asked&, Answering&) {}},  // not even an answer
                            {"chat", "ada", "hi", "--session", "s", "--timeout", "0.5"});
    EXPECT_EQ(ended.code, 3);
    EXPECT_NE(ended.err.find("boternity run tail r1"), std::string::npos) << ended.err;
}

TEST_F(Chat, ALateLossIsGivenAsMuchTimeAsTheFirst) {
    std::promise<void> never;
    const auto ended =
        chat({[](const Asked&, Answering& to) { send(to, {started(1)}); },
              [&](const Asked&, Answering& to) {
                  send(to, {delta(2, "Hel")});
                  // Longer than the first loss was given.
                  never.get_future().wait_for(std::chrono::milliseconds(600));
                  to.event(R"({"detail":"The server stops.","code":"unavailable","status":503})", "error");
              },
              [](const Asked&, Answering& to) { send(to, {delta(3, "lo"), completed(4)}); }},
             {"chat", "ada", "hi", "--session", "s", "--timeout", "0.5"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "Hel\nlo\n");
}

TEST_F(Chat, AnErrorWithinTheStreamEndsIt) {
    const auto ended =
        chat({[](const Asked&, Answering& to) {
                 to.stream();
                 to.event(started(1));
                 to.event(R"({"detail":"Something went wrong.","code":"internal","status":500})", "error");
             }},
             {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.err, "error: Something went wrong.\n");
}

TEST_F(Chat, NonsenseIsNotFollowed) {
    for (const auto* nonsense : {"{", "[]", "7"}) {
        const auto ended = chat({[&](const Asked&, Answering& to) {
                                    to.stream();
                                    to.event(nonsense);
                                }},
                                {"chat", "ada", "hi", "--session", "s"});
        EXPECT_EQ(ended.code, 1) << nonsense;
    }
    EXPECT_EQ(chat({[](const Asked&, Answering& to) { to.json(200, "{}"); }}, {"run", "tail", "r1"}).code, 1);
}

TEST_F(Chat, AFailedRunIsExitCode7WhateverTheReason) {
    const auto ended =
        chat({[](const Asked&, Answering& to) { send(to, {started(1), delta(2, "Hel"), failed_event(3)}); }},
             {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.code, 7);
    EXPECT_EQ(ended.out, "Hel\n");
    EXPECT_EQ(ended.err, "error: Slow down.\n");
}

TEST_F(Chat, TheModelsTextCannotActOnTheTerminal) {
    const auto ended = chat({[](const Asked&, Answering& to) {
                                send(to, {started(1), delta(2, "a\\u001b]0;pw"),
                                          delta(3, "n\\u0007\\nb\\u009b2J\\tc"), completed(4)});
                            }},
                            {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.out, "a\\x1b]0;pwn\\x07\nb\\u{009b}2J\tc\n");
}

TEST_F(Chat, NoticesAreLinesOnStderr) {
    const std::string cut =
        R"({"run":"r1","seq":2,"context_cut":{"dropped_messages":3,"window_tokens":2048}})";
    const auto script = [&](const Asked&, Answering& to) {
        send(to, {started(1), cut, delta(3, "Hello"), completed(4, "length")});
    };
    const auto ended = chat({script}, {"chat", "ada", "hi", "--session", "s"});
    EXPECT_EQ(ended.out, "Hello\n");
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 2);
    EXPECT_NE(ended.err.find("3 oldest messages"), std::string::npos);
    EXPECT_EQ(chat({script}, {"chat", "ada", "hi", "--session", "s", "-q"}).err, "");
}

TEST_F(Chat, ARunThatOthersCancelIsAFailure) {
    const auto ended = chat({[](const Asked&, Answering& to) { send(to, {started(1), cancelled(2)}); }},
                            {"run", "tail", "r1"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.err, "error: The run was cancelled.\n");
}

TEST_F(Chat, TailFollowsARunFromWhereItIsTold) {
    const auto ended = chat({full_answer}, {"run", "tail", "r1", "--after", "2"});
    EXPECT_EQ(ended.out, "lo\n");
    EXPECT_EQ(targets(), std::vector<std::string>{"GET /api/v1/runs/r1/events?after=2"});
}

}  // namespace
}  // namespace boternity::cli
