// Bots, souls, providers and receipts.
#include "testing/store_conformance.hpp"

#include <set>

namespace boternity::testing {

int link_store_bot_cases() {
    return 1;
}

namespace {

core::Mutation named(std::string key, std::string fingerprint = "f1") {
    return {.key = std::move(key), .operation = "CreateBot", .fingerprint = std::move(fingerprint)};
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_P(StoreConformance, ABotIsFoundAsItWasAddedByIdAndBySlug) {
    const core::Bot bot = a_bot("alfa");
    const core::Soul soul = a_soul(bot, 1, "Be kind.");
    const auto receipt = run(rig_->bots().insert(bot, soul, {core::BotCreated{bot.id, bot.slug}}, {}));
    ASSERT_EQ(outcome_of(receipt), "ok");
    EXPECT_EQ(*receipt, (core::Receipt{core::Outcome::Applied, bot.id.text()}));
    EXPECT_EQ(run(rig_->bots().find({bot.id.text()})).value(), bot);
    EXPECT_EQ(run(rig_->bots().find({"alfa"})).value(), bot);
    EXPECT_EQ(run(rig_->souls().find(bot.id, 1)).value(), soul);
    EXPECT_EQ(rig_->outbox(), Lines{"bot.created " + bot.id.text()});
}

TEST_P(StoreConformance, WhatIsNotThereIsNotFound) {
    const core::Bot bot = add_bot("alfa");
    const core::Bot other = a_bot("other");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({"nobody"}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({other.id.text()}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({""}))), "not_found");
    EXPECT_EQ(outcome_of(run(put(other, {core::BotChanged{other.id}}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->souls().find(bot.id, 2))), "not_found");
    EXPECT_EQ(outcome_of(run(append(a_soul(other, 2, "x")))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->providers().erase(ids_.make<ProviderId>(), {}, {}))), "not_found");
    EXPECT_EQ(rig_->outbox(), Lines{}) << "what did not happen is not announced";
}

TEST_P(StoreConformance, AnIdIsFoundBeforeASlugThatLooksLikeIt) {
    const core::Bot first = add_bot("alfa");
    add_bot(first.id.text());
    EXPECT_EQ(run(rig_->bots().find({first.id.text()})).value().id, first.id);
}

TEST_P(StoreConformance, ASlugBelongsToOneBotUntilThatIsDeleted) {
    core::Bot bot = add_bot("alfa");
    const core::Bot second = a_bot("alfa");
    const core::Events events{core::BotCreated{second.id, second.slug}};
    EXPECT_EQ(outcome_of(run(rig_->bots().insert(second, a_soul(second, 1, "x"), events, {}))),
              "already_exists");
    EXPECT_EQ(outcome_of(run(rig_->souls().find(second.id, 1))), "not_found") << "nothing of it was kept";
    EXPECT_EQ(rig_->outbox(), Lines{});

    bot.state = core::BotState::Deleted;
    bot.revision = 2;
    ASSERT_EQ(outcome_of(run(put(bot))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({"alfa"}))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({bot.id.text()}))), "not_found");
    EXPECT_EQ(outcome_of(run(put(bot))), "not_found");
    ASSERT_EQ(outcome_of(run(rig_->bots().insert(second, a_soul(second, 1, "x"), events, {}))), "ok");
    EXPECT_EQ(run(rig_->bots().find({"alfa"})).value(), second);
}

TEST_P(StoreConformance, AnUpdateWritesTheBotWholeButNotItsSoulVersion) {
    core::Bot bot = add_bot("alfa");
    bot.slug = "beta";
    bot.name = "Beta";
    bot.description.clear();
    bot.state = core::BotState::Running;
    bot.model = "local/large";
    bot.settings = {};
    bot.revision = 2;
    bot.soul_version = 99;
    bot.updated_at.micros += 5;
    const auto updated = run(put(bot, {core::BotChanged{bot.id}}));
    ASSERT_EQ(outcome_of(updated), "ok");
    EXPECT_EQ(updated->receipt.subject, bot.id.text());
    bot.soul_version = 1;
    EXPECT_EQ(stored(bot.id), bot);
    EXPECT_EQ(rig_->outbox(), Lines{"bot.changed " + bot.id.text()});
}

TEST_P(StoreConformance, AnUpdateIsDecidedFromTheBotAsItIs) {
    const core::Bot bot = add_bot("alfa");
    int asked = 0;
    core::Bot seen;
    const core::DecideBot rename = [&](const core::Bot& now) -> Result<core::BotUpdate> {
        ++asked;
        seen = now;
        core::BotUpdate update{.bot = now, .events = {core::BotChanged{now.id}}};
        update.bot.name = "Renamed";
        ++update.bot.revision;
        return update;
    };
    const auto updated = run(rig_->bots().update({"alfa"}, rename, named("key")));
    ASSERT_EQ(outcome_of(updated), "ok");
    EXPECT_EQ(updated->receipt, (core::Receipt{core::Outcome::Applied, bot.id.text()}));
    EXPECT_EQ(seen, bot);
    ASSERT_TRUE(updated->update);
    EXPECT_EQ(updated->update->bot, stored(bot.id));
    EXPECT_EQ(stored(bot.id).name, "Renamed");

    const auto again = run(rig_->bots().update({"alfa"}, rename, named("key")));
    ASSERT_EQ(outcome_of(again), "ok");
    EXPECT_EQ(again->receipt, (core::Receipt{core::Outcome::Repeated, bot.id.text()}));
    EXPECT_FALSE(again->update);
    EXPECT_EQ(asked, 1) << "what was done is not decided again";
    EXPECT_EQ(rig_->outbox(), Lines{"bot.changed " + bot.id.text()});
}

TEST_P(StoreConformance, ARefusedUpdateLeavesNothing) {
    const core::Bot bot = add_bot("alfa");
    const auto refuse = [](const core::Bot&) -> Result<core::BotUpdate> {
        return fail(ErrorCode::StaleEtag, "It was changed.");
    };
    EXPECT_EQ(outcome_of(run(rig_->bots().update({"alfa"}, refuse, named("key")))), "stale_etag");
    EXPECT_EQ(stored(bot.id), bot);
    EXPECT_EQ(run(rig_->receipts().find(named("key"))).value(), std::nullopt);
}

TEST_P(StoreConformance, AnUpdateOfNothingLeavesItsReceipt) {
    const core::Bot bot = add_bot("alfa");
    const auto updated = run(put(bot, {}, named("key")));
    ASSERT_EQ(outcome_of(updated), "ok");
    EXPECT_EQ(updated->receipt, (core::Receipt{core::Outcome::Applied, bot.id.text()}));
    EXPECT_EQ(stored(bot.id), bot);
    EXPECT_EQ(run(rig_->receipts().find(named("key"))).value(),
              (core::Receipt{core::Outcome::Repeated, bot.id.text()}));
}

TEST_P(StoreConformance, ManyUpdatesAtOnceAreMadeOneAfterAnother) {
    const core::Bot bot = add_bot("alfa");
    const core::DecideBot lengthen = [](const core::Bot& now) -> Result<core::BotUpdate> {
        core::BotUpdate update{.bot = now, .events = {}};
        update.bot.description += "x";
        ++update.bot.revision;
        return update;
    };
    std::vector<core::Task<Result<core::BotUpdated>>> tasks;
    for (int i = 0; i < 32; ++i) tasks.push_back(rig_->bots().update({"alfa"}, lengthen, {}));
    for (const auto& updated : run_together(std::move(tasks))) EXPECT_EQ(outcome_of(updated), "ok");
    EXPECT_EQ(stored(bot.id).revision, 33);
    EXPECT_EQ(stored(bot.id).description, bot.description + std::string(32, 'x'));
}

TEST_P(StoreConformance, AnUpdateCannotTakeAnothersSlug) {
    add_bot("alfa");
    core::Bot bot = add_bot("beta");
    bot.slug = "alfa";
    bot.revision = 2;
    EXPECT_EQ(outcome_of(run(put(bot))), "already_exists");
    EXPECT_EQ(stored(bot.id).slug, "beta");
}

TEST_P(StoreConformance, BotsAreListedOldestFirstWithoutTheDeleted) {
    std::vector<core::Bot> expected;
    for (int i = 0; i < 11; ++i) {
        core::Bot bot = add_bot("bot-" + std::to_string(i));
        if (i == 4) {
            bot.state = core::BotState::Deleted;
            bot.revision = 2;
            ASSERT_EQ(outcome_of(run(put(bot))), "ok");
        } else {
            expected.push_back(bot);
        }
    }
    for (const int size : {1, 3, 5, 10, 100}) {
        EXPECT_EQ(read_pages<core::Bot>(size, [&](PageRequest page) { return rig_->bots().list(page); }),
                  expected);
    }
}

TEST_P(StoreConformance, BotsOfOneMomentAreListedWithoutGapOrDouble) {
    std::set<std::string> expected;
    const Timestamp moment = clock_.now();
    for (int i = 0; i < 9; ++i) {
        core::Bot bot = a_bot("bot-" + std::to_string(i));
        bot.created_at = moment;
        ASSERT_EQ(outcome_of(run(rig_->bots().insert(bot, a_soul(bot, 1, ""), {}, {}))), "ok");
        expected.insert(bot.slug);
    }
    const auto all = read_pages<core::Bot>(2, [&](PageRequest page) { return rig_->bots().list(page); });
    std::set<std::string> seen;
    for (const auto& bot : all) EXPECT_TRUE(seen.insert(bot.slug).second) << bot.slug;
    EXPECT_EQ(seen, expected);
}

TEST_P(StoreConformance, AMalformedPageTokenIsNamed) {
    const core::Bot bot = add_bot("alfa");
    for (const std::string token : {"x", "%%%", "AAAA", "' OR 1=1 --", "\xff\xfe", "MTIz"}) {
        const auto page = run(rig_->bots().list({.size = 5, .token = token}));
        ASSERT_EQ(outcome_of(page), "invalid_argument") << token;
        EXPECT_EQ(page.error().field, "page_token");
    }
    EXPECT_EQ(outcome_of(run(rig_->souls().list(bot.id, {.size = 5, .token = "x"}))), "invalid_argument");
    EXPECT_EQ(outcome_of(run(rig_->sessions().list(bot.id, {.size = 5, .token = "x"}))), "invalid_argument");
    EXPECT_EQ(outcome_of(run(rig_->records().list({}, {.size = 5, .token = "x"}))), "invalid_argument");
}

TEST_P(StoreConformance, SoulVersionsRiseByOneAndChangeTheBot) {
    core::Bot bot = add_bot("alfa");
    clock_.advance(std::chrono::seconds(1));
    const core::Soul second = a_soul(bot, 2, "Be brief.");
    const core::Events events{core::SoulVersionMade{bot.id, 2, second.hash}};
    const auto appended = run(append(second, events));
    ASSERT_EQ(outcome_of(appended), "ok");
    EXPECT_EQ(appended->receipt, (core::Receipt{core::Outcome::Applied, "2"}));
    EXPECT_EQ(appended->soul, second);
    bot.soul_version = 2;
    bot.revision = 2;
    bot.updated_at = second.created_at;
    EXPECT_EQ(stored(bot.id), bot);
    EXPECT_EQ(run(rig_->souls().find(bot.id, 2)).value(), second);

    EXPECT_EQ(outcome_of(run(append(second, events))), "stale_etag");
    EXPECT_EQ(outcome_of(run(append(a_soul(bot, 4, "x"), events))), "stale_etag");
    EXPECT_EQ(stored(bot.id), bot);
    EXPECT_EQ(rig_->outbox(), Lines{"soul.version_made " + bot.id.text()});
}

TEST_P(StoreConformance, ASoulIsDecidedFromTheBotAndItsNewest) {
    const core::Bot bot = add_bot("alfa");
    core::SoulGround seen;
    int asked = 0;
    const core::DecideSoul keep = [&](const core::SoulGround& ground) -> Result<core::SoulAppend> {
        seen = ground;
        ++asked;
        return core::SoulAppend{};
    };
    const auto kept = run(rig_->souls().append(bot.id, keep, named("key")));
    ASSERT_EQ(outcome_of(kept), "ok");
    EXPECT_EQ(kept->receipt, (core::Receipt{core::Outcome::Applied, "1"}));
    EXPECT_FALSE(kept->soul);
    core::Soul newest = run(rig_->souls().find(bot.id, 1)).value();
    newest.text.clear();
    EXPECT_EQ(seen.bot, bot);
    EXPECT_EQ(seen.newest, newest);
    EXPECT_EQ(stored(bot.id), bot) << "nothing was added";

    ASSERT_EQ(outcome_of(run(append(a_soul(bot, 2, "Be brief.")))), "ok");
    const auto again = run(rig_->souls().append(bot.id, keep, named("key")));
    ASSERT_EQ(outcome_of(again), "ok");
    EXPECT_EQ(again->receipt, (core::Receipt{core::Outcome::Repeated, "1"}));
    EXPECT_EQ(asked, 1) << "what was done is not decided again";
}

TEST_P(StoreConformance, SoulsAreListedNewestFirstWithoutTexts) {
    const core::Bot bot = add_bot("alfa");
    const core::Bot other = add_bot("other");
    for (int version = 2; version <= 7; ++version) {
        const auto soul = a_soul(bot, version, std::string(static_cast<std::size_t>(version) * 100, 'x'));
        ASSERT_EQ(outcome_of(run(append(soul))), "ok");
    }
    const auto all =
        read_pages<core::Soul>(2, [&](PageRequest page) { return rig_->souls().list(bot.id, page); });
    ASSERT_EQ(all.size(), 7U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int version = 7 - static_cast<int>(i);
        EXPECT_EQ(all[i].version, version);
        EXPECT_EQ(all[i].text, "");
        EXPECT_EQ(all[i].restores, version > 2 ? 1 : 0);
        EXPECT_EQ(all[i].size_bytes, version == 1 ? 8 : version * 100);
    }
    EXPECT_EQ(run(rig_->souls().list(other.id, {})).value().items.size(), 1U);
}

TEST_P(StoreConformance, ANamedChangeIsMadeOnce) {
    const core::Bot bot = a_bot("alfa");
    const core::Events events{core::BotCreated{bot.id, bot.slug}};
    ASSERT_EQ(outcome_of(run(rig_->bots().insert(bot, a_soul(bot, 1, "x"), events, named("key")))), "ok");
    const core::Bot again = a_bot("alfa");
    const auto repeated = run(rig_->bots().insert(again, a_soul(again, 1, "x"), events, named("key")));
    ASSERT_EQ(outcome_of(repeated), "ok") << "looked up before the slug is";
    EXPECT_EQ(*repeated, (core::Receipt{core::Outcome::Repeated, bot.id.text()}));
    EXPECT_EQ(outcome_of(run(rig_->bots().find({again.id.text()}))), "not_found");
    EXPECT_EQ(rig_->outbox().size(), 1U);

    const auto found = run(rig_->receipts().find(named("key")));
    ASSERT_EQ(outcome_of(found), "ok");
    EXPECT_EQ(*found, (core::Receipt{core::Outcome::Repeated, bot.id.text()}));
    EXPECT_EQ(run(rig_->receipts().find(named("another"))).value(), std::nullopt);
    EXPECT_EQ(run(rig_->receipts().find({})).value(), std::nullopt);
}

TEST_P(StoreConformance, AKeyIsForOneRequestOnly) {
    core::Bot bot = a_bot("alfa");
    ASSERT_EQ(outcome_of(run(rig_->bots().insert(bot, a_soul(bot, 1, "x"), {}, named("key")))), "ok");
    const core::Bot other = a_bot("beta");
    const auto reuse = [&](core::Mutation mutation) {
        return outcome_of(run(rig_->bots().insert(other, a_soul(other, 1, "x"), {}, std::move(mutation))));
    };
    core::Mutation other_operation = named("key");
    other_operation.operation = "UpdateBot";
    EXPECT_EQ(reuse(named("key", "f2")), "idempotency_reuse");
    EXPECT_EQ(reuse(other_operation), "idempotency_reuse");
    EXPECT_EQ(outcome_of(run(rig_->receipts().find(named("key", "f2")))), "idempotency_reuse");
    EXPECT_EQ(outcome_of(run(rig_->bots().find({"beta"}))), "not_found");
    bot.revision = 2;
    EXPECT_EQ(outcome_of(run(put(bot, {}, named("key", "f2")))), "idempotency_reuse");
}

TEST_P(StoreConformance, AFailedChangeLeavesItsKeyFree) {
    add_bot("alfa");
    core::Bot bot = a_bot("alfa");
    EXPECT_EQ(outcome_of(run(rig_->bots().insert(bot, a_soul(bot, 1, "x"), {}, named("key")))),
              "already_exists");
    EXPECT_EQ(run(rig_->receipts().find(named("key"))).value(), std::nullopt);
    bot.slug = "beta";
    EXPECT_EQ(run(rig_->bots().insert(bot, a_soul(bot, 1, "x"), {}, named("key"))).value().outcome,
              core::Outcome::Applied);
}

TEST_P(StoreConformance, ReceiptsAreForgottenAfterTwoDays) {
    const core::Bot bot = a_bot("alfa");
    ASSERT_EQ(outcome_of(run(rig_->bots().insert(bot, a_soul(bot, 1, "x"), {}, named("key")))), "ok");
    clock_.advance(std::chrono::hours(47));
    EXPECT_NE(run(rig_->receipts().find(named("key"))).value(), std::nullopt);
    clock_.advance(std::chrono::hours(2));
    EXPECT_EQ(run(rig_->receipts().find(named("key"))).value(), std::nullopt);
    const core::Bot other = a_bot("beta");
    EXPECT_EQ(run(rig_->bots().insert(other, a_soul(other, 1, "x"), {}, named("key", "f2"))).value(),
              (core::Receipt{core::Outcome::Applied, other.id.text()}));
}

TEST_P(StoreConformance, OneKeyUsedManyTimesAtOnceMakesOneChange) {
    std::vector<core::Task<Result<core::Receipt>>> tasks;
    for (int i = 0; i < 32; ++i) {
        const core::Bot bot = a_bot("bot-" + std::to_string(i));
        tasks.push_back(rig_->bots().insert(bot, a_soul(bot, 1, "x"), {core::BotCreated{bot.id, bot.slug}},
                                            named("key")));
    }
    int applied = 0;
    std::set<std::string> subjects;
    for (const auto& receipt : run_together(std::move(tasks))) {
        ASSERT_EQ(outcome_of(receipt), "ok");
        applied += receipt->outcome == core::Outcome::Applied ? 1 : 0;
        subjects.insert(receipt->subject);
    }
    EXPECT_EQ(applied, 1);
    EXPECT_EQ(subjects.size(), 1U);
    EXPECT_EQ(rig_->outbox().size(), 1U);
    EXPECT_EQ(run(rig_->bots().list({.size = 100, .token = {}})).value().items.size(), 1U);
}

TEST_P(StoreConformance, ProvidersAreUniqueByNameAndListedByIt) {
    const core::ProviderConfig second = a_provider("zeta");
    core::ProviderConfig first = a_provider("acme");
    first.models.clear();
    first.key.clear();
    first.window_tokens = 8'192;
    ASSERT_EQ(
        run(rig_->providers().insert(second, {core::ProviderAdded{"zeta"}}, named("p"))).value().subject,
        second.id.text());
    ASSERT_EQ(outcome_of(run(rig_->providers().insert(first, {}, {}))), "ok");
    EXPECT_EQ(
        outcome_of(run(rig_->providers().insert(a_provider("acme"), {core::ProviderAdded{"acme"}}, {}))),
        "already_exists");
    EXPECT_EQ(run(rig_->providers().all()).value(), (std::vector{first, second}));
    ASSERT_EQ(run(rig_->providers().erase(second.id, {core::ProviderRemoved{"zeta"}}, {})).value().subject,
              second.id.text());
    EXPECT_EQ(run(rig_->providers().all()).value(), std::vector{first});
    EXPECT_EQ(rig_->outbox(), (Lines{"provider.added zeta", "provider.removed zeta"}));
    EXPECT_EQ(run(rig_->providers().insert(second, {}, named("p"))).value().outcome, core::Outcome::Repeated);
}

TEST_P(StoreConformance, AProviderTakesAnothersPlaceOnlyUnderItsId) {
    core::ProviderConfig provider = a_provider("acme");
    provider.told = {{.name = "large", .window_tokens = 200'000, .tools = true, .reasoning = false},
                     {.name = "\"small\"",
                      .max_output_tokens = 1,
                      .images = false,
                      .documents = true,
                      .json_schema = true}};
    ASSERT_EQ(outcome_of(run(rig_->providers().insert(provider, {}, {}))), "ok");
    ASSERT_EQ(outcome_of(run(rig_->providers().insert(a_provider("zeta"), {}, {}))), "ok");
    EXPECT_EQ(run(rig_->providers().all()).value().front(), provider);

    provider.base_url = "https://elsewhere.example/v1";
    provider.key = "env:OTHER";
    provider.models = {"larger"};
    provider.told.clear();
    provider.window_tokens = 4'096;
    core::ProviderConfig asked = provider;
    asked.name = "another";
    asked.kind = "other";
    asked.created_at = {};
    ASSERT_EQ(
        run(rig_->providers().update(asked, {core::ProviderChanged{"acme"}}, named("u"))).value().subject,
        provider.id.text());
    EXPECT_EQ(run(rig_->providers().all()).value().front(), provider);
    EXPECT_EQ(rig_->outbox(), (Lines{"provider.changed acme"}));
    EXPECT_EQ(run(rig_->providers().update(asked, {}, named("u"))).value().outcome, core::Outcome::Repeated);
    EXPECT_EQ(outcome_of(run(rig_->providers().update(a_provider("new"), {}, {}))), "not_found");
    EXPECT_EQ(run(rig_->providers().all()).value().size(), 2U);
}

TEST_P(StoreConformance, ThereAreAtMostAsManyProvidersAsStated) {
    for (int i = 0; i < core::ProviderStore::kMaxProviders; ++i) {
        ASSERT_EQ(outcome_of(run(rig_->providers().insert(a_provider("p" + std::to_string(i)), {}, {}))),
                  "ok");
    }
    EXPECT_EQ(outcome_of(run(rig_->providers().insert(a_provider("one-more"), {}, {}))), "wrong_state");
}

}  // namespace boternity::testing
