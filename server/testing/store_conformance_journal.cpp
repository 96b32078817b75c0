// The journal: turns, runs and steps.
#include "testing/store_conformance.hpp"

#include <set>

namespace boternity::testing {

int link_store_journal_cases() {
    return 1;
}

namespace {

using Lines = std::vector<std::string>;

core::Mutation named(std::string key) {
    return {.key = std::move(key), .operation = "SendMessage", .fingerprint = "f"};
}

}  // namespace

TEST_P(StoreConformance, ATurnBeginsWithMessageRunAndStep) {
    const core::Session session = add_session(add_bot("alfa"));
    core::TurnBegin turn = a_turn(session, "hello");
    const auto begun = run(begin(turn));
    ASSERT_EQ(outcome_of(begun), "ok");
    EXPECT_EQ(begun->receipt, (core::Receipt{core::Outcome::Applied, turn.run.id.text()}));

    turn.run.input_position = turn.message.position = 1;
    EXPECT_EQ(stored(turn.run.id), turn.run);
    EXPECT_EQ(run(rig_->sessions().message(turn.message.id)).value(), turn.message);
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), std::vector{turn.step});
    core::Session expected = session;
    expected.title = "The first words";
    expected.message_count = 1;
    expected.updated_at = turn.message.created_at;
    EXPECT_EQ(stored(session.id), expected);
    EXPECT_EQ(rig_->outbox(), Lines{"run.queued " + turn.run.id.text()});
}

TEST_P(StoreConformance, ATurnKeepsATitleThatIsThere) {
    core::Session session = a_session(add_bot("alfa"));
    session.title = "Chosen";
    ASSERT_EQ(outcome_of(run(rig_->sessions().insert(session, {}, {}))), "ok");
    add_turn(session, "hello", "hi");
    EXPECT_EQ(stored(session.id).title, "Chosen");
}

TEST_P(StoreConformance, ATurnNeedsASessionOfALivingBot) {
    core::Bot bot = add_bot("alfa");
    EXPECT_EQ(outcome_of(run(begin(a_turn(a_session(bot), "hello")))), "not_found");
    const core::Session session = add_session(bot);
    bot.state = core::BotState::Deleted;
    bot.revision = 2;
    ASSERT_EQ(outcome_of(run(put(bot))), "ok");
    EXPECT_EQ(outcome_of(run(begin(a_turn(session, "hello")))), "not_found");
    EXPECT_EQ(stored(session.id).message_count, 0);
    EXPECT_EQ(rig_->outbox(), Lines{});
}

TEST_P(StoreConformance, ATurnIsDecidedFromASessionAndItsBot) {
    core::Bot bot = add_bot("alfa");
    const core::Session session = add_session(bot);
    const core::TurnBegin turn = a_turn(session, "hello");
    int asked = 0;
    core::TurnGround seen;
    const auto decide = [&](const core::TurnGround& ground) -> Result<core::TurnBegin> {
        ++asked;
        seen = ground;
        return turn;
    };
    ASSERT_EQ(outcome_of(run(rig_->journal().begin(session.id, decide, {}, named("key")))), "ok");
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(seen.session, session);
    EXPECT_EQ(seen.bot, bot);

    const auto again = run(rig_->journal().begin(session.id, decide, {}, named("key")));
    ASSERT_EQ(outcome_of(again), "ok");
    EXPECT_EQ(again->receipt, (core::Receipt{core::Outcome::Repeated, turn.run.id.text()}));
    EXPECT_EQ(asked, 1) << "what was done is not decided again";
    core::Mutation other = named("key");
    other.fingerprint = "another";
    EXPECT_EQ(outcome_of(run(rig_->journal().begin(session.id, decide, {}, other))), "idempotency_reuse");
    EXPECT_EQ(outcome_of(run(rig_->journal().begin(ids_.make<SessionId>(), decide, {}, {}))), "not_found");

    bot.state = core::BotState::Deleted;
    bot.revision = 2;
    ASSERT_EQ(outcome_of(run(put(bot))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->journal().begin(session.id, decide, {}, {}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->journal().begin(session.id, decide, {}, named("key")))), "ok");
    EXPECT_EQ(asked, 1);
}

TEST_P(StoreConformance, ARefusedTurnLeavesNothing) {
    const core::Session session = add_session(add_bot("alfa"));
    const auto refuse = [](const core::TurnGround&) -> Result<core::TurnBegin> {
        return fail(ErrorCode::WrongState, "The bot sleeps.");
    };
    EXPECT_EQ(outcome_of(run(rig_->journal().begin(session.id, refuse, {}, named("key")))), "wrong_state");
    EXPECT_EQ(stored(session.id), session);
    EXPECT_EQ(rig_->outbox(), Lines{});
    EXPECT_EQ(outcome_of(run(begin(a_turn(session, "hello"), named("key")))), "ok")
        << "the key is still free";
}

TEST_P(StoreConformance, AShortConversationIsReadAlong) {
    const core::Session session = add_session(add_bot("alfa"));
    const auto read_along = [&](core::ReadAhead read_ahead) {
        const core::TurnBegin turn = a_turn(session, "q123456789");
        const auto decide = [turn](const core::TurnGround&) -> Result<core::TurnBegin> { return turn; };
        auto begun = run(rig_->journal().begin(session.id, decide, read_ahead, {}));
        EXPECT_EQ(outcome_of(begun), "ok");
        const core::RunEnd end = an_end(turn, "a123456789");
        EXPECT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
        return begun->input;
    };
    const auto first = read_along({});
    ASSERT_TRUE(first) << "there is nothing before it";
    EXPECT_EQ(first->run.input_position, 1);
    EXPECT_TRUE(first->history.empty());
    EXPECT_FALSE(read_along({.messages = 1, .bytes = 1000}));
    EXPECT_FALSE(read_along({.messages = 4, .bytes = 39}));
    const auto whole = read_along({.messages = 6, .bytes = 60});
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->history.size(), 6U);
    EXPECT_EQ(whole->history_total, 6);
    EXPECT_EQ(whole->history.front().position, 1);
    EXPECT_EQ(whole->message.position, 7);
    EXPECT_EQ(whole->message.text, "q123456789");
    EXPECT_EQ(whole->run.input_position, 7);
    EXPECT_EQ(whole->soul, run(rig_->souls().find(whole->run.bot, whole->run.soul_version)).value().text);
    const auto read = run(rig_->records().input(whole->run.id, 1000)).value();
    EXPECT_EQ(read.soul, whole->soul);
    EXPECT_EQ(read.message, whole->message);
    EXPECT_EQ(read.history, whole->history);
    EXPECT_EQ(read.history_total, whole->history_total);
}

TEST_P(StoreConformance, ATurnsInputHoldsTheNewestMessagesThatFit) {
    const core::Session session = add_session(add_bot("alfa"));
    for (int i = 0; i < 5; ++i) add_turn(session, std::string(10, 'q'), std::string(20, 'a'));
    core::TurnBegin turn = a_turn(session, "now");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    add_turn(session, "sent while the other waits", "answered");

    const auto positions = [&](RunId id, std::size_t bytes) {
        std::vector<int> found;
        const auto input = run(rig_->records().input(id, bytes)).value();
        for (const auto& message : input.history) {
            found.push_back(message.position);
        }
        return found;
    };
    const auto input = run(rig_->records().input(turn.run.id, 1000)).value();
    EXPECT_EQ(input.run, stored(turn.run.id));
    EXPECT_EQ(input.run.input_position, 11);
    EXPECT_EQ(input.soul, run(rig_->souls().find(turn.run.bot, turn.run.soul_version)).value().text);
    EXPECT_EQ(input.message.text, "now");
    EXPECT_EQ(input.history_total, 10);
    using Positions = std::vector<int>;
    EXPECT_EQ(positions(turn.run.id, 1000), (Positions{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(positions(turn.run.id, 150), (Positions{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})) << "fits to the byte";
    EXPECT_EQ(positions(turn.run.id, 149), (Positions{2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(positions(turn.run.id, 40), (Positions{9, 10}));
    EXPECT_EQ(positions(turn.run.id, 19), Positions{})
        << "what is larger than the room is not skipped for older ones";
    EXPECT_EQ(positions(turn.run.id, 0), Positions{});
    EXPECT_EQ(outcome_of(run(rig_->records().input(ids_.make<RunId>(), 10))), "not_found");
}

TEST_P(StoreConformance, WhatWasSentWhileOthersWaitedIsHistoryTurnByTurn) {
    const core::Session session = add_session(add_bot("alfa"));
    std::vector<core::TurnBegin> turns;
    for (const char* text : {"one", "two", "three", "four"}) {
        turns.push_back(a_turn(session, text));
        ASSERT_EQ(outcome_of(run(begin(turns.back()))), "ok");
    }
    ASSERT_EQ(outcome_of(run(rig_->journal().end(an_end(turns[0], "a1")))), "ok");
    ASSERT_EQ(outcome_of(run(rig_->journal().end(an_end(turns[1], "a2")))), "ok");
    const auto texts = [&](std::size_t bytes) {
        const auto input = run(rig_->records().input(turns[2].run.id, bytes)).value();
        EXPECT_EQ(input.history_total, 4);
        std::vector<std::string> all;
        for (const auto& message : input.history) all.push_back(message.text);
        return all;
    };
    EXPECT_EQ(texts(1000), (Lines{"one", "a1", "two", "a2"}));
    EXPECT_EQ(texts(10), (Lines{"one", "a1", "two", "a2"}));
    EXPECT_EQ(texts(9), (Lines{"a1", "two", "a2"}));
}

TEST_P(StoreConformance, AFirstTurnHasNoHistory) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto input = run(rig_->records().input(turn.run.id, 1000)).value();
    EXPECT_EQ(input.history_total, 0);
    EXPECT_TRUE(input.history.empty());
}

TEST_P(StoreConformance, ANamedTurnBeginsOnce) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin first = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(first, named("key")))), "ok");
    const auto repeated = run(begin(a_turn(session, "hello"), named("key")));
    ASSERT_EQ(outcome_of(repeated), "ok");
    EXPECT_EQ(repeated->receipt, (core::Receipt{core::Outcome::Repeated, first.run.id.text()}));
    EXPECT_EQ(stored(session.id).message_count, 1);
    EXPECT_EQ(rig_->outbox().size(), 1U);
}

TEST_P(StoreConformance, AFirstMessageStartsItsBot) {
    core::Bot bot = add_bot("alfa");
    const core::Session session = add_session(bot);
    core::TurnBegin turn = a_turn(session, "hello");
    turn.bot_update = bot;
    turn.bot_update->state = core::BotState::Running;
    turn.bot_update->revision = 2;
    turn.bot_update->updated_at = clock_.now();
    turn.events.emplace_back(core::BotStateChanged{bot.id, core::BotState::Created, core::BotState::Running});
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    EXPECT_EQ(stored(bot.id), *turn.bot_update);
    EXPECT_EQ(rig_->outbox(),
              (Lines{"run.queued " + turn.run.id.text(), "bot.state_changed " + bot.id.text()}));

    // A second first message was on its way: the bot has moved already, and that is not announced twice.
    core::TurnBegin late = a_turn(session, "me too");
    late.bot_update = turn.bot_update;
    late.events.emplace_back(turn.events.back());
    ASSERT_EQ(outcome_of(run(begin(late))), "ok");
    EXPECT_EQ(stored(bot.id), *turn.bot_update);
    EXPECT_EQ(rig_->outbox().size(), 3U);
    EXPECT_EQ(rig_->outbox().back(), "run.queued " + late.run.id.text());
}

TEST_P(StoreConformance, AFirstMessageStartsABotThatWasRenamedMeanwhile) {
    const core::Bot read_before = add_bot("alfa");
    core::Bot renamed = read_before;
    renamed.name = "New name";
    renamed.revision = 2;
    ASSERT_EQ(outcome_of(run(put(renamed))), "ok");
    core::TurnBegin turn = a_turn(add_session(read_before), "hello");
    turn.bot_update = read_before;
    turn.bot_update->state = core::BotState::Running;
    turn.bot_update->revision = 2;
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const core::Bot now = stored(read_before.id);
    EXPECT_EQ(now.state, core::BotState::Running);
    EXPECT_EQ(now.name, "New name");
    EXPECT_EQ(now.revision, 3);
}

TEST_P(StoreConformance, ARunEndsWithItsAnswer) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    core::RunEnd end = an_end(turn, "hi there");
    end.run.context_cut = core::ContextCut{3, 4, 2048};
    const auto message = run(rig_->journal().end(end));
    ASSERT_EQ(outcome_of(message), "ok");
    end.message->position = 2;
    EXPECT_EQ(*message, *end.message);
    EXPECT_EQ(run(rig_->sessions().message(end.message->id)).value(), *end.message);
    end.run.input_position = 1;
    EXPECT_EQ(stored(turn.run.id), end.run);
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), end.steps);
    EXPECT_EQ(stored(session.id).message_count, 2);
    EXPECT_EQ(stored(session.id).updated_at, end.message->created_at);
    EXPECT_EQ(rig_->outbox(), (Lines{"run.queued " + turn.run.id.text(), "run.ended " + turn.run.id.text()}));
}

TEST_P(StoreConformance, ATurnThatFailsKeepsItsErrorAndNoMessage) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    core::RunEnd end = an_end(turn, "");
    end.message.reset();
    end.run.output_message.reset();
    end.run.stop_reason.reset();
    end.run.state = core::RunState::Failed;
    end.run.error = end.steps[0].error =
        core::RunError{ErrorCode::UpstreamFailed, "The provider hung up.", std::chrono::milliseconds(1500)};
    end.steps[0].state = core::StepState::Failed;
    end.steps[0].output = core::ModelOutput{};
    ASSERT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
    end.run.input_position = 1;
    EXPECT_EQ(stored(turn.run.id), end.run);
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), end.steps);
    EXPECT_EQ(stored(session.id).message_count, 1);
}

TEST_P(StoreConformance, ARunEndsOnce) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const core::RunEnd end = an_end(turn, "hi");
    ASSERT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
    core::RunEnd again = an_end(turn, "something else");
    again.run.state = core::RunState::Cancelled;
    EXPECT_EQ(outcome_of(run(rig_->journal().end(again))), "wrong_state");
    EXPECT_EQ(stored(turn.run.id).state, core::RunState::Completed);
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), end.steps);
    EXPECT_EQ(stored(session.id).message_count, 2);
    EXPECT_EQ(outcome_of(run(rig_->sessions().message(again.message->id))), "not_found");
    EXPECT_EQ(rig_->outbox().size(), 2U);
    EXPECT_EQ(outcome_of(run(rig_->journal().end(an_end(a_turn(session, "x"), "y")))), "not_found");
}

TEST_P(StoreConformance, OneOfManyEndsWins) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    std::vector<core::Task<Result<core::Message>>> ends;
    for (int i = 0; i < 16; ++i) ends.push_back(rig_->journal().end(an_end(turn, std::to_string(i))));
    int won = 0;
    std::string said;
    for (const auto& message : run_together(std::move(ends))) {
        if (message) {
            ++won;
            said = message->text;
        } else {
            EXPECT_EQ(outcome_of(message), "wrong_state");
        }
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(run(rig_->sessions().message(*stored(turn.run.id).output_message)).value().text, said);
    EXPECT_EQ(rig_->outbox().size(), 2U);
}

TEST_P(StoreConformance, ParallelMessagesGetPositionsWithoutGap) {
    const core::Session session = add_session(add_bot("alfa"));
    std::vector<core::Task<Result<core::TurnBegun>>> begins;
    std::vector<RunId> runs;
    for (int i = 0; i < 64; ++i) {
        const core::TurnBegin turn = a_turn(session, "message " + std::to_string(i));
        runs.push_back(turn.run.id);
        begins.push_back(begin(turn));
    }
    for (const auto& receipt : run_together(std::move(begins))) ASSERT_EQ(outcome_of(receipt), "ok");
    std::set<int> positions;
    for (const RunId id : runs) {
        const core::Run found = stored(id);
        positions.insert(found.input_position);
        EXPECT_EQ(run(rig_->sessions().message(*found.input_message)).value().position, found.input_position);
    }
    EXPECT_EQ(positions.size(), 64U);
    EXPECT_EQ(*positions.begin(), 1);
    EXPECT_EQ(*positions.rbegin(), 64);
    EXPECT_EQ(stored(session.id).message_count, 64);
    EXPECT_EQ(rig_->outbox().size(), 64U);
}

TEST_P(StoreConformance, LargeStepOutputsComeBackWhole) {
    const core::Session session = add_session(add_bot("alfa"));
    std::string text;
    std::vector<std::uint32_t> pieces;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        text += "word" + std::to_string(i) + " ";
        pieces.push_back(i % 9);
    }
    for (int twice = 0; twice < 2; ++twice) {
        const core::TurnBegin turn = a_turn(session, "tell me much");
        ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
        core::RunEnd end = an_end(turn, text);
        std::get<core::ModelOutput>(end.steps[0].output).pieces = pieces;
        ASSERT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
        EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), end.steps);
    }
}

TEST_P(StoreConformance, RunsAreListedNewestFirstAndFiltered) {
    const core::Bot alfa = add_bot("alfa");
    const core::Bot beta = add_bot("beta");
    const core::Session first = add_session(alfa);
    const core::Session second = add_session(alfa);
    const core::Session third = add_session(beta);
    std::vector<core::Run> all;
    for (int i = 0; i < 4; ++i) {
        for (const auto& session : {first, second, third}) {
            if (i % 2 == 0) {
                all.insert(all.begin(), add_turn(session, "q", "a"));
            } else {
                const core::TurnBegin turn = a_turn(session, "q");
                ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
                all.insert(all.begin(), stored(turn.run.id));
            }
        }
    }
    const std::optional<BotId> bots[] = {std::nullopt, alfa.id, beta.id};
    const std::optional<SessionId> sessions[] = {std::nullopt, first.id, third.id};
    const std::optional<core::RunState> states[] = {std::nullopt, core::RunState::Queued,
                                                    core::RunState::Completed, core::RunState::Failed};
    for (const auto& bot : bots) {
        for (const auto& session : sessions) {
            for (const auto& state : states) {
                std::vector<core::Run> expected;
                for (const auto& one : all) {
                    const bool wanted = (!bot || one.bot == *bot) && (!session || one.session == *session) &&
                                        (!state || one.state == *state);
                    if (wanted) expected.push_back(one);
                }
                const core::RunFilter filter{bot, session, state};
                EXPECT_EQ(read_pages<core::Run>(
                              2, [&](PageRequest page) { return rig_->records().list(filter, page); }),
                          expected);
            }
        }
    }
}

TEST_P(StoreConformance, RunsThatAreNotThereAreNotFound) {
    const RunId nowhere = ids_.make<RunId>();
    EXPECT_EQ(outcome_of(run(rig_->records().find(nowhere))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->records().steps(nowhere))), "not_found");
}

TEST_P(StoreConformance, UnfinishedRunsAreClaimedOldestFirst) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::Run finished = add_turn(session, "q", "a");
    std::vector<core::TurnBegin> turns;
    for (int i = 0; i < 3; ++i) {
        turns.push_back(a_turn(session, "q"));
        ASSERT_EQ(outcome_of(run(begin(turns.back()))), "ok");
    }
    for (int attempt = 2; attempt <= 3; ++attempt) {
        const auto claimed = run(rig_->claims().claim_unfinished("node", clock_.now())).value();
        ASSERT_EQ(claimed.size(), 3U);
        for (std::size_t i = 0; i < claimed.size(); ++i) {
            EXPECT_EQ(claimed[i].id, turns[i].run.id);
            EXPECT_EQ(claimed[i].state, core::RunState::Queued) << "whoever claims it has yet to begin";
            EXPECT_EQ(claimed[i].attempt, attempt);
            EXPECT_EQ(claimed[i], stored(claimed[i].id));
        }
    }
    EXPECT_EQ(stored(finished.id), finished);

    // Whoever held a run before it was claimed has lost it.
    EXPECT_EQ(outcome_of(run(rig_->journal().end(an_end(turns[0], "too late")))), "wrong_state");
    core::RunEnd end = an_end(turns[0], "in time");
    end.run.attempt = end.steps[0].attempt = 3;
    EXPECT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
    EXPECT_EQ(run(rig_->records().steps(turns[0].run.id)).value(), end.steps);
    EXPECT_EQ(run(rig_->claims().claim_unfinished("node", clock_.now())).value().size(), 2U);
}

}  // namespace boternity::testing
