#include "infra/store/sqlite/writer.hpp"

#include "infra/store/soci/attachments.hpp"
#include "infra/store/soci/events.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <boost/asio/post.hpp>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;

// In pages of 4 KiB. From the first on the WAL is copied back without disturbing anybody; readers that never
// pause could keep it from starting over, hence beyond the second they are waited for.
constexpr int kCheckpointPages = 1000;
constexpr int kTruncatePages = 16'000;

// How often old events and receipts are dropped: with this many changes between, a bounded number each time.
constexpr std::size_t kChangesBetweenTrims = 512;

}  // namespace

void Writer::open_blocking() {
    connection_ = open_connection_blocking(options_.file, Access::Write);
    sqlite3_wal_hook(handle_of(connection_->session()), &Writer::on_commit, this);
}

int Writer::on_commit(void* self, sqlite3*, const char*, int wal_pages) {
    static_cast<Writer*>(self)->wal_pages_ = wal_pages;
    return SQLITE_OK;
}

void Writer::enqueue(std::unique_ptr<Work> work) {
    {
        const std::lock_guard lock(mutex_);
        if (!closed_ && waiting_.size() < kMaxWaiting) {
            waiting_.push_back(std::move(work));
            if (!std::exchange(writing_, true)) {
                core::asio::post(pool_.executor(), [this] { write_blocking(); });
            }
            return;
        }
    }
    work->finish(Error{.code = ErrorCode::Unavailable,
                       .message = "The server is busy or stopping; try again in a moment."});
}

Writer::Group Writer::take_group() {
    const std::lock_guard lock(mutex_);
    Group group;
    while (!waiting_.empty() && group.size() < kMaxGroup) {
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    if (group.empty()) writing_ = false;
    return group;
}

void Writer::write_blocking() {
    while (true) {
        Group group = take_group();
        if (group.empty()) return;
        Undone undone(group.size());
        for (std::size_t next = 0; next < group.size();) next = commit_blocking(group, next, undone);
        for (std::size_t i = 0; i < group.size(); ++i) group[i]->finish(std::move(undone[i]));
        if (wal_pages_ >= kCheckpointPages) checkpoint_blocking();
    }
}

std::size_t Writer::commit_blocking(Group& group, std::size_t first, Undone& undone) {
    std::size_t next = first;
    const auto undo_all_before = [&](std::size_t end, const Failure& failure) {
        for (std::size_t i = first; i < end; ++i) undone[i] = failure.error;
        give_up(failure);
    };
    try {
        if (!connection_) open_blocking();
        Connection& db = *connection_;
        const auto changes_before = changes();
        db.run("BEGIN IMMEDIATE");
        told_.clear();
        const Change change{db, options_.clock.now(), &told_};
        if (apply_together(group, first, change)) {
            next = group.size();
        } else {
            if (in_transaction()) db.run("ROLLBACK");
            told_.clear();
            db.run("BEGIN IMMEDIATE");
        }
        while (next < group.size()) {
            auto failure = apply_in_savepoint(*group[next], change);
            ++next;
            if (!failure) continue;
            undone[next - 1] = failure->error;
            options_.health.failed(*failure);
            if (in_transaction()) continue;
            // SQLite undid everything, so what came before in this transaction did not happen either.
            undo_all_before(next, *failure);
            return next;
        }
        changes_since_trim_ += group.size() - first;
        if (changes_since_trim_ >= kChangesBetweenTrims) keep_bounded(change);
        for (std::size_t i = first; i < next; ++i) crash_point_.reached(group[i]->name(), CommitSide::Before);
        db.run("COMMIT");
        for (std::size_t i = first; i < next; ++i) crash_point_.reached(group[i]->name(), CommitSide::After);
        if (options_.on_events && !told_.empty()) options_.on_events(std::exchange(told_, {}));
        if (changes() != changes_before) options_.health.succeeded();
    } catch (const std::exception& thrown) {
        const Failure failure =
            connection_
                ? failure_of(thrown, connection_->session())
                : Failure{Error{.code = ErrorCode::Unavailable,
                                .message = "The database cannot be opened at the moment; look into the "
                                           "server's log.",
                                .detail = thrown.what()},
                          Damage::Io};
        undo_all_before(group.size(), failure);
        return group.size();
    }
    return next;
}

bool Writer::apply_together(Group& group, std::size_t first, Change change) {
    try {
        for (std::size_t i = first; i < group.size(); ++i) {
            const auto before = changes();
            const bool done = group[i]->apply(change).has_value();
            if (!in_transaction() || (!done && changes() != before)) return false;
        }
        return true;
    } catch (const std::exception&) {
        return false;  // it is met again, and told, where each change is on its own
    }
}

std::optional<Failure> Writer::apply_in_savepoint(Work& work, Change change) {
    std::optional<Failure> failure;
    bool keep = false;
    const auto told_before = told_.size();
    change.db.run("SAVEPOINT work");
    try {
        keep = work.apply(change).has_value();
    } catch (const std::exception& thrown) {
        failure = failure_of(thrown, change.db.session());
    }
    if (!in_transaction()) return failure;
    if (!keep) {
        change.db.run("ROLLBACK TO work");
        told_.resize(told_before);
    }
    change.db.run("RELEASE work");
    return failure;
}

void Writer::keep_bounded(Change change) {
    changes_since_trim_ = 0;
    change.db.run("SAVEPOINT work");
    try {
        trim_outbox(change, kKeptEvents);
        purge_receipts(change);
        purge_attachments(change);
    } catch (const std::exception& thrown) {
        // What people asked for goes before order in the house; the next time will do.
        const Failure failure = failure_of(thrown, change.db.session());
        options_.log.write(core::LogLevel::Warn, "store_trim_failed", {{"detail", failure.error.detail}});
        if (!in_transaction()) throw;
        change.db.run("ROLLBACK TO work");
    }
    change.db.run("RELEASE work");
}

long long Writer::changes() const {
    return sqlite3_total_changes64(handle_of(connection_->session()));
}

bool Writer::in_transaction() const {
    return sqlite3_get_autocommit(handle_of(connection_->session())) == 0;
}

void Writer::give_up(const Failure& failure) {
    options_.health.failed(failure);
    if (!connection_) return;
    bool sound = failure.damage != Damage::Io && failure.damage != Damage::Corrupt;
    if (sound && in_transaction()) {
        try {
            connection_->run("ROLLBACK");
        } catch (const std::exception&) {
            sound = false;
        }
    }
    if (sound) return;
    // After a failed fsync the kernel may have dropped what it could not write while the connection believes
    // it is there. Only a connection that reads the files again knows what is.
    connection_.reset();
    wal_pages_ = 0;
    options_.on_disk_failure();
}

void Writer::checkpoint_blocking() {
    if (!connection_) return;
    sqlite3* handle = handle_of(connection_->session());
    const int mode = wal_pages_ >= kTruncatePages ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, nullptr, nullptr);
    wal_pages_ = 0;  // told anew with the next commit
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return;
    // Nothing is lost: what was committed is in the WAL, and the next checkpoint tries again.
    const Failure failure =
        failure_of(soci::sqlite3_soci_error(sqlite3_errmsg(handle), code), connection_->session());
    give_up(failure);
}

void Writer::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    pool_.join();
    if (!connection_) return;
    sqlite3* handle = handle_of(connection_->session());
    // The last to close: SQLite moves the whole WAL into the database and removes it.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    connection_.reset();
}

}  // namespace boternity::infra::store
