// Whole bots, read and written at once.
#include "testing/store_conformance.hpp"

namespace boternity::testing {

int link_store_copy_cases() {
    return 1;
}

namespace {

constexpr core::CopyExtent kAll{.sessions = true, .max_bytes = 1 << 20, .max_parts = 100};

core::Mutation named(std::string key) {
    return {.key = std::move(key), .operation = "ImportBot", .fingerprint = "f1"};
}

}  // namespace

core::BotCopy StoreConformance::a_copy(std::string slug) {
    core::BotCopy copy{.bot = a_bot(std::move(slug))};
    copy.bot.soul_version = 2;
    copy.souls = {a_soul(copy.bot, 1, "Be kind."), a_soul(copy.bot, 2, "Be brief.")};
    core::SessionCopy& one = copy.sessions.emplace_back();
    one.session = a_session(copy.bot);
    one.session.title = "Of old";
    for (const char* text : {"Hello", "And now?"}) {
        const core::TurnBegin begun = a_turn(one.session, text);
        const core::RunEnd end = an_end(begun, "An answer");
        one.runs.push_back(end.run);
        one.messages.push_back(begun.message);
        one.messages.push_back(*end.message);
    }
    core::Run& last = one.runs.back();
    last.state = core::RunState::Failed;
    last.error = core::RunError{.code = ErrorCode::UpstreamFailed, .message = "It failed."};
    last.output_message.reset();
    one.messages.pop_back();
    EXPECT_TRUE(core::number_messages(one));
    one.session.updated_at = one.messages.back().created_at;
    return copy;
}

TEST_P(StoreConformance, ACopyIsInsertedWholeAndReadBackAsItWas) {
    const core::BotCopy copy = a_copy("alfa");
    const auto receipt =
        run(rig_->copies().insert(copy, {core::BotCreated{copy.bot.id, "alfa"}}, named("k")));
    ASSERT_EQ(outcome_of(receipt), "ok");
    EXPECT_EQ(*receipt, (core::Receipt{core::Outcome::Applied, copy.bot.id.text()}));
    EXPECT_EQ(run(rig_->copies().read({"alfa"}, kAll)).value(), copy);
    EXPECT_EQ(stored(copy.bot.id), copy.bot);
    EXPECT_EQ(stored(copy.sessions[0].session.id), copy.sessions[0].session);
    const auto again = run(rig_->copies().insert(copy, {}, named("k")));
    ASSERT_EQ(outcome_of(again), "ok");
    EXPECT_EQ(again->outcome, core::Outcome::Repeated);
    EXPECT_EQ(rig_->outbox(), std::vector<std::string>{"bot.created " + copy.bot.id.text()});
}

TEST_P(StoreConformance, AConversationThatWasCopiedGoesOn) {
    const core::BotCopy copy = a_copy("alfa");
    ASSERT_EQ(outcome_of(run(rig_->copies().insert(copy, {}, {}))), "ok");
    const core::Session session = copy.sessions[0].session;
    const auto steps = run(rig_->records().steps(copy.sessions[0].runs[0].id)).value();
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0], core::step_of(copy.sessions[0].runs[0], &copy.sessions[0].messages[1]));
    const core::Run next = add_turn(session, "What did I say?", "Hello");
    const auto input = run(rig_->records().input(next.id, 1 << 20)).value();
    EXPECT_EQ(input.history, copy.sessions[0].messages);
    EXPECT_EQ(stored(session.id).message_count, 5);
    EXPECT_EQ(run(rig_->records().list({.session = session.id}, {})).value().items.size(), 3U);
}

TEST_P(StoreConformance, WhatHasNotEndedIsNotCopied) {
    const core::Bot bot = add_bot("alfa");
    const core::Session session = add_session(bot);
    const core::Run ended = add_turn(session, "one", "two");
    ASSERT_EQ(outcome_of(run(begin(a_turn(session, "still open")))), "ok");
    const auto copy = run(rig_->copies().read({"alfa"}, kAll)).value();
    ASSERT_EQ(copy.sessions.size(), 1U);
    ASSERT_EQ(copy.sessions[0].runs.size(), 1U);
    EXPECT_EQ(copy.sessions[0].runs[0], ended);
    EXPECT_EQ(copy.sessions[0].messages.size(), 2U);
    EXPECT_EQ(copy.sessions[0].session.message_count, 2);
    EXPECT_EQ(copy.sessions[0].session.updated_at, copy.sessions[0].messages[1].created_at);
    EXPECT_TRUE(
        run(rig_->copies().read({"alfa"}, {.max_bytes = 1000, .max_parts = 9})).value().sessions.empty());
}

TEST_P(StoreConformance, FilesTravelWithTheMessagesThatNameThem) {
    core::BotCopy copy = a_copy("alfa");
    const core::Attachment file = an_attachment(std::string("a\0b", 3));
    copy.files[file.hash] = std::string("a\0b", 3);
    copy.sessions[0].messages[0].attachments = {file};
    copy.sessions[0].messages[2].attachments = {file};
    ASSERT_EQ(outcome_of(run(rig_->copies().insert(copy, {}, {}))), "ok");
    EXPECT_EQ(**run(rig_->attachments().content(file.hash)), copy.files[file.hash]);
    EXPECT_EQ(run(rig_->copies().read({"alfa"}, kAll)).value(), copy);
    auto small = kAll;
    small.max_bytes = core::content_bytes(copy) - 1;
    EXPECT_EQ(outcome_of(run(rig_->copies().read({"alfa"}, small))), "too_large");
    EXPECT_TRUE(
        run(rig_->copies().read({"alfa"}, {.max_bytes = 1000, .max_parts = 9})).value().files.empty());
}

TEST_P(StoreConformance, ACopyOfATakenSlugLeavesNothing) {
    add_bot("alfa");
    const core::BotCopy copy = a_copy("alfa");
    const core::Events events{core::BotCreated{copy.bot.id, "alfa"}};
    EXPECT_EQ(outcome_of(run(rig_->copies().insert(copy, events, named("k")))), "already_exists");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({copy.bot.id.text()}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->sessions().find(copy.sessions[0].session.id))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->records().find(copy.sessions[0].runs[0].id))), "not_found");
    EXPECT_EQ(rig_->outbox(), std::vector<std::string>{});
    EXPECT_FALSE(run(rig_->receipts().find(named("k"))).value());
}

TEST_P(StoreConformance, ACopyLargerThanAskedForIsRefused) {
    ASSERT_EQ(outcome_of(run(rig_->copies().insert(a_copy("alfa"), {}, {}))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->copies().read({"nobody"}, kAll))), "not_found");
    EXPECT_EQ(
        outcome_of(run(rig_->copies().read({"alfa"}, {.sessions = true, .max_bytes = 20, .max_parts = 9}))),
        "too_large");
    EXPECT_EQ(
        outcome_of(run(rig_->copies().read({"alfa"}, {.sessions = true, .max_bytes = 2000, .max_parts = 2}))),
        "too_large");
}

TEST_P(StoreConformance, ABotIsExtendedByWhatItLacks) {
    core::Bot bot = add_bot("alfa");
    const core::Session own = add_session(bot);
    add_turn(own, "one", "two");
    core::BotCopy more = a_copy("beta");
    for (core::SessionCopy& one : more.sessions) {
        one.session.bot = bot.id;
        for (core::Run& ended : one.runs) ended.bot = bot.id;
    }
    bot = stored(bot.id);
    more.bot = bot;
    more.bot.name = "Alfa the second";
    more.bot.revision = bot.revision + 1;
    more.souls = {a_soul(bot, 2, "Be brief."), a_soul(bot, 3, "Be quick.")};
    ASSERT_EQ(outcome_of(run(rig_->copies().extend(more, {core::BotChanged{bot.id}}, {}))), "ok");
    const core::Bot now = stored(bot.id);
    EXPECT_EQ(now.name, "Alfa the second");
    EXPECT_EQ(now.soul_version, 3);
    EXPECT_EQ(now.state, bot.state);
    const auto whole = run(rig_->copies().read({"alfa"}, kAll)).value();
    EXPECT_EQ(whole.souls.size(), 3U);
    EXPECT_EQ(whole.sessions.size(), 2U);

    EXPECT_EQ(outcome_of(run(rig_->copies().extend(more, {core::BotChanged{bot.id}}, {}))), "stale_etag")
        << "the bot has moved on";
    EXPECT_EQ(run(rig_->copies().read({"alfa"}, kAll)).value(), whole);
}

}  // namespace boternity::testing
