// The outbox: what was committed, as it is told and as it is read.
#include "testing/store_conformance.hpp"

namespace boternity::testing {

int link_store_event_cases() {
    return 1;
}

TEST_P(StoreConformance, EveryEventIsReadBackAsItWasTold) {
    const core::Bot bot = add_bot("alfa");
    const core::Session session = a_session(bot);
    const auto run_id = ids_.make<RunId>();
    const auto root = ids_.make<RunId>();
    const core::Events events{
        core::BotCreated{bot.id, "alfa"},
        core::BotChanged{bot.id},
        core::BotStateChanged{bot.id, core::BotState::Running, core::BotState::Stopped},
        core::SoulVersionMade{bot.id, 7, "sha256:abc"},
        core::SessionCreated{bot.id, session.id},
        core::RunQueued{run_id, session.id, bot.id, root, root},
        core::RunQueued{root, session.id, bot.id, root, std::nullopt},
        core::StepMoved{run_id, session.id, bot.id, root, 3, core::StepKind::ToolCall, core::StepState::Done,
                        "calculate"},
        core::DecisionAsked{run_id, session.id, bot.id, root, 4, "Really? \"\n\xC3\xA4"},
        core::DecisionMade{run_id, session.id, bot.id, root, 4},
        core::RunResumed{run_id, session.id, bot.id, root},
        core::RunEnded{run_id, session.id, bot.id, root, core::RunState::Failed},
        core::ProviderAdded{"acme"},
        core::ProviderChanged{"acme"},
        core::ProviderRemoved{"acme"},
    };
    ASSERT_EQ(outcome_of(run(rig_->sessions().insert(session, events, {}))), "ok");

    const auto told = rig_->told();
    ASSERT_EQ(told.size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(told[i].what, events[i]) << i;
        EXPECT_EQ(told[i].id, std::ssize(told) - std::ssize(events) + static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(told[i].at, clock_.now());
    }
    const auto page = run(rig_->events().read(0, 100)).value();
    EXPECT_EQ(page.records, told);
    EXPECT_EQ(page.oldest, 1);
    EXPECT_EQ(page.newest, std::ssize(events));
}

TEST_P(StoreConformance, EventsAreReadFromAnyPlaceInPages) {
    const core::Bot bot = add_bot("alfa");
    EXPECT_EQ(run(rig_->events().read(0, 10)).value().newest, 0) << "add_bot announces nothing";
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(outcome_of(run(rig_->sessions().insert(a_session(bot), {core::BotChanged{bot.id}}, {}))),
                  "ok");
    }
    const auto all = rig_->told();
    ASSERT_EQ(all.size(), 5U);
    const auto middle = run(rig_->events().read(1, 2)).value();
    EXPECT_EQ(middle.records, (core::EventRecords{all[1], all[2]}));
    EXPECT_EQ(middle.newest, 5);
    EXPECT_TRUE(run(rig_->events().read(5, 2)).value().records.empty());
    EXPECT_TRUE(run(rig_->events().read(500, 2)).value().records.empty());
}

TEST_P(StoreConformance, WhatIsRefusedOrRepeatedTellsNothing) {
    const core::Bot bot = add_bot("alfa");
    const core::Mutation mutation{.key = "k", .operation = "CreateSession", .fingerprint = "f"};
    const core::Session session = a_session(bot);
    const core::Events events{core::SessionCreated{bot.id, session.id}};
    ASSERT_EQ(outcome_of(run(rig_->sessions().insert(session, events, mutation))), "ok");
    ASSERT_EQ(outcome_of(run(rig_->sessions().insert(session, events, mutation))), "ok");
    const core::Session stray = a_session(a_bot("gone"));
    EXPECT_EQ(outcome_of(run(rig_->sessions().insert(stray, {core::SessionCreated{}}, {}))), "not_found");
    EXPECT_EQ(rig_->told().size(), 1U);
    EXPECT_EQ(run(rig_->events().read(0, 10)).value().records, rig_->told());
}

}  // namespace boternity::testing
