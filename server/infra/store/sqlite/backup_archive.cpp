#include "infra/store/sqlite/backup_archive.hpp"

#include "core/runtime/pause.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite/errors.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <utility>

namespace boternity::infra::store {
namespace {

using core::Backup;
using core::BackupStep;
using core::Task;
namespace fs = std::filesystem;

std::unexpected<Error> busy() {
    return fail(Error{.code = ErrorCode::Unavailable,
                      .message = "A backup is being made or verified already; try again when that is done.",
                      .retry_after = std::chrono::seconds(1)});
}

/// Gives the one place for long work back.
class Place {
public:
    explicit Place(std::atomic<bool>& taken) : taken_(&taken) {}
    Place(Place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
        if (taken_ != nullptr) taken_->store(false);
    }

private:
    std::atomic<bool>* taken_;
};

}  // namespace

/// What the thread that copies tells, and whoever waits reads. Shared by both: either may be gone first.
class SqliteBackupArchive::Making {
public:
    explicit Making(std::atomic<bool>& taken, const std::atomic<bool>& closing)
        : place_(taken), closing_(closing) {}

    bool advance(std::int64_t done, std::int64_t total) {
        done_.store(done);
        total_.store(total);
        return !given_up_.load() && !closing_.load();
    }
    void end(Result<Backup> made) {
        const std::lock_guard lock(mutex_);
        made_ = std::move(made);
    }
    void give_up() noexcept { given_up_.store(true); }

    std::optional<Result<Backup>> made() const {
        const std::lock_guard lock(mutex_);
        return made_;
    }
    BackupStep step() const { return {.done_bytes = done_.load(), .total_bytes = total_.load()}; }

private:
    Place place_;
    const std::atomic<bool>& closing_;
    std::atomic<bool> given_up_{false};
    std::atomic<std::int64_t> done_{0};
    std::atomic<std::int64_t> total_{0};
    mutable std::mutex mutex_;
    std::optional<Result<Backup>> made_;
};

class SqliteBackupArchive::Work final : public core::BackupWork {
public:
    Work(SqliteBackupArchive& archive, std::shared_ptr<Making> making, core::Mutation mutation)
        : archive_(archive), making_(std::move(making)), mutation_(std::move(mutation)) {}
    /// One that was made before.
    Work(SqliteBackupArchive& archive, Backup made) : archive_(archive), made_(std::move(made)) {}
    ~Work() override {
        if (making_) making_->give_up();
    }

    Task<Result<BackupStep>> next(Deadline deadline, std::stop_token stop) override {
        if (made_) co_return whole(std::move(*made_));
        constexpr std::chrono::milliseconds kLook{10};
        while (!stop.stop_requested()) {
            if (auto made = making_->made()) {
                if (!*made) co_return fail(std::move(*made).error());
                Backup backup = std::move(**made);
                BOT_CO_CHECK(co_await archive_.remember(mutation_, backup.name));
                co_return whole(std::move(backup));
            }
            const BackupStep step = making_->step();
            if (step.done_bytes != told_) {
                told_ = step.done_bytes;
                co_return step;
            }
            if (archive_.options_.clock.steady() >= deadline.at)
                co_return fail(ErrorCode::DeadlineExceeded, "The backup is still being made.");
            co_await core::pause_for(kLook, stop);
        }
        co_return fail(ErrorCode::Cancelled, "The backup was given up.");
    }

private:
    static BackupStep whole(Backup made) {
        const auto size = made.size_bytes;
        return {.done_bytes = size, .total_bytes = size, .made = std::move(made)};
    }

    SqliteBackupArchive& archive_;
    std::shared_ptr<Making> making_;
    core::Mutation mutation_{};
    std::optional<Backup> made_;
    std::int64_t told_ = 0;
};

Result<Backup> SqliteBackupArchive::make_blocking(Making& making) {
    const BackupFacts facts{.reason = core::BackupReason::Asked,
                            .schema = options_.schema,
                            .made_by = options_.made_by,
                            .made_at = options_.clock.now(),
                            .configuration =
                                options_.configuration ? options_.configuration() : std::string()};
    std::unique_ptr<Connection> db;
    try {
        db = open_connection_blocking(options_.database, Access::Read);
        // From the first read on, all pages are of one moment, whatever is committed meanwhile.
        db->run("BEGIN");
        db->run("SELECT 1 FROM sqlite_schema LIMIT 1");
        return make_backup_blocking(
            options_.backups, *db, facts, migrations(),
            [&](std::int64_t done, std::int64_t total) { return making.advance(done, total); });
    } catch (const soci::soci_error& thrown) {
        return fail(
            db ? failure_of(thrown, db->session()).error
               : Error{.code = ErrorCode::Unavailable,
                       .message = "The database cannot be opened at the moment; look into the server's log.",
                       .detail = thrown.what()});
    }
}

Task<Result<std::unique_ptr<core::BackupWork>>> SqliteBackupArchive::begin(core::Mutation mutation) {
    BOT_CO_TRY(before, co_await earlier(mutation));
    if (before) {
        auto look = [this, name = before->subject] { return find_blocking(name); };
        auto looking = core::run_on(pool_, std::move(look));
        BOT_CO_TRY(made, co_await std::move(looking));
        co_return std::make_unique<Work>(*this, std::move(made));
    }
    if (closing_.load()) co_return fail(ErrorCode::Unavailable, "The server is stopping; ask the next one.");
    if (busy_.exchange(true)) co_return busy();
    auto making = std::make_shared<Making>(busy_, closing_);
    if (!pool_.enter()) co_return busy();
    core::asio::post(pool_.executor(), [this, making] {
        auto made = [&]() -> Result<Backup> {
            try {
                return make_blocking(*making);
            } catch (const std::exception& thrown) {
                return fail(internal_error(thrown.what()));
            }
        }();
        if (made) {
            options_.log.write(core::LogLevel::Info, "backup_made",
                               {{"backup", made->name}, {"bytes", std::to_string(made->size_bytes)}});
        }
        making->end(std::move(made));
        pool_.leave();
    });
    co_return std::make_unique<Work>(*this, std::move(making), std::move(mutation));
}

Result<Backup> SqliteBackupArchive::find_blocking(const std::string& name) const {
    const auto all = backups_in_blocking(options_.backups);
    const auto found = std::ranges::find(all, name, &Backup::name);
    if (found == all.end())
        return fail(
            not_found("There is no backup of that name; `boternity backup list` shows those there are."));
    Backup backup = *found;
    if (auto facts = read_facts_blocking(options_.backups / (name + ".db"))) backup.made_by = facts->made_by;
    return backup;
}

Task<Result<std::vector<Backup>>> SqliteBackupArchive::list() {
    auto work = [folder = options_.backups]() -> Result<std::vector<Backup>> {
        return list_backups_blocking(folder);
    };
    auto listing = core::run_on(pool_, std::move(work));
    co_return co_await std::move(listing);
}

Task<Result<core::BackupCheck>> SqliteBackupArchive::verify(std::string name) {
    if (busy_.exchange(true)) co_return busy();
    // With the work, not with the coroutine: it goes on when nobody waits any more.
    auto place = std::make_shared<Place>(busy_);
    auto work = [this, place, name]() -> Result<core::BackupCheck> {
        BOT_TRY(backup, find_blocking(name));
        return check_backup_blocking(options_.backups / (backup.name + ".db"), migrations());
    };
    place.reset();
    auto verifying = core::run_on(pool_, std::move(work));
    co_return co_await std::move(verifying);
}

Task<Result<Backup>> SqliteBackupArchive::remove(std::string name, core::Mutation mutation) {
    BOT_CO_TRY(before, co_await earlier(mutation));
    if (before) {
        auto removed = parse_backup_name(before->subject);
        if (!removed) co_return fail(internal_error("a receipt names no backup"));
        co_return std::move(*removed);
    }
    auto work = [this, name]() -> Result<Backup> {
        BOT_TRY(backup, find_blocking(name));
        std::error_code error;
        fs::remove(options_.backups / (backup.name + ".db"), error);
        if (error)
            return fail(ErrorCode::Unavailable, "The backup cannot be removed; check the folder of backups.",
                        error.message());
        return backup;
    };
    auto removing = core::run_on(pool_, std::move(work));
    BOT_CO_TRY(removed, co_await std::move(removing));
    BOT_CO_CHECK(co_await remember(std::move(mutation), removed.name));
    co_return std::move(removed);
}

Task<Result<std::optional<core::Receipt>>> SqliteBackupArchive::earlier(core::Mutation mutation) {
    if (!mutation.named()) co_return std::nullopt;
    std::function<Result<std::optional<core::Receipt>>(Change)> look = [mutation](Change change) {
        return find_receipt(change, mutation);
    };
    auto looking = transactions_.read<std::optional<core::Receipt>>(std::move(look));
    co_return co_await std::move(looking);
}

Task<Status> SqliteBackupArchive::remember(core::Mutation mutation, std::string subject) {
    if (!mutation.named()) co_return Status{};
    std::function<Result<core::Receipt>(Change)> note = [mutation, subject](Change change) {
        return once(change, mutation, {}, [&]() -> Result<std::string> { return subject; });
    };
    auto noting = transactions_.write<core::Receipt>(WriteName::NoteBackup, std::move(note));
    const auto noted = co_await std::move(noting);
    if (!noted) co_return fail(noted.error());
    co_return Status{};
}

void SqliteBackupArchive::close() {
    closing_.store(true);
    pool_.join();
}

}  // namespace boternity::infra::store
