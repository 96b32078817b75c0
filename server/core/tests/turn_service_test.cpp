#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using testing::Gate;
using testing::ScriptedReply;

RunFinished end_of(const std::vector<RunEvent>& events) {
    return std::get<RunFinished>(events.back().what);
}

/// A reply that waits at `gate` before its second half.
ScriptedReply held(std::shared_ptr<Gate> gate, std::string first, std::string second) {
    return {.pieces = {TextPiece{first}, TextPiece{second}, ReplyEnd{.reason = StopReason::Stop}},
            .gate = std::move(gate),
            .held_before = 1};
}

TEST(Turn, AnswersAMessage) {
    Platform p;
    const auto session = p.session();
    p.llm->says("Hello, I am Ada.");
    const auto run = p.say(session, "hello");
    ASSERT_TRUE(run);
    const auto answer = p.answer(*run);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "Hello, I am Ada.");
    EXPECT_EQ(answer->role, Role::Assistant);
    EXPECT_EQ(answer->position, 2);
    const auto ended = p.run(p.runs.get(run->id.text()));
    EXPECT_EQ(ended->state, RunState::Completed);
    EXPECT_EQ(ended->output_message, answer->id);
    EXPECT_EQ(ended->stop_reason, StopReason::Stop);
    EXPECT_GT(ended->usage.output_tokens, 0);
}

TEST(Turn, TheMessageIsDurableBeforeTheModelIsAsked) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply({.open_gate = gate});
    ASSERT_TRUE(p.say(session, "hello"));
    EXPECT_EQ(p.run(p.sessions.messages(session.id.text(), {}))->items.size(), 1U);
    gate->open();
}

TEST(Turn, ComposesSoulHistoryAndMessage) {
    Platform p;
    const auto bot = *p.run(p.bots.create({.name = "Ada", .soul = "Be kind."}, {}));
    const auto session = p.session(bot);
    p.llm->says("one");
    ASSERT_TRUE(p.answer(*p.say(session, "first")));
    p.llm->says("two");
    ASSERT_TRUE(p.answer(*p.say(session, "second")));
    using enum PromptMessage::Role;
    const std::vector<PromptMessage> expected{
        PromptMessage::of(System, "Be kind."), PromptMessage::of(User, "first"),
        PromptMessage::of(Assistant, "one"), PromptMessage::of(User, "second")};
    EXPECT_EQ(p.llm->last_request().messages, expected);
    EXPECT_EQ(p.llm->last_request().cache_key, session.id.text());
}

TEST(Turn, AFirstMessageStartsABotAndAPausedOneRefuses) {
    Platform p;
    const auto session = p.session();
    p.llm->says("hi");
    ASSERT_TRUE(p.answer(*p.say(session, "hello")));
    EXPECT_EQ(p.run(p.bots.get(BotRef{"ada"}))->state, BotState::Running);
    ASSERT_TRUE(p.run(p.bots.move(BotRef{"ada"}, "pause", "", {})));
    EXPECT_EQ(p.say(session, "hello").error().code, ErrorCode::WrongState);
}

TEST(Turn, EventsAreNumberedAndTheJournalTellsTheSame) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "Hello ", "world"));
    const auto run = p.say(session, "hello");
    gate->open();
    const auto live = p.events(*run);
    for (std::size_t i = 0; i < live.size(); ++i) EXPECT_EQ(live[i].sequence, i + 1);
    EXPECT_EQ(text_of(live), "Hello world");
    // The run has ended and left memory: this is the journal's word.
    EXPECT_EQ(p.events(*run), live);
}

TEST(Turn, AReaderThatComesBackMissesNothingAndSeesNothingTwice) {
    Platform p;
    const auto session = p.session();
    p.llm->reply(ScriptedReply::text("The quick brown fox jumps over the lazy dog.", 3));
    const auto run = p.say(session, "hello");
    const auto all = p.events(*run);
    for (std::uint32_t after = 0; after <= all.size(); ++after) {
        const auto rest = p.events(*run, after);
        ASSERT_EQ(rest.size(), all.size() - after);
        EXPECT_TRUE(std::equal(rest.begin(), rest.end(), all.begin() + after));
    }
}

TEST(Turn, CancelKeepsWhatWasSaid) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "Once upon", " a time"));
    const auto run = p.say(session, "tell me a story");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    const auto cancelled = p.run(p.runs.cancel(run->id.text(), {}));
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(cancelled->state, RunState::Cancelled);
    EXPECT_EQ(cancelled->stop_reason, StopReason::Cancelled);
    const auto messages = p.run(p.sessions.messages(session.id.text(), {}))->items;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[1].text, "Once upon");
    EXPECT_EQ(messages[1].state, MessageState::Partial);
    EXPECT_EQ(p.run(p.runs.cancel(run->id.text(), {}))->state, RunState::Cancelled) << "again is no error";
}

TEST(Turn, CancelOfAFinishedRunIsRefused) {
    Platform p;
    const auto session = p.session();
    p.llm->says("hi");
    const auto run = p.say(session, "hello");
    ASSERT_TRUE(p.answer(*run));
    EXPECT_EQ(p.run(p.runs.cancel(run->id.text(), {})).error().code, ErrorCode::WrongState);
    EXPECT_EQ(p.run(p.runs.cancel("nonsense", {})).error().code, ErrorCode::NotFound);
}

TEST(Turn, TurnsOfASessionRunInOrderAndAWaitingOneCanBeCancelled) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "a", "b"));
    const auto first = p.say(session, "one");
    const auto second = p.say(session, "two");
    const auto third = p.say(session, "three");
    EXPECT_EQ(p.run(p.runs.get(third->id.text()))->state, RunState::Queued);
    EXPECT_EQ(p.run(p.runs.cancel(second->id.text(), {}))->state, RunState::Cancelled);
    EXPECT_EQ(p.run(p.runs.get(first->id.text()))->state, RunState::Running);
    p.llm->says("c");
    gate->open();
    EXPECT_EQ(p.answer(*first)->text, "ab");
    EXPECT_EQ(p.answer(*third)->text, "c");
    EXPECT_EQ(p.llm->requests().size(), 2U);
    using enum PromptMessage::Role;
    const auto& seen = p.llm->last_request().messages;
    const std::vector<PromptMessage> last(seen.end() - 3, seen.end());
    const std::vector<PromptMessage> expected{PromptMessage::of(User, "one"),
                                              PromptMessage::of(Assistant, "ab"),
                                              PromptMessage::of(User, "two\n\nthree")};
    EXPECT_EQ(last, expected) << "what was answered while it waited is known to it";
}

TEST(Turn, TooManyWaitingMessagesAreRefusedAndNothingIsJournaled) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->otherwise([gate](const ModelRequest&) { return ScriptedReply{.open_gate = gate}; });
    ASSERT_TRUE(p.say(session, "first"));
    for (std::size_t i = 0; i < SessionLanes::kMaxWaiting; ++i) ASSERT_TRUE(p.say(session, "more")) << i;
    EXPECT_EQ(p.say(session, "too many").error().code, ErrorCode::RateLimited);
    EXPECT_EQ(p.run(p.sessions.get(session.id.text()))->message_count,
              static_cast<int>(SessionLanes::kMaxWaiting) + 1);
    gate->open();
}

TEST(Turn, TheSameKeyMakesOneTurn) {
    Platform p;
    const auto session = p.session();
    p.llm->says("once");
    const auto first = p.say(session, "hello", "key");
    const auto again = p.say(session, "hello", "key");
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->id, again->id);
    EXPECT_EQ(p.answer(*again)->text, "once");
    EXPECT_EQ(p.llm->requests().size(), 1U);
    EXPECT_EQ(p.say(session, "other", "key").error().code, ErrorCode::IdempotencyReuse);
}

TEST(Turn, AFailingModelFailsTheRunAndSaysWhy) {
    Platform p;
    const auto session = p.session();
    p.llm->fails({.code = ErrorCode::UpstreamAuth, .message = "Set KEY."});
    const auto run = p.say(session, "hello");
    const auto answer = p.answer(*run);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::UpstreamAuth);
    EXPECT_EQ(answer.error().message, "Set KEY.");
    EXPECT_EQ(p.run(p.runs.get(run->id.text()))->error, (RunError{ErrorCode::UpstreamAuth, "Set KEY."}));
    EXPECT_EQ(p.answer(*run).error().code, ErrorCode::UpstreamAuth) << "also from the journal";
}

TEST(Turn, AProviderThatFailsBeforeItSpeaksIsAskedAgain) {
    Platform p;
    const auto session = p.session();
    p.llm->fails({.code = ErrorCode::UpstreamRateLimited, .retry_after = std::chrono::milliseconds(1)});
    p.llm->reply({.pieces = {ReasoningPiece{.text = "hm"}},
                  .error = Error{.code = ErrorCode::UpstreamFailed, .message = "The stream was cut."}});
    p.llm->says("at last");
    const auto run = p.say(session, "hello");
    const auto answer = p.answer(*run);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "at last");
    EXPECT_EQ(p.llm->requests().size(), 3U);
    EXPECT_EQ(p.llm->requests()[0].messages, p.llm->requests()[2].messages);
    EXPECT_EQ(text_of(p.events(*run)), "at last");
}

TEST(Turn, AProviderThatKeepsFailingIsGivenUp) {
    Platform p;
    const auto session = p.session();
    for (int i = 0; i < 3; ++i) p.llm->fails({.code = ErrorCode::UpstreamFailed, .message = "Down."});
    p.llm->says("too late");
    const auto run = p.say(session, "hello");
    EXPECT_EQ(p.answer(*run).error().code, ErrorCode::UpstreamFailed);
    EXPECT_EQ(p.llm->requests().size(), 3U);
}

TEST(Turn, WhatWasSaidOnceIsNotAskedForAgain) {
    Platform p;
    const auto session = p.session();
    p.llm->reply({.pieces = {TextPiece{"half an "}},
                  .error = Error{.code = ErrorCode::UpstreamFailed, .message = "The stream was cut."}});
    const auto run = p.say(session, "hello");
    EXPECT_EQ(p.answer(*run).error().code, ErrorCode::UpstreamFailed);
    EXPECT_EQ(p.llm->requests().size(), 1U);
}

TEST(Turn, ARefusalThatSaysNothingIsTold) {
    Platform p;
    const auto session = p.session();
    p.llm->reply({.pieces = {ReplyEnd{.reason = StopReason::Refused, .why = "Too dangerous."}}});
    const auto run = p.say(session, "hello");
    const auto answer = p.answer(*run);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::UpstreamRefused);
    EXPECT_TRUE(answer.error().message.contains("Too dangerous.")) << answer.error().message;
    EXPECT_EQ(p.llm->requests().size(), 1U);
}

TEST(Turn, AStreamThatIsCutIsAFailureThatKeepsWhatWasSaid) {
    Platform p;
    const auto session = p.session();
    p.llm->reply({.pieces = {TextPiece{"half an "}},
                  .error = Error{.code = ErrorCode::UpstreamFailed, .message = "The stream was cut."}});
    const auto run = p.say(session, "hello");
    const auto end = end_of(p.events(*run));
    EXPECT_EQ(end.state, RunState::Failed);
    ASSERT_TRUE(end.message);
    EXPECT_EQ(end.message->state, MessageState::Partial);
    EXPECT_EQ(end.message->text, "half an ");
}

TEST(Turn, MissingUsageIsCountedAndMarked) {
    Platform p;
    const auto session = p.session();
    p.llm->reply({.pieces = {TextPiece{"12345678"}, ReplyEnd{.reason = StopReason::Stop}}});
    const auto run = p.say(session, "hello");
    const auto usage = end_of(p.events(*run)).usage;
    EXPECT_TRUE(usage.estimated);
    EXPECT_EQ(usage.output_tokens, 2);
    EXPECT_GT(usage.input_tokens, 0);
}

TEST(Turn, RefusesEmptyAndHugeMessages) {
    Platform p;
    const auto session = p.session();
    EXPECT_EQ(p.say(session, " \n").error().field, "text");
    EXPECT_EQ(p.say(session, std::string(kMaxMessageBytes + 1, 'x')).error().code, ErrorCode::TooLarge);
    EXPECT_EQ(p.run(p.turns.say("x", {.text = "hello"}, {})).error().code, ErrorCode::NotFound);
}

TEST(Turn, AnEndThatCannotBeCommittedIsNotToldAndIsKeptUntilItCan) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "a", "b"));
    const auto run = p.say(session, "hello");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    p.store.fail_writes(Error{.code = ErrorCode::StorageFull, .message = "The disk is full."});
    gate->open();
    EXPECT_EQ(p.answer(*run).error().code, ErrorCode::StorageFull) << "who waits is told why";
    const auto seen = p.events(*run);
    EXPECT_EQ(text_of(seen), "ab");
    EXPECT_FALSE(std::holds_alternative<RunFinished>(seen.back().what));
    EXPECT_EQ(p.run(p.runs.get(run->id.text()))->state, RunState::Running);

    p.store.fail_writes({});
    testing::run_until(p.io, [&] { return p.scheduler.active() == 0; });
    EXPECT_EQ(p.answer(*run)->text, "ab");
    EXPECT_EQ(p.llm->requests().size(), 1U) << "the model is not asked again";
    p.llm->says("c");
    EXPECT_EQ(p.answer(*p.say(session, "next"))->text, "c");
}

TEST(Turn, ARunThatIsInTheStoreAfterItsBeginningFailedIsTakenUp) {
    Platform p;
    const auto session = p.session();
    p.store.fail_after_writing(Error{.code = ErrorCode::Unavailable, .message = "The disk reports errors."});
    p.llm->says("late");
    EXPECT_EQ(p.say(session, "hello", "key").error().code, ErrorCode::Unavailable);
    p.store.fail_after_writing({});
    testing::run_until(p.io, [&] { return p.llm->requests().size() == 1; });
    EXPECT_EQ(p.answer(*p.say(session, "hello", "key"))->text, "late");
    EXPECT_EQ(p.run(p.sessions.messages(session.id.text(), {}))->items.size(), 2U);
}

TEST(Turn, RunsAreListedAsTheyAre) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "a", "b"));
    const auto first = p.say(session, "one");
    const auto second = p.say(session, "two");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    const auto ids = [&](RunState state) {
        std::vector<RunId> found;
        const auto page = p.run(p.runs.list({.state = state}, {}));
        for (const auto& run : page->items) {
            EXPECT_EQ(run.state, state);
            found.push_back(run.id);
        }
        return found;
    };
    EXPECT_EQ(ids(RunState::Running), std::vector{first->id});
    EXPECT_EQ(ids(RunState::Queued), std::vector{second->id});
    EXPECT_TRUE(ids(RunState::Completed).empty());
    p.llm->says("c");
    gate->open();
    EXPECT_TRUE(p.answer(*second));
    EXPECT_EQ(ids(RunState::Completed).size(), 2U);
    EXPECT_TRUE(ids(RunState::Running).empty());
}

TEST(Turn, AModelCallThatThrowsFailsItsRunAndNotItsSession) {
    Platform p;
    const auto session = p.session();
    p.llm->reply({.throws = true});
    EXPECT_EQ(p.answer(*p.say(session, "one")).error().code, ErrorCode::Internal);
    p.llm->says("two");
    EXPECT_EQ(p.answer(*p.say(session, "two"))->text, "two");
}

TEST(Turn, StoppingABotCancelsItsRuns) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "a", "b"));
    const auto run = p.say(session, "hello");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    ASSERT_TRUE(p.run(p.bots.move(BotRef{"ada"}, "stop", "", {})));
    EXPECT_EQ(end_of(p.events(*run)).state, RunState::Cancelled);
}

TEST(Turn, AfterACrashUnfinishedRunsAreTakenUpInOrder) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(held(gate, "lost", "x"));
    const auto first = p.say(session, "one");
    const auto second = p.say(session, "two");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });

    auto llm = p.llm;
    NextServer after(p);
    llm->says("answer one");
    llm->says("answer two");
    EXPECT_EQ(after.recover(), 2);
    EXPECT_EQ(p.run(after.turns.answer(first->id.text(), {}))->text, "answer one");
    EXPECT_EQ(p.run(after.turns.answer(second->id.text(), {}))->text, "answer two");
    const auto run = p.run(after.runs.get(first->id.text()));
    EXPECT_EQ(run->attempt, 2);
    // The first process wakes up late: its end is refused, nothing is said twice.
    gate->open();
    EXPECT_FALSE(p.events(*first).empty());
    const auto messages = p.run(p.sessions.messages(session.id.text(), {}))->items;
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[2].text, "answer one");
    EXPECT_EQ(messages[3].text, "answer two");
    after.idle();
}

TEST(Turn, AfterACrashTheRunsOfAStoppedBotAreNotTakenUp) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply({.open_gate = gate});
    const auto run = p.say(session, "one");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    // The process ends between the bot's stop and the run's end.
    const DecideBot stop = [](const Bot& bot) -> Result<BotUpdate> {
        BotUpdate update{.bot = bot};
        update.bot.state = BotState::Stopped;
        ++update.bot.revision;
        return update;
    };
    ASSERT_TRUE(p.run(p.store.bots().update(BotRef{"ada"}, stop, {})));
    NextServer after(p);
    ASSERT_EQ(after.recover(), 1);
    after.idle();
    EXPECT_EQ(p.run(after.runs.get(run->id.text()))->state, RunState::Cancelled);
    EXPECT_EQ(p.llm->requests().size(), 1U);
    gate->open();
}

TEST(Turn, ARunThatNoProcessSurvivesIsGivenUp) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    for (int i = 0; i < 2; ++i) p.llm->reply({.open_gate = gate});
    const auto run = p.say(session, "one");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    for (int ended = 1; ended <= 1; ++ended) ASSERT_TRUE(p.run(p.store.claims().claim_unfinished("x", {})));
    NextServer second(p);
    ASSERT_EQ(second.recover(), 1);
    testing::run_until(p.io, [&] { return gate->arrived() == 2; });
    NextServer third(p);
    ASSERT_EQ(third.recover(), 1);
    third.idle();
    const auto given_up = p.run(third.runs.get(run->id.text()));
    EXPECT_EQ(given_up->state, RunState::Failed);
    EXPECT_NE(given_up->error->message.find("3 times"), std::string::npos);
    EXPECT_EQ(p.llm->requests().size(), 2U);
    gate->open();
}

TEST(Turn, NumbersOfANewAttemptAreNeverThoseOfAnOlder) {
    EXPECT_EQ(first_sequence(1), 1U);
    EXPECT_EQ(first_sequence(2), kSequencesPerAttempt);
    EXPECT_EQ(first_sequence(3), 2 * kSequencesPerAttempt);
    EXPECT_EQ(first_sequence(kMostAttempts + 1), 4'294'000'000U);
    EXPECT_EQ(first_sequence(kMostAttempts + 2), 4'294'000'000U) << "never one of an older attempt";
}

TEST(Turn, ADrainingServerTakesNoNewTurns) {
    Platform p;
    const auto session = p.session();
    p.scheduler.drain();
    EXPECT_EQ(p.say(session, "hello").error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace boternity::core
