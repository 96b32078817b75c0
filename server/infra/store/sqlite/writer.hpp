#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "infra/store/soci/transactions.hpp"
#include "infra/store/sqlite/crash_point.hpp"
#include "infra/store/sqlite/errors.hpp"
#include "infra/store/sqlite/health.hpp"

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace boternity::infra::store {

/// The writing side: one connection on one thread that commits all waiting changes together.
///
/// While one group is being made durable the next gathers, so that one fsync serves many callers and a lone
/// one never waits for company. A change that fails is undone alone: a refusal that changed nothing costs
/// nothing, else the group is done again with a savepoint around each. A caller hears of success only after
/// the commit; when the commit fails, all of its group hear of that.
///
/// It also is the only one that checkpoints the WAL, between groups, so that the file stays bounded.
///
/// Threads  any. Bound  kMaxWaiting; beyond, Unavailable.
class Writer {
public:
    static constexpr std::size_t kMaxWaiting = 4096;
    static constexpr std::size_t kMaxGroup = 256;
    static constexpr long long kKeptEvents = 100'000;

    struct Options {
        std::filesystem::path file;
        core::Clock& clock;
        core::Log& log;
        Health& health;
        /// Where a test wants the process to end; see CrashPoint.
        std::string crash_at{};
        /// Told of what was committed, after each commit and in their order, on the writer's thread.
        std::function<void(core::EventRecords)> on_events;
        /// Told when the disk failed, so that others open the database anew as the writer does.
        std::function<void()> on_disk_failure;
    };

    explicit Writer(Options options) : options_(std::move(options)), crash_point_(options_.crash_at) {}

    /// Opens the connection, so that a start that cannot write says so. Throws soci_error.
    void open_blocking();

    void enqueue(std::unique_ptr<Work> work);

    /// Refuses what comes, commits what waits, moves the WAL into the database and closes.
    void close();

private:
    using Group = std::vector<std::unique_ptr<Work>>;
    using Undone = std::vector<std::optional<Error>>;

    void write_blocking();
    Group take_group();
    /// One transaction over the group from `first` on; answers where the next has to begin.
    std::size_t commit_blocking(Group& group, std::size_t first, Undone& undone);
    /// Applies the group from `first` on; false when a change failed after it had changed something.
    bool apply_together(Group& group, std::size_t first, Change change);
    std::optional<Failure> apply_in_savepoint(Work& work, Change change);
    long long changes() const;
    void keep_bounded(Change change);
    void checkpoint_blocking();
    void give_up(const Failure& failure);
    bool in_transaction() const;
    static int on_commit(void* self, sqlite_api::sqlite3*, const char*, int wal_pages);

    Options options_;
    core::Pool pool_{"db_write", 1, kMaxWaiting};
    std::mutex mutex_;
    std::deque<std::unique_ptr<Work>> waiting_;
    bool writing_ = false;
    bool closed_ = false;

    // Only on the writer's thread from here on.
    std::unique_ptr<Connection> connection_;
    int wal_pages_ = 0;
    std::size_t changes_since_trim_ = 0;
    core::EventRecords told_;  ///< by the transaction that is open
    CrashPoint crash_point_;
};

}  // namespace boternity::infra::store
