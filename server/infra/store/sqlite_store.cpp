#include "infra/store/sqlite_store.hpp"

#include "infra/store/soci/attachments.hpp"
#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/claims.hpp"
#include "infra/store/soci/copies.hpp"
#include "infra/store/soci/events.hpp"
#include "infra/store/soci/journal.hpp"
#include "infra/store/soci/providers.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/soci/records.hpp"
#include "infra/store/soci/run_owner.hpp"
#include "infra/store/soci/sessions.hpp"
#include "infra/store/soci/souls.hpp"
#include "infra/store/soci/workspace.hpp"
#include "infra/store/sqlite/backup_archive.hpp"
#include "infra/store/sqlite/crash_point.hpp"
#include "infra/store/sqlite/data_folder.hpp"
#include "infra/store/sqlite/folder_faults.hpp"
#include "infra/store/sqlite/health.hpp"
#include "infra/store/sqlite/migrator.hpp"
#include "infra/store/sqlite/readers.hpp"
#include "infra/store/sqlite/writer.hpp"

#include <atomic>
#include <optional>

namespace boternity::infra {
namespace {

using namespace store;

// 3.7.0 to 3.51.2 can corrupt a WAL database when one connection checkpoints while another commits.
constexpr int kOldestSoundSqlite = 3'051'003;

/// A write that changes nothing anybody sees.
class Probe final : public Work {
public:
    explicit Probe(std::shared_ptr<std::atomic<bool>> running) : running_(std::move(running)) {}

    Status apply(Change change) override {
        change.db.query("UPDATE probe SET at = :at WHERE id = 1").with(change.now).run();
        return {};
    }
    void finish(std::optional<Error>) noexcept override { running_->store(false); }
    WriteName name() const noexcept override { return WriteName::Probe; }

private:
    // Shared with the store, which asks for one probe at a time.
    std::shared_ptr<std::atomic<bool>> running_;
};

/// A folder that was made by hand is often open to all. What is in it is not, so that this is worth a line in
/// the log but no refusal.
void close_to_others_blocking(const DataFolder& folder, core::Log& log) {
    if (!folder.is_ours_alone_blocking()) return;
    const auto closed = store::close_to_others_blocking(folder.path());
    if (!closed) {
        log.write(core::LogLevel::Warn, "data_folder_open_to_others", {{"error", closed.error().message}});
    } else if (*closed) {
        log.write(core::LogLevel::Warn, "data_folder_closed_to_others",
                  {{"folder", folder.path().string()}, {"mode", "0700"}});
    }
}

/// Nobody else may have a hand in what is opened next. Files that are open to others are closed, as they are
/// of no use to them in a folder that is not; what a mode does not cure ends the start.
Status check_folder_blocking(const std::filesystem::path& folder, core::Log& log) {
    for (const FolderFault& fault : folder_faults_blocking(folder)) {
        if (fault.closable && fault.path != folder && close_blocking(fault)) {
            log.write(core::LogLevel::Warn, "file_closed_to_others", {{"file", fault.path.string()}});
            continue;
        }
        return fail(ErrorCode::WrongState,
                    fault.path.string() + " " + fault.what + "; " + fault.cure + ", and start again.");
    }
    return {};
}

}  // namespace

class SqliteStore::Impl final : public Transactions {
public:
    Impl(StoreOptions options, DataFolder folder, int schema)
        : folder_(std::move(folder)),
          schema_(schema),
          health_(options.log),
          readers_(folder_->database(), options.clock),
          writer_({folder_->database(), options.clock, options.log, health_, options.crash_at,
                   std::move(options.on_events), [this] { readers_.renew(); }}),
          backups({.database = folder_->database(),
                   .backups = folder_->backups(),
                   .schema = schema,
                   .made_by = options.made_by,
                   .configuration = options.configuration,
                   .clock = options.clock,
                   .log = options.log},
                  *this) {}

    ~Impl() override { close(); }

    void open_blocking() { writer_.open_blocking(); }

    void enqueue_write(std::unique_ptr<Work> work) override { writer_.enqueue(std::move(work)); }
    void enqueue_read(std::unique_ptr<Work> work) override { readers_.enqueue(std::move(work)); }

    int schema() const noexcept { return schema_; }

    std::vector<std::string> problems() {
        const Damage damage = health_.damage();
        if (damage == Damage::None) return {};
        if (!probing_->exchange(true)) writer_.enqueue(std::make_unique<Probe>(probing_));
        return {sentence(damage)};
    }

    void close() {
        if (closed_.exchange(true)) return;
        backups.close();
        readers_.close();
        writer_.close();
        folder_.reset();
    }

private:
    std::string sentence(Damage damage) const;

    std::optional<DataFolder> folder_;
    std::string path_ = folder_->path().string();
    int schema_;
    Health health_;
    Readers readers_;
    Writer writer_;
    std::shared_ptr<std::atomic<bool>> probing_ = std::make_shared<std::atomic<bool>>(false);
    std::atomic<bool> closed_{false};
    RunOwner owner_;

public:
    SociBotStore bots{*this};
    SociSoulStore souls{*this};
    SociSessionStore sessions{*this};
    SociRunJournal journal{*this, owner_};
    SociRunRecords records{*this};
    SociRunClaims claims{*this, owner_};
    SociWorkspaceStore workspaces{*this};
    SociProviderStore providers{*this};
    SociReceipts receipts{*this};
    SociBotCopies copies{*this};
    SociAttachmentStore attachments{*this};
    SociEventLog events{*this};
    SqliteBackupArchive backups;
};

std::string SqliteStore::Impl::sentence(Damage damage) const {
    switch (damage) {
    case Damage::None: return {};
    case Damage::Full: return "The disk is full: free space on " + path_ + "; writes resume by themselves.";
    case Damage::Io: return "The disk under " + path_ + " reports errors: check it and the server's log.";
    case Damage::Corrupt:
        return "The database in " + path_ + " is damaged: stop the server and restore a backup from " +
               path_ + "/backups.";
    }
    return {};
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_blocking(StoreOptions options) {
    if (sqlite_api::sqlite3_libversion_number() < kOldestSoundSqlite) {
        return fail(ErrorCode::WrongState,
                    "This Boternity is linked with SQLite " + sqlite_version() +
                        ", which can corrupt its database; build it with 3.51.3 or newer.");
    }
    BOT_TRY(folder, DataFolder::open_blocking(options.data_folder));
    close_to_others_blocking(folder, options.log);
    BOT_CHECK(check_folder_blocking(folder.path(), options.log));
    BOT_TRY(schema,
            migrate_blocking(folder, migrations(),
                             {.log = options.log,
                              .clock = options.clock,
                              .made_by = options.made_by,
                              .configuration = options.configuration ? options.configuration() : ""}));
    auto impl = std::make_unique<Impl>(options, std::move(folder), schema);
    try {
        impl->open_blocking();
    } catch (const soci::soci_error& thrown) {
        return fail(ErrorCode::Unavailable,
                    "The database in " + options.data_folder.string() +
                        " cannot be opened; check its permissions and free space.",
                    thrown.get_error_message());
    }
    return std::make_unique<SqliteStore>(std::move(impl));
}

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

core::BotStore& SqliteStore::bots() noexcept {
    return impl_->bots;
}
core::SoulStore& SqliteStore::souls() noexcept {
    return impl_->souls;
}
core::SessionStore& SqliteStore::sessions() noexcept {
    return impl_->sessions;
}
core::RunJournal& SqliteStore::journal() noexcept {
    return impl_->journal;
}
core::RunRecords& SqliteStore::records() noexcept {
    return impl_->records;
}
core::RunClaims& SqliteStore::claims() noexcept {
    return impl_->claims;
}
core::WorkspaceStore& SqliteStore::workspaces() noexcept {
    return impl_->workspaces;
}
core::ProviderStore& SqliteStore::providers() noexcept {
    return impl_->providers;
}
core::Receipts& SqliteStore::receipts() noexcept {
    return impl_->receipts;
}

core::BackupArchive& SqliteStore::backups() noexcept {
    return impl_->backups;
}

core::BotCopies& SqliteStore::copies() noexcept {
    return impl_->copies;
}
core::EventLog& SqliteStore::events() noexcept {
    return impl_->events;
}
core::AttachmentStore& SqliteStore::attachments() noexcept {
    return impl_->attachments;
}

int SqliteStore::schema_version() const noexcept {
    return impl_->schema();
}
std::vector<std::string> SqliteStore::crash_points() {
    return CrashPoint::names();
}
std::string SqliteStore::sqlite_version() {
    return sqlite_api::sqlite3_libversion();
}
std::vector<std::string> SqliteStore::problems() {
    return impl_->problems();
}
void SqliteStore::close() {
    impl_->close();
}

}  // namespace boternity::infra
