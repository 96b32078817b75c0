#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/store_conformance.hpp"

namespace boternity::testing {
namespace {

class SqliteRig final : public StoreRig {
public:
    explicit SqliteRig(ManualClock& clock) {
        auto opened = infra::SqliteStore::open_blocking({
            .data_folder = folder_.path() / "data",
            .log = log_,
            .clock = clock,
            .on_events = [this](core::EventRecords records) { keep(std::move(records)); },
        });
        if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().detail);
        store_ = std::move(*opened);
    }

    core::BotStore& bots() override { return store_->bots(); }
    core::SoulStore& souls() override { return store_->souls(); }
    core::SessionStore& sessions() override { return store_->sessions(); }
    core::RunJournal& journal() override { return store_->journal(); }
    core::RunRecords& records() override { return store_->records(); }
    core::RunClaims& claims() override { return store_->claims(); }
    core::WorkspaceStore& workspaces() override { return store_->workspaces(); }
    core::ProviderStore& providers() override { return store_->providers(); }
    core::Receipts& receipts() override { return store_->receipts(); }
    core::BotCopies& copies() override { return store_->copies(); }
    core::AttachmentStore& attachments() override { return store_->attachments(); }
    core::EventLog& events() override { return store_->events(); }
    std::vector<std::string> outbox() override {
        return infra::rows_of(folder_.path() / "data" / "boternity.db",
                              "SELECT type, subject FROM outbox ORDER BY id");
    }

private:
    infra::TempFolder folder_;
    CapturedLog log_;
    std::unique_ptr<infra::SqliteStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         ::testing::Values(StoreUnderTest{
                             "sqlite",
                             [](ManualClock& clock) { return std::make_unique<SqliteRig>(clock); }}),
                         name_of_store_under_test);

}  // namespace
}  // namespace boternity::testing
