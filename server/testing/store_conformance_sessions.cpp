// Sessions, messages, and texts of every kind.
#include "testing/store_conformance.hpp"

#include <algorithm>

namespace boternity::testing {

int link_store_session_cases() {
    return 1;
}

TEST_P(StoreConformance, ASessionIsFoundAsItWasAdded) {
    const core::Bot bot = add_bot("alfa");
    const core::Session session = a_session(bot);
    const core::Events events{core::SessionCreated{bot.id, session.id}};
    const auto receipt = run(rig_->sessions().insert(session, events, {}));
    ASSERT_EQ(outcome_of(receipt), "ok");
    EXPECT_EQ(receipt->subject, session.id.text());
    EXPECT_EQ(stored(session.id), session);
    EXPECT_EQ(rig_->outbox(), std::vector<std::string>{"session.created " + session.id.text()});
    EXPECT_EQ(outcome_of(run(rig_->sessions().insert(session, {}, {}))), "already_exists");
}

TEST_P(StoreConformance, ASessionNeedsABotThatIsThere) {
    core::Bot bot = add_bot("alfa");
    EXPECT_EQ(outcome_of(run(rig_->sessions().insert(a_session(a_bot("nobody")), {}, {}))), "not_found");
    bot.state = core::BotState::Deleted;
    bot.revision = 2;
    ASSERT_EQ(outcome_of(run(put(bot))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->sessions().insert(a_session(bot), {}, {}))), "not_found");
}

TEST_P(StoreConformance, SessionsAndMessagesThatAreNotThereAreNotFound) {
    const SessionId nowhere = ids_.make<SessionId>();
    EXPECT_EQ(outcome_of(run(rig_->sessions().find(nowhere))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->sessions().messages(nowhere, {}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->sessions().message(ids_.make<MessageId>()))), "not_found");
}

TEST_P(StoreConformance, SessionsAreListedTheLastUsedFirst) {
    const core::Bot bot = add_bot("alfa");
    const core::Session elsewhere = add_session(add_bot("other"));
    std::vector<SessionId> expected;
    for (int i = 0; i < 7; ++i) expected.push_back(add_session(bot).id);
    add_turn(stored(expected[2]), "hello", "hi");
    std::rotate(expected.begin() + 2, expected.begin() + 3, expected.end());
    std::reverse(expected.begin(), expected.end());
    for (const int size : {1, 2, 7, 50}) {
        std::vector<SessionId> seen;
        for (const auto& session : read_pages<core::Session>(
                 size, [&](PageRequest page) { return rig_->sessions().list(bot.id, page); })) {
            EXPECT_NE(session.id, elsewhere.id);
            seen.push_back(session.id);
        }
        EXPECT_EQ(seen, expected);
    }
}

TEST_P(StoreConformance, MessagesAreListedOldestFirst) {
    const core::Session session = add_session(add_bot("alfa"));
    for (int i = 0; i < 6; ++i) add_turn(session, "question", "answer");
    for (const int size : {1, 5, 12, 100}) {
        const auto all = read_pages<core::Message>(
            size, [&](PageRequest page) { return rig_->sessions().messages(session.id, page); });
        ASSERT_EQ(all.size(), 12U);
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(all[i].position, static_cast<int>(i) + 1);
            EXPECT_EQ(all[i].role, i % 2 == 0 ? core::Role::User : core::Role::Assistant);
            EXPECT_EQ(run(rig_->sessions().message(all[i].id)).value(), all[i]);
        }
    }
}

TEST_P(StoreConformance, TextsComeBackByteForByte) {
    const core::Bot bot = add_bot("alfa");
    const core::Session session = add_session(bot);
    using namespace std::string_literals;
    const std::vector<std::string> texts{
        "",
        " ",
        "a\0b\0"s,
        "\0"s,
        "Robert'); DROP TABLE messages;--",
        "' OR '1'='1",
        "\" OR \"\"=\"",
        "1; ATTACH DATABASE '/tmp/x' AS x; --",
        "x' UNION SELECT key_reference FROM providers --",
        ":bot :id ?1 $1 @x %s %n {0}",
        "line\r\nline\ttab\v\f\x1b[31m\x7f",
        "\\ / \\\\ \\u0000 \\x00",
        "Grüße, 世界, שלום, 👩‍👩‍👧‍👦, e\u0301, \u202e",
        "\xff\xfe\xc0\x80 not UTF-8",
        "{\"text\":\"\\\"}",
        std::string(300'000, 'x') + "end",
    };
    for (const std::string& text : texts) {
        const core::Run run_ended = add_turn(session, text, text);
        const auto input = run(rig_->sessions().message(*run_ended.input_message)).value();
        const auto output = run(rig_->sessions().message(*run_ended.output_message)).value();
        EXPECT_EQ(input.text, text);
        EXPECT_EQ(output.text, text);
        const auto steps = run(rig_->records().steps(run_ended.id)).value();
        EXPECT_EQ(std::get<core::ModelOutput>(steps.at(0).output).text(), text);
    }
    EXPECT_EQ(run(rig_->sessions().messages(session.id, {.size = 1000, .token = {}})).value().items.size(),
              texts.size() * 2);
}

TEST_P(StoreConformance, HostileTextIsDataInEveryPlace) {
    using namespace std::string_literals;
    int number = 0;
    for (const std::string& text : {"'); DELETE FROM bots; --"s, "' OR 1=1 --"s, "\"; DROP TABLE bots; --"s,
                                    "%' AND state <> 'deleted"s, "a\0'b"s}) {
        ++number;
        core::Bot bot = a_bot(text);
        bot.name = bot.description = bot.model = text;
        core::Soul soul = a_soul(bot, 1, text);
        soul.author = soul.note = soul.hash = text;
        const core::Mutation mutation{.key = text, .operation = text, .fingerprint = text};
        ASSERT_EQ(outcome_of(run(rig_->bots().insert(bot, soul, {core::BotCreated{bot.id, text}}, mutation))),
                  "ok");
        EXPECT_EQ(run(rig_->bots().find({text})).value(), bot);
        EXPECT_EQ(run(rig_->souls().find(bot.id, 1)).value(), soul);
        EXPECT_EQ(run(rig_->receipts().find(mutation)).value()->subject, bot.id.text());
        core::ProviderConfig provider = a_provider(text);
        provider.kind = provider.base_url = provider.key = text;
        provider.models = {"plain", text};
        ASSERT_EQ(outcome_of(run(rig_->providers().insert(provider, {core::ProviderAdded{text}}, {}))), "ok");
        const auto all = run(rig_->providers().all()).value();
        EXPECT_NE(std::find(all.begin(), all.end(), provider), all.end());
        EXPECT_EQ(run(rig_->bots().list({.size = 100, .token = {}})).value().items.size(),
                  static_cast<std::size_t>(number));
    }
}

}  // namespace boternity::testing
