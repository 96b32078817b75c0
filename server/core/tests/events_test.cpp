#include "core/events/event_reader.hpp"
#include "core/events/event_service.hpp"
#include "core/tests/platform.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace boternity::core {
namespace {

using namespace std::chrono_literals;

/// An item in one line: "3 bot_changed", "5 missed 4..5".
std::string line_of(const FeedItem& item) {
    const auto id = std::to_string(item.id) + " ";
    if (std::holds_alternative<FeedOpened>(item.what)) return id + "opened";
    if (std::holds_alternative<FeedPassed>(item.what)) return id + "passed";
    if (const auto* missed = std::get_if<FeedMissed>(&item.what))
        return id + "missed " + std::to_string(missed->from) + ".." + std::to_string(missed->to);
    return id + testing::describe(std::get<EventRecordPtr>(item.what)->what);
}

std::vector<std::string> lines_of(const Result<std::vector<FeedItem>>& items) {
    if (!items) return {std::string(code_name(items.error().code))};
    std::vector<std::string> lines;
    for (const auto& item : *items) lines.push_back(line_of(item));
    return lines;
}

using Lines = std::vector<std::string>;

/// An outbox whose content the test decides.
struct FakeLog final : EventLog {
    EventRecords kept;
    std::int64_t newest = 0;
    int reads = 0;

    Task<Result<EventPage>> read(std::int64_t after, int most) override {
        ++reads;
        EventPage page{.oldest = kept.empty() ? 0 : kept.front().id, .newest = newest};
        for (const auto& record : kept) {
            if (record.id > after && std::ssize(page.records) < most) page.records.push_back(record);
        }
        co_return page;
    }
};

struct Events : ::testing::Test {
    asio::io_context io;
    EventBus bus;
    FakeLog log;
    BotId ada = *BotId::parse("0197c1de-0000-7000-8000-000000000001");
    BotId bob = *BotId::parse("0197c1de-0000-7000-8000-000000000002");

    EventRecord change(std::int64_t id, BotId bot) { return {.id = id, .what = BotChanged{bot}}; }

    void commit(std::int64_t from, std::int64_t to, BotId bot) {
        EventRecords records;
        for (auto id = from; id <= to; ++id) records.push_back(change(id, bot));
        log.kept.insert(log.kept.end(), records.begin(), records.end());
        log.newest = to;
        bus.publish(std::move(records));
    }

    Lines next(EventReader& reader, Deadline deadline = {std::chrono::steady_clock::time_point{}}) {
        return lines_of(testing::run_task(io, reader.next(deadline, {})));
    }

    std::string changed(std::int64_t id, BotId bot) { return line_of({.id = id, .what = share(id, bot)}); }
    EventRecordPtr share(std::int64_t id, BotId bot) {
        return std::make_shared<const EventRecord>(change(id, bot));
    }
};

TEST_F(Events, AReaderBeginsWhereItIsAndHearsWhatComes) {
    commit(1, 2, ada);
    EventReader reader(bus, log, {}, std::nullopt);
    EXPECT_EQ(next(reader), Lines{"2 opened"});
    EXPECT_EQ(next(reader), Lines{"deadline_exceeded"});
    commit(3, 4, bob);
    EXPECT_EQ(next(reader), (Lines{changed(3, bob), changed(4, bob)}));
    EXPECT_EQ(log.reads, 0) << "who keeps up never asks the outbox";
}

TEST_F(Events, AReaderThatComesBackGetsWhatItHasNotSeen) {
    commit(1, 5, ada);
    EventReader reader(bus, log, {}, 3);
    EXPECT_EQ(next(reader), Lines{"3 opened"});
    EXPECT_EQ(next(reader), (Lines{changed(4, ada), changed(5, ada)}));
    EXPECT_EQ(next(reader), Lines{"deadline_exceeded"});
}

TEST_F(Events, AfterARestartTheOutboxHasWhatTheRingHasNot) {
    log.kept = {change(1, ada), change(2, ada), change(3, ada)};
    log.newest = 3;
    bus.begin_at(3);
    EventReader reader(bus, log, {}, 0);
    EXPECT_EQ(next(reader), Lines{"0 opened"});
    EXPECT_EQ(next(reader), (Lines{changed(1, ada), changed(2, ada), changed(3, ada)}));
    commit(4, 4, bob);
    EXPECT_EQ(next(reader), Lines{changed(4, bob)});
    EXPECT_EQ(log.reads, 1);
}

TEST_F(Events, WhoFallsBehindTheRingReadsTheOutboxWithoutAGap) {
    EventReader reader(bus, log, {}, 0);
    next(reader);
    const std::int64_t all = EventBus::kRing + 1000;
    for (std::int64_t id = 1; id <= all; id += 100) commit(id, std::min(id + 99, all), ada);
    std::int64_t last = 0;
    while (last < all) {
        const auto items = testing::run_task(io, reader.next({std::chrono::steady_clock::time_point{}}, {}));
        ASSERT_TRUE(items);
        for (const auto& item : *items) ASSERT_EQ(item.id, ++last);
    }
    EXPECT_GT(log.reads, 3);
    EXPECT_LT(log.reads, 6) << "once it has caught up, it reads the ring";
}

TEST_F(Events, WhatIsNotKeptIsToldAsMissed) {
    log.kept = {change(8, ada), change(9, ada)};
    log.newest = 9;
    bus.begin_at(9);
    EventReader reader(bus, log, {}, 2);
    EXPECT_EQ(next(reader), Lines{"2 opened"});
    EXPECT_EQ(next(reader), (Lines{"7 missed 3..7", changed(8, ada), changed(9, ada)}));
}

TEST_F(Events, AStoreThatWasRestoredSaysSoInsteadOfWaitingForItsIdsToCatchUp) {
    log.kept = {change(1, ada), change(2, ada)};
    log.newest = 2;
    bus.begin_at(2);
    EventReader reader(bus, log, {}, 500);
    EXPECT_EQ(next(reader), Lines{"500 opened"});
    EXPECT_EQ(next(reader), Lines{"2 missed 3..500"});
    commit(3, 3, bob);
    EXPECT_EQ(next(reader), Lines{changed(3, bob)});
}

TEST_F(Events, ACommitNobodyCouldTellTheOutcomeOfIsFoundInTheOutbox) {
    commit(1, 1, ada);
    EventReader reader(bus, log, {}, 1);
    next(reader);
    log.kept.push_back(change(2, bob));  // it did happen, and was not published
    commit(3, 3, ada);
    EXPECT_EQ(next(reader), (Lines{changed(2, bob), changed(3, ada)}));
}

TEST_F(Events, AFilterPassesOverWhatIsNotWantedAndTellsItsPlace) {
    EventReader reader(bus, log, {.bot = ada}, 0);
    next(reader);
    commit(1, 3, bob);
    EXPECT_EQ(next(reader), Lines{"deadline_exceeded"});
    commit(4, 4, ada);
    EXPECT_EQ(next(reader), Lines{changed(4, ada)});
    commit(5, 4 + EventReader::kPassed, bob);
    Lines lines;
    do lines = next(reader);
    while (lines == Lines{});
    EXPECT_EQ(lines, Lines{std::to_string(4 + EventReader::kPassed) + " passed"});
}

TEST_F(Events, ManyReadersWaitAndAllAreWokenFromAnotherThread) {
    constexpr int kReaders = 50;
    constexpr std::int64_t kEvents = 2000;
    asio::thread_pool pool(2);
    std::atomic<int> done = 0;
    std::atomic<bool> in_order = true;
    // NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters): the test waits for all of them
    const auto read_all = [](EventBus& bus, EventLog& log, std::atomic<int>& done,
                             std::atomic<bool>& in_order) -> Task<void> {
        EventReader reader(bus, log, {}, 0);
        std::int64_t last = 0;
        while (last < kEvents) {
            const auto items = co_await reader.next(Deadline::never(), {});
            if (!items) co_return;
            for (const auto& item : *items) {
                if (item.id == 0) continue;
                if (item.id != ++last) in_order = false;
            }
        }
        ++done;
    };
    // NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)
    std::vector<std::future<void>> readers;
    for (int i = 0; i < kReaders; ++i) {
        readers.push_back(
            asio::co_spawn(asio::make_strand(pool), read_all(bus, log, done, in_order), asio::use_future));
    }
    for (std::int64_t id = 1; id <= kEvents; ++id) bus.publish({change(id, ada)});
    for (auto& reader : readers) reader.get();
    EXPECT_EQ(done, kReaders);
    EXPECT_TRUE(in_order);
}

TEST_F(Events, AReaderThatIsStoppedSaysSo) {
    EventReader reader(bus, log, {}, 0);
    next(reader);
    std::stop_source stop;
    asio::post(io, [&] { stop.request_stop(); });
    EXPECT_EQ(lines_of(testing::run_task(io, reader.next(Deadline::never(), stop.get_token()))),
              Lines{"cancelled"});
}

TEST(EventFilter, LooksAtBotSessionRunTreeAndKind) {
    testing::SequentialIds ids;
    const StepMoved step{.run = ids.make<RunId>(),
                         .session = ids.make<SessionId>(),
                         .bot = ids.make<BotId>(),
                         .root = ids.make<RunId>()};
    const Event event = step;
    EXPECT_TRUE(EventFilter{}.wants(event));
    EXPECT_TRUE((EventFilter{.bot = step.bot, .session = step.session, .run = step.run, .root = step.root})
                    .wants(event));
    EXPECT_FALSE(EventFilter{.bot = ids.make<BotId>()}.wants(event));
    EXPECT_FALSE(EventFilter{.session = ids.make<SessionId>()}.wants(event));
    EXPECT_FALSE(EventFilter{.run = step.root}.wants(event));
    EXPECT_FALSE(EventFilter{.root = step.run}.wants(event));
    EXPECT_TRUE(EventFilter{.kinds = kind_of<StepMoved>() | kind_of<BotChanged>()}.wants(event));
    EXPECT_FALSE(EventFilter{.kinds = kind_of<RunEnded>()}.wants(event));
    EXPECT_FALSE(EventFilter{.run = step.run}.wants(ProviderAdded{"acme"}));
}

/// Kept in one place: a reader is not made twice.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the service outlives the call
Task<Result<std::shared_ptr<EventReader>>> opened(EventService& events, EventWish wish) {
    BOT_CO_TRY(reader, co_await events.open(std::move(wish)));
    co_return std::make_shared<EventReader>(std::move(reader));
}

TEST(EventService, ATurnIsToldStepByStepToWhoAsksForItsTree) {
    Platform p;
    EventService events(p.store.bots(), p.store.sessions(), p.store.records(), p.bus, p.store.events());
    const auto session = p.session();
    const auto other = p.session(*p.run(p.bots.get(BotRef{session.bot.text()})));
    p.llm->says("Hello, I am Ada.");
    p.llm->says("Hello again.");
    const auto turn = *p.say(session, "Hello");
    ASSERT_TRUE(p.answer(turn));
    ASSERT_TRUE(p.answer(*p.say(other, "Hello too")));
    auto reader = *p.run(opened(events, {.root = turn.id.text(), .after = 0}));
    Lines lines;
    for (;;) {
        const auto items = p.run(reader->next({std::chrono::steady_clock::time_point{}}, {}));
        if (!items) break;
        for (const auto& item : *items) {
            const auto line = line_of(item);
            lines.push_back(line.substr(line.find(' ') + 1));
        }
    }
    const auto id = " " + turn.id.text();
    EXPECT_EQ(lines,
              (Lines{"opened", "run.queued" + id, "run.step" + id, "run.step" + id, "run.ended" + id}));
}

TEST(EventService, WhatIsNotThereIsRefused) {
    Platform p;
    EventService events(p.store.bots(), p.store.sessions(), p.store.records(), p.bus, p.store.events());
    const auto outcome = [&](EventWish wish) {
        const auto answer = p.run(opened(events, std::move(wish)));
        return answer ? "ok" : std::string(code_name(answer.error().code));
    };
    EXPECT_EQ(outcome({}), "ok");
    EXPECT_EQ(outcome({.bot = BotRef("nobody")}), "not_found");
    EXPECT_EQ(outcome({.session = "x"}), "not_found");
    EXPECT_EQ(outcome({.run = "x"}), "not_found");
    EXPECT_EQ(outcome({.root = p.ids.next().text()}), "not_found");
    EXPECT_EQ(outcome({.after = -1}), "invalid_argument");
    EXPECT_EQ(outcome({.after = 1'000'000}), "ok");
}

}  // namespace
}  // namespace boternity::core
