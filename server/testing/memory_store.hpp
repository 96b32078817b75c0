#pragma once

#include "core/ports/attachment_store.hpp"
#include "core/ports/bot_copies.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/event_log.hpp"
#include "core/ports/provider_store.hpp"
#include "core/ports/receipts.hpp"
#include "core/ports/run_claims.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/run_records.hpp"
#include "core/ports/session_store.hpp"
#include "core/ports/workspace_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boternity::testing {

/// All stores of the platform, in memory, for tests. Obeys the contract that store_conformance.hpp checks.
///
/// Threads   any; every call resumes on its caller's executor after at least one suspension, so that tests
///           meet the interleavings that a real store brings.
/// Lifetime  outlives every call. `clock` decides when receipts are too old.
class MemoryStore {
public:
    explicit MemoryStore(const core::Clock& clock);
    ~MemoryStore();

    core::BotStore& bots() noexcept;
    core::SoulStore& souls() noexcept;
    core::SessionStore& sessions() noexcept;
    core::RunJournal& journal() noexcept;
    core::RunRecords& records() noexcept;
    core::RunClaims& claims() noexcept;
    core::WorkspaceStore& workspaces() noexcept;
    core::ProviderStore& providers() noexcept;
    core::Receipts& receipts() noexcept;
    core::BotCopies& copies() noexcept;
    core::AttachmentStore& attachments() noexcept;

    core::EventLog& events() noexcept;

    /// Told of what was committed, as by the real store. At start only.
    void on_events(std::function<void(core::EventRecords)> handler);

    /// The events that were committed, oldest first.
    core::Events outbox() const;

    /// While set, every operation that writes fails with this error and changes nothing.
    void fail_writes(std::optional<Error> error);

    /// While set, every operation that writes does its work and says that it failed with this error, as when
    /// a disk fails in the middle of a commit.
    void fail_after_writing(std::optional<Error> error);

    class Impl;

private:
    std::unique_ptr<Impl> impl_;
};

/// An event in one line, its type and subject, e.g. "run.ended 0197...": to compare what stores announced.
std::string describe(const core::Event& event);

}  // namespace boternity::testing
