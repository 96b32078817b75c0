#include "testing/memory_store.hpp"
#include "testing/store_conformance.hpp"

namespace boternity::testing {
namespace {

class MemoryRig final : public StoreRig {
public:
    explicit MemoryRig(const core::Clock& clock) : store_(clock) {
        store_.on_events([this](core::EventRecords records) { keep(std::move(records)); });
    }

    core::BotStore& bots() override { return store_.bots(); }
    core::SoulStore& souls() override { return store_.souls(); }
    core::SessionStore& sessions() override { return store_.sessions(); }
    core::RunJournal& journal() override { return store_.journal(); }
    core::RunRecords& records() override { return store_.records(); }
    core::RunClaims& claims() override { return store_.claims(); }
    core::WorkspaceStore& workspaces() override { return store_.workspaces(); }
    core::ProviderStore& providers() override { return store_.providers(); }
    core::Receipts& receipts() override { return store_.receipts(); }
    core::BotCopies& copies() override { return store_.copies(); }
    core::AttachmentStore& attachments() override { return store_.attachments(); }
    core::EventLog& events() override { return store_.events(); }
    std::vector<std::string> outbox() override {
        std::vector<std::string> lines;
        for (const auto& event : store_.outbox()) lines.push_back(describe(event));
        return lines;
    }

private:
    MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance,
                         ::testing::Values(StoreUnderTest{
                             "memory",
                             [](ManualClock& clock) { return std::make_unique<MemoryRig>(clock); }}),
                         name_of_store_under_test);

TEST(MemoryStore, FailsWritesOnDemandAndChangesNothing) {
    ManualClock clock;
    MemoryStore store(clock);
    const core::ProviderConfig provider{.name = "acme"};
    store.fail_writes(Error{.code = ErrorCode::StorageFull, .message = "The disk is full."});
    EXPECT_EQ(outcome_of(run_task(store.providers().insert(provider, {}, {}))), "storage_full");
    EXPECT_TRUE(run_task(store.providers().all()).value().empty());
    store.fail_writes(std::nullopt);
    EXPECT_EQ(outcome_of(run_task(store.providers().insert(provider, {}, {}))), "ok");
}

}  // namespace
}  // namespace boternity::testing
