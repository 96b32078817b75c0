#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

CallContext named(std::string key, std::string fingerprint = "f") {
    return {.mutation = {.key = std::move(key), .operation = "op", .fingerprint = std::move(fingerprint)}};
}

TEST(BotService, CreatesABotWithItsFirstSoul) {
    Platform p;
    const auto bot = p.run(p.bots.create({.name = "Ada Lovelace", .soul = "Be exact."}, {}));
    ASSERT_TRUE(bot);
    EXPECT_EQ(bot->slug, "ada-lovelace");
    EXPECT_EQ(bot->state, BotState::Created);
    EXPECT_EQ(bot->model, "fake/scripted");
    const auto soul = p.run(p.souls.get(BotRef{"ada-lovelace"}, 1));
    ASSERT_TRUE(soul);
    EXPECT_EQ(soul->text, "Be exact.");
    EXPECT_EQ(soul->author, "owner");
    EXPECT_EQ(soul->hash, "sha256:68ae8231a95595f01afc3b461256b94b37a5e9c74f14d2a2f7438fe1b8e14b98");
}

TEST(BotService, FindsByIdAndBySlug) {
    Platform p;
    const auto bot = p.bot();
    EXPECT_EQ(*p.run(p.bots.get(BotRef{bot.id.text()})), bot);
    EXPECT_EQ(*p.run(p.bots.get(BotRef{"ada"})), bot);
    EXPECT_EQ(p.run(p.bots.get(BotRef{"eve"})).error().code, ErrorCode::NotFound);
}

TEST(BotService, RefusesADuplicateName) {
    Platform p;
    p.bot("Ada");
    EXPECT_EQ(p.run(p.bots.create({.name = "ADA"}, {})).error().code, ErrorCode::AlreadyExists);
}

TEST(BotService, GivesASlugToANameInAnotherScript) {
    Platform p;
    const auto one = p.run(p.bots.create({.name = "Бот"}, {}));
    const auto two = p.run(p.bots.create({.name = "ボット"}, {}));
    ASSERT_TRUE(one && two);
    EXPECT_TRUE(one->slug.starts_with("bot-"));
    EXPECT_NE(one->slug, two->slug);
}

TEST(BotService, NamesTheFieldThatIsWrong) {
    Platform p;
    const auto field = [&](NewBot wanted) {
        return p.run(p.bots.create(std::move(wanted), {})).error().field;
    };
    EXPECT_EQ(field({.name = ""}), "name");
    EXPECT_EQ(field({.name = std::string(101, 'x')}), "name");
    EXPECT_EQ(field({.name = "x", .soul = std::string(kMaxSoulBytes + 1, 's')}), "soul");
    EXPECT_EQ(field({.name = "x", .description = std::string(2'001, 'd')}), "description");
    EXPECT_EQ(field({.name = "x", .settings = {.temperature = 2.1}}), "settings.temperature");
    EXPECT_EQ(field({.name = "x", .settings = {.max_output_tokens = 0}}), "settings.max_output_tokens");
    EXPECT_EQ(field({.name = "x", .model = "nowhere/x"}), "model");
    EXPECT_EQ(field({.name = "x", .model = "fake/unknown"}), "model");
    EXPECT_EQ(field({.name = "x", .model = "plain"}), "model");
}

TEST(BotService, TheSameKeyMakesOneBot) {
    Platform p;
    const auto first = p.run(p.bots.create({.name = "Ada"}, named("k")));
    const auto again = p.run(p.bots.create({.name = "Ada"}, named("k")));
    ASSERT_TRUE(first && again);
    EXPECT_EQ(*first, *again);
    EXPECT_EQ(p.run(p.bots.create({.name = "Eve"}, named("k", "other"))).error().code,
              ErrorCode::IdempotencyReuse);
    EXPECT_EQ(p.run(p.bots.list({}))->items.size(), 1U);
}

TEST(BotService, UpdatesOnlyWhatIsGivenAndChecksTheEtag) {
    Platform p;
    const auto bot = p.bot();
    const auto updated =
        p.run(p.bots.update(BotRef{"ada"}, {.description = "kind", .etag = etag_of(bot)}, {}));
    ASSERT_TRUE(updated);
    EXPECT_EQ(updated->description, "kind");
    EXPECT_EQ(updated->name, "Ada");
    EXPECT_NE(etag_of(*updated), etag_of(bot));
    EXPECT_EQ(p.run(p.bots.update(BotRef{"ada"}, {.name = "Eve", .etag = etag_of(bot)}, {})).error().code,
              ErrorCode::StaleEtag);
}

TEST(BotService, AnUpdateThatChangesNothingKeepsTheEtag) {
    Platform p;
    const auto bot = p.bot();
    EXPECT_EQ(*p.run(p.bots.update(BotRef{"ada"}, {.name = "Ada"}, {})), bot);
}

TEST(BotService, AnUpdateThatChangedNothingIsNotMadeLaterByItsKey) {
    Platform p;
    p.bot();
    ASSERT_TRUE(p.run(p.bots.update(BotRef{"ada"}, {.name = "Ada"}, named("k"))));
    ASSERT_TRUE(p.run(p.bots.update(BotRef{"ada"}, {.name = "Bea"}, {})));
    EXPECT_EQ(p.run(p.bots.update(BotRef{"ada"}, {.name = "Ada"}, named("k")))->name, "Bea");
    EXPECT_EQ(p.run(p.bots.get(BotRef{"ada"}))->name, "Bea");
}

TEST(BotService, OfChangesAtOnceNoneIsRefusedUnlessItNamesAnEtag) {
    Platform p;
    const auto bot = p.bot();
    const auto refused = [&](std::string etag) {
        std::size_t ended = 0;
        int stale = 0;
        for (int i = 0; i < 12; ++i) {
            BotChange change{.description = etag + std::to_string(i), .etag = etag};
            asio::co_spawn(p.io, p.bots.update(BotRef{"ada"}, std::move(change), {}),
                           [&](std::exception_ptr, Result<Bot> updated) {
                               ++ended;
                               if (!updated && updated.error().code == ErrorCode::StaleEtag) ++stale;
                           });
        }
        testing::run_until(p.io, [&] { return ended == 12; });
        return stale;
    };
    EXPECT_EQ(refused(""), 0);
    EXPECT_EQ(p.run(p.bots.get(BotRef{"ada"}))->revision, bot.revision + 12);
    EXPECT_EQ(refused(etag_of(*p.run(p.bots.get(BotRef{"ada"})))), 11);
}

TEST(BotService, ADeletedBotIsGoneAndItsSlugFree) {
    Platform p;
    p.bot();
    const auto gone = p.run(p.bots.move(BotRef{"ada"}, "delete", "", named("d")));
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->state, BotState::Deleted);
    EXPECT_EQ(p.run(p.bots.get(BotRef{"ada"})).error().code, ErrorCode::NotFound);
    EXPECT_TRUE(p.run(p.bots.create({.name = "Ada"}, {})));
    EXPECT_EQ(p.run(p.bots.move(BotRef{"ada"}, "delete", "", named("d")))->state, BotState::Deleted);
    EXPECT_TRUE(p.run(p.bots.get(BotRef{"ada"}))) << "the repeated delete must not touch the new bot";
}

TEST(BotService, EveryMoveIsAnEventInTheOutbox) {
    Platform p;
    p.bot();
    for (const auto* verb : {"start", "pause", "start", "stop", "archive"}) {
        ASSERT_TRUE(p.run(p.bots.move(BotRef{"ada"}, verb, "", {}))) << verb;
    }
    int moves = 0;
    for (const auto& event : p.store.outbox()) moves += std::holds_alternative<BotStateChanged>(event);
    EXPECT_EQ(moves, 5);
}

TEST(SoulService, VersionsAreImmutableAndCounted) {
    Platform p;
    p.bot();
    const auto two =
        p.run(p.souls.create(BotRef{"ada"}, {.text = "Two.", .note = "why", .author = "eve"}, {}));
    ASSERT_TRUE(two);
    EXPECT_EQ(two->version, 2);
    EXPECT_EQ(p.run(p.bots.get(BotRef{"ada"}))->soul_version, 2);
    const auto listed = p.run(p.souls.list(BotRef{"ada"}, {}));
    ASSERT_EQ(listed->items.size(), 2U);
    EXPECT_EQ(listed->items[0].version, 2);
    EXPECT_EQ(listed->items[0].note, "why");
    EXPECT_EQ(listed->items[0].text, "");
}

TEST(SoulService, TheSameTextAgainMakesNoVersion) {
    Platform p;
    p.bot();
    ASSERT_TRUE(p.run(p.souls.create(BotRef{"ada"}, {.text = "Two."}, {})));
    EXPECT_EQ(p.run(p.souls.create(BotRef{"ada"}, {.text = "Two."}, {}))->version, 2);
}

TEST(SoulService, ATextThatMadeNoVersionMakesNoneLaterByItsKey) {
    Platform p;
    ASSERT_TRUE(p.run(p.bots.create({.name = "Ada", .soul = "One."}, {})));
    EXPECT_EQ(p.run(p.souls.create(BotRef{"ada"}, {.text = "One."}, named("k")))->version, 1);
    ASSERT_TRUE(p.run(p.souls.create(BotRef{"ada"}, {.text = "Two."}, {})));
    EXPECT_EQ(p.run(p.souls.create(BotRef{"ada"}, {.text = "One."}, named("k")))->version, 1);
    EXPECT_EQ(p.run(p.bots.get(BotRef{"ada"}))->soul_version, 2);
}

TEST(SoulService, ARollbackIsANewVersionWithTheOldText) {
    Platform p;
    ASSERT_TRUE(p.run(p.bots.create({.name = "Ada", .soul = "One."}, {})));
    ASSERT_TRUE(p.run(p.souls.create(BotRef{"ada"}, {.text = "Two."}, {})));
    const auto three = p.run(p.souls.rollback(BotRef{"ada"}, 1, "", "", {}));
    ASSERT_TRUE(three);
    EXPECT_EQ(three->version, 3);
    EXPECT_EQ(three->restores, 1);
    EXPECT_EQ(three->text, "One.");
    EXPECT_EQ(three->note, "rollback to version 1");
    EXPECT_EQ(p.run(p.souls.diff(BotRef{"ada"}, 1, 0))->diff, "");
}

TEST(SoulService, RefusesAStaleExpectationAndUnknownVersions) {
    Platform p;
    p.bot();
    ASSERT_TRUE(p.run(p.souls.create(BotRef{"ada"}, {.text = "Two."}, {})));
    EXPECT_EQ(
        p.run(p.souls.create(BotRef{"ada"}, {.text = "Three.", .expected_version = 1}, {})).error().code,
        ErrorCode::StaleEtag);
    EXPECT_EQ(p.run(p.souls.get(BotRef{"ada"}, 9)).error().code, ErrorCode::NotFound);
    EXPECT_EQ(p.run(p.souls.rollback(BotRef{"ada"}, 9, "", "", {})).error().code, ErrorCode::NotFound);
    EXPECT_EQ(p.run(p.souls.diff(BotRef{"ada"}, 0, 1)).error().field, "from");
    EXPECT_EQ(
        p.run(p.souls.create(BotRef{"ada"}, {.text = std::string(kMaxSoulBytes + 1, 'x')}, {})).error().code,
        ErrorCode::TooLarge);
}

TEST(SessionService, BelongsToItsBot) {
    Platform p;
    const auto ada = p.bot("Ada");
    const auto eve = p.bot("Eve");
    const auto session = p.session(ada);
    EXPECT_EQ(session.bot, ada.id);
    EXPECT_EQ(p.run(p.sessions.list(BotRef{"ada"}, {}))->items.size(), 1U);
    EXPECT_EQ(p.run(p.sessions.list(BotRef{"eve"}, {}))->items.size(), 0U);
    EXPECT_EQ(p.run(p.sessions.get("not-an-id")).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace boternity::core
