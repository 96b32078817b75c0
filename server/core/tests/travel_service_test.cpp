#include "core/runtime/content_hash.hpp"
#include "core/tests/platform.hpp"
#include "core/travel/import_rules.hpp"
#include "core/travel/travel_service.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace boternity::core {
namespace {

/// Keeps what was packed, and unpacks what it is given; its bytes mean nothing.
struct FakeArchives final : BotArchives {
    std::optional<Unpacked> next{};
    std::optional<Error> fault{};

    Task<Result<std::string>> pack(BotCopy copy) override {
        next = PackedBot{.copy = std::move(copy)};
        co_return std::string("packed");
    }
    Task<Result<Unpacked>> unpack(std::string) override {
        if (fault) co_return fail(*fault);
        co_return *next;
    }
};

/// Two installations, and archives between them.
struct Travel {
    Platform here;
    Platform there;
    FakeArchives archives;
    TravelService from = service(here);
    TravelService to = service(there);

    TravelService service(Platform& p) {
        return {{p.store.bots(), p.store.copies(), archives, p.store.receipts(), p.clock, p.ids},
                [&p](const std::string& model) -> Status {
                    if (auto known = p.models.resolve(model); !known) return fail(known.error());
                    return {};
                },
                "fake/scripted"};
    }

    void pack(const std::string& bot) { ASSERT_TRUE(here.run(from.export_bot(BotRef{bot}, true))); }

    Result<ImportReport> import(ImportWish wish = {}, CallContext context = {}) {
        return there.run(to.import_bot("packed", std::move(wish), std::move(context)));
    }

    BotCopy& packed() { return std::get<PackedBot>(*archives.next).copy; }

    std::vector<std::string> souls_of(const std::string& bot) {
        std::vector<std::string> texts;
        const int newest = there.run(there.bots.get(BotRef{bot})).value().soul_version;
        for (int version = 1; version <= newest; ++version)
            texts.push_back(there.run(there.souls.get(BotRef{bot}, version)).value().text);
        return texts;
    }
};

void add_soul(Platform& p, const std::string& bot, std::string text) {
    ASSERT_TRUE(p.run(p.souls.create(BotRef{bot}, {.text = std::move(text), .note = "n"}, {})));
}

TEST(TravelService, ABotArrivesWithItsHistoryUnderNewIds) {
    Travel t;
    const auto bot =
        t.here.run(t.here.bots.create({.name = "Ada", .soul = "one", .description = "d"}, {})).value();
    add_soul(t.here, "ada", "two");
    t.pack("ada");
    const auto report = t.import();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->outcome, ImportOutcome::Created);
    EXPECT_EQ(report->souls, 2);
    ASSERT_FALSE(report->ids.empty());
    EXPECT_EQ(report->ids[0], (ImportedId{"bot", bot.id.text(), report->bot.id.text()}));
    const auto arrived = t.there.run(t.there.bots.get(BotRef{"ada"})).value();
    EXPECT_EQ(arrived, report->bot);
    EXPECT_EQ(arrived.state, BotState::Created);
    EXPECT_EQ(arrived.created_at, bot.created_at);
    EXPECT_EQ(t.souls_of("ada"), (std::vector<std::string>{"one", "two"}));
}

TEST(TravelService, APreviewWritesNothing) {
    Travel t;
    t.here.bot("Ada");
    t.pack("ada");
    const auto report = t.import({.preview = true});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->preview && report->bot.id.empty() && report->ids.empty());
    EXPECT_EQ(t.there.run(t.there.bots.get(BotRef{"ada"})).error().code, ErrorCode::NotFound);
    EXPECT_TRUE(t.there.store.outbox().empty());
}

TEST(TravelService, ATakenSlugIsHandledAsAsked) {
    Travel t;
    ASSERT_TRUE(t.here.run(t.here.bots.create({.name = "Ada", .soul = "from afar"}, {})));
    t.pack("ada");
    ASSERT_TRUE(t.there.run(t.there.bots.create({.name = "Ada", .soul = "at home"}, {})));
    EXPECT_EQ(t.import().error().code, ErrorCode::AlreadyExists);
    EXPECT_EQ(t.import().error().field, "slug");

    const auto skipped = t.import({.on_conflict = OnConflict::Skip});
    ASSERT_TRUE(skipped);
    EXPECT_EQ(skipped->outcome, ImportOutcome::Skipped);
    EXPECT_EQ(skipped->souls, 0);
    EXPECT_EQ(t.souls_of("ada"), std::vector<std::string>{"at home"});

    EXPECT_EQ(t.import({.on_conflict = OnConflict::Rename})->bot.slug, "ada-2");
    EXPECT_EQ(t.import({.on_conflict = OnConflict::Rename})->bot.slug, "ada-3");
    EXPECT_EQ(t.import({.slug = "eve"})->bot.slug, "eve");

    const auto replaced = t.import({.on_conflict = OnConflict::Replace});
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_EQ(replaced->outcome, ImportOutcome::Replaced);
    EXPECT_EQ(t.souls_of("ada"), (std::vector<std::string>{"at home", "from afar"})) << "history stays";
}

TEST(TravelService, ReplacingAddsOnlyWhatIsMissing) {
    Travel t;
    ASSERT_TRUE(t.here.run(t.here.bots.create({.name = "Ada", .soul = "one"}, {})));
    t.pack("ada");
    ASSERT_TRUE(t.import());
    add_soul(t.here, "ada", "two");
    t.pack("ada");
    EXPECT_EQ(t.import({.on_conflict = OnConflict::Replace})->souls, 1);
    EXPECT_EQ(t.import({.on_conflict = OnConflict::Replace})->souls, 0);
    EXPECT_EQ(t.souls_of("ada"), (std::vector<std::string>{"one", "two"}));
}

TEST(TravelService, AnOlderArchiveBringsItsSoulBackAsANewVersion) {
    Travel t;
    ASSERT_TRUE(t.here.run(t.here.bots.create({.name = "Ada", .soul = "one"}, {})));
    t.pack("ada");
    ASSERT_TRUE(t.import());
    add_soul(t.there, "ada", "two");
    ASSERT_TRUE(t.import({.on_conflict = OnConflict::Replace}));
    EXPECT_EQ(t.souls_of("ada"), (std::vector<std::string>{"one", "two", "one"}));
}

TEST(TravelService, AnArchivedBotIsNotReplaced) {
    Travel t;
    t.here.bot("Ada");
    t.pack("ada");
    ASSERT_TRUE(t.import());
    ASSERT_TRUE(t.there.run(t.there.bots.move(BotRef{"ada"}, "archive", {}, {})));
    EXPECT_EQ(t.import({.on_conflict = OnConflict::Replace}).error().code, ErrorCode::WrongState);
}

TEST(TravelService, TheSameKeyImportsOnce) {
    Travel t;
    t.here.bot("Ada");
    t.pack("ada");
    const CallContext named{.mutation = {.key = "k", .operation = "op", .fingerprint = "f"}};
    const auto first = t.import({}, named);
    const auto again = t.import({}, named);
    ASSERT_TRUE(first && again) << again.error().message;
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->bot.id, first->bot.id);
    const CallContext other{.mutation = {.key = "k", .operation = "op", .fingerprint = "g"}};
    EXPECT_EQ(t.import({}, other).error().code, ErrorCode::IdempotencyReuse);
}

TEST(TravelService, AModelThatIsNotKnownHereIsReported) {
    Travel t;
    t.here.bot("Ada");
    t.pack("ada");
    t.packed().bot.model = "elsewhere/gpt";
    const auto report = t.import();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->bot.model, "fake/scripted");
    EXPECT_EQ(report->items.back().part, "bot.json: model");
    EXPECT_FALSE(report->items.back().taken);
}

TEST(TravelService, WhatThePlatformWouldNotHaveMadeIsRefusedWhole) {
    struct Case {
        std::string what;
        void (*spoil)(BotCopy&);
        ErrorCode code = ErrorCode::InvalidArgument;
    };
    const std::vector<Case> cases{
        {"a soul over the limit", [](BotCopy& c) { c.souls[0].text.assign(kMaxSoulBytes + 1, 'x'); },
         ErrorCode::TooLarge},
        {"an empty soul", [](BotCopy& c) { c.souls[0].text.clear(); }},
        {"a soul with terminal sequences", [](BotCopy& c) { c.souls[0].text = "\x1b[2J"; }},
        {"a note of two lines", [](BotCopy& c) { c.souls[0].note = "a\nb"; }},
        {"no name", [](BotCopy& c) { c.bot.name.clear(); }},
        {"a name with a line break", [](BotCopy& c) { c.bot.name = "a\nb"; }},
        {"a slug that is a path", [](BotCopy& c) { c.bot.slug = "../ada"; }},
        {"a slug that looks like an id",
         [](BotCopy& c) { c.bot.slug = "0192f0c1-2345-7678-9abc-def012345678"; }},
        {"a long description", [](BotCopy& c) { c.bot.description.assign(2'001, 'x'); }},
        {"a hot temperature", [](BotCopy& c) { c.bot.settings.temperature = 9; }},
    };
    for (const Case& one : cases) {
        Travel t;
        t.here.bot("Ada");
        t.pack("ada");
        one.spoil(t.packed());
        const auto report = t.import();
        ASSERT_FALSE(report) << one.what;
        EXPECT_EQ(report.error().code, one.code) << one.what << ": " << report.error().message;
        EXPECT_EQ(report.error().field, "archive") << one.what;
        EXPECT_TRUE(t.there.store.outbox().empty()) << one.what;
        EXPECT_TRUE(t.there.run(t.there.bots.list({})).value().items.empty()) << one.what;
    }
}

TEST(TravelService, ABadArchiveABadSlugAndNothingAreRefused) {
    Travel t;
    t.archives.fault = invalid_argument("no", "archive");
    EXPECT_EQ(t.import().error().field, "archive");
    EXPECT_EQ(t.import({.slug = "../x"}).error().field, "slug");
    EXPECT_EQ(t.there.run(t.to.import_bot("", {}, {})).error().field, "archive");
    EXPECT_EQ(t.here.run(t.from.export_bot(BotRef{"nobody"}, false)).error().code, ErrorCode::NotFound);
}

TEST(TravelService, AWriteThatFailsLeavesNothing) {
    Travel t;
    t.here.bot("Ada");
    t.pack("ada");
    t.there.store.fail_writes(Error{.code = ErrorCode::StorageFull, .message = "full"});
    EXPECT_EQ(t.import().error().code, ErrorCode::StorageFull);
    t.there.store.fail_writes(std::nullopt);
    EXPECT_EQ(t.there.run(t.there.bots.get(BotRef{"ada"})).error().code, ErrorCode::NotFound);
}

TEST(TravelService, AWorkspaceBecomesABot) {
    Travel t;
    t.archives.next = Workspace{{{"SOUL.md", "Be kind."}, {"IDENTITY.md", "- Name: Claw Dia"}}};
    const auto report = t.import();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->source, ImportSource::OpenClaw);
    EXPECT_EQ(report->bot.slug, "claw-dia");
    EXPECT_EQ(t.souls_of("claw-dia").front().substr(0, 8), "Be kind.");
    t.archives.next = Workspace{{{"SOUL.md", "Be kind."}}};
    EXPECT_EQ(t.import()->bot.slug, "openclaw-bot");
    EXPECT_EQ(t.import({.slug = "mine"})->bot.name, "mine");
}

TEST(SoulsOnTop, KeepTheCommonBeginning) {
    const auto soul = [](int version, std::string text, int restores = 0) {
        return Soul{
            .version = version, .hash = content_hash(text), .text = std::move(text), .restores = restores};
    };
    const std::vector<Soul> there{soul(1, "a"), soul(2, "x")};
    const auto on_top =
        souls_on_top(there, {soul(1, "a"), soul(2, "b"), soul(3, "a", 1), soul(4, "b", 2)}, {});
    ASSERT_EQ(on_top.added.size(), 3U);
    EXPECT_EQ(on_top.versions, (std::vector<int>{1, 3, 4, 5}));
    EXPECT_EQ(on_top.added[1].restores, 1);
    EXPECT_EQ(on_top.added[2].restores, 3) << "told of the version that it has become";
    EXPECT_TRUE(souls_on_top(there, there, {}).added.empty());
}

}  // namespace
}  // namespace boternity::core
