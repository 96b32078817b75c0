#pragma once

#include "core/ports/attachment_store.hpp"
#include "core/ports/backups.hpp"
#include "core/ports/bot_copies.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/event_log.hpp"
#include "core/ports/log.hpp"
#include "core/ports/provider_store.hpp"
#include "core/ports/receipts.hpp"
#include "core/ports/run_claims.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/run_records.hpp"
#include "core/ports/session_store.hpp"
#include "core/ports/workspace_store.hpp"
#include "types/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boternity::infra {

struct StoreOptions {
    std::filesystem::path data_folder;
    core::Log& log;                                ///< outlives the store
    core::Clock& clock;                            ///< outlives the store
    std::string made_by{};                         ///< the version of this program, for backups
    std::function<std::string()> configuration{};  ///< the text of the configuration file, for backups
    /// Told of what was committed, after each commit and in their order, on a thread of the store; does not
    /// block, throws nothing, and outlives the store.
    std::function<void(core::EventRecords)> on_events{};
    std::string crash_at{};  ///< one of crash_points(), with :N for the N-th time; for tests
};

/// Everything the platform keeps, in one SQLite database inside the data folder.
///
/// What a call acknowledged survives `kill -9` and a power cut. See README.md in this folder.
///
/// Threads   the ports: any strand, each call resumes on its caller's executor; the rest: any.
/// Lifetime  outlives every call on its ports. `close` or the destructor before the callers' io_context goes.
class SqliteStore {
public:
    /// Takes the data folder (made when it is not there), brings the database to this version's schema and
    /// opens it. Every error is one sentence that says what to do: the folder is used by another process, the
    /// database is newer, changed, damaged or another program's, the disk is full.
    static Result<std::unique_ptr<SqliteStore>> open_blocking(StoreOptions options);

    ~SqliteStore();
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    core::BotStore& bots() noexcept;
    core::SoulStore& souls() noexcept;
    core::SessionStore& sessions() noexcept;
    core::RunJournal& journal() noexcept;
    core::RunRecords& records() noexcept;
    core::RunClaims& claims() noexcept;
    core::WorkspaceStore& workspaces() noexcept;
    core::ProviderStore& providers() noexcept;
    core::Receipts& receipts() noexcept;
    core::BackupArchive& backups() noexcept;
    core::BotCopies& copies() noexcept;
    core::AttachmentStore& attachments() noexcept;
    core::EventLog& events() noexcept;

    int schema_version() const noexcept;

    /// The points at which BOTERNITY_CRASH_AT can end the process: before and after the commit of every kind
    /// of change.
    static std::vector<std::string> crash_points();

    /// Of the library that is linked, e.g. "3.54.1".
    static std::string sqlite_version();

    /// What is wrong now, one sentence each; empty when all is well. While something is, asking also makes
    /// the store try a small write in the background, so that it notices by itself when writes go through
    /// again.
    std::vector<std::string> problems();

    /// Commits what waits, moves the WAL into the database and gives the folder back. Later calls on the
    /// ports are refused with Unavailable. Waits; not to be called from an io thread. Safe to call twice.
    void close();

    /// For open_blocking: nobody else has an Impl.
    class Impl;
    explicit SqliteStore(std::unique_ptr<Impl> impl);

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace boternity::infra
