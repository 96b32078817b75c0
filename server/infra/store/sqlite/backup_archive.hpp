#pragma once

#include "core/ports/backups.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "infra/store/soci/transactions.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace boternity::infra::store {

/// The backups of a store that is open. Copying goes on a thread and a connection of its own: neither the
/// writer nor the readers wait, and the copy is of one moment because its connection stays in one read
/// transaction. The WAL grows by what is written meanwhile.
///
/// Threads  any. `close` before the store's connections go.
class SqliteBackupArchive final : public core::BackupArchive {
public:
    struct Options {
        std::filesystem::path database;
        std::filesystem::path backups;
        int schema = 0;
        std::string made_by{};
        std::function<std::string()> configuration{};  ///< read for each backup; may be empty
        core::Clock& clock;
        core::Log& log;
    };

    SqliteBackupArchive(Options options, Transactions& transactions)
        : options_(std::move(options)), transactions_(transactions) {}

    core::Task<Result<std::unique_ptr<core::BackupWork>>> begin(core::Mutation mutation) override;
    core::Task<Result<std::vector<core::Backup>>> list() override;
    core::Task<Result<core::BackupCheck>> verify(std::string name) override;
    core::Task<Result<core::Backup>> remove(std::string name, core::Mutation mutation) override;

    /// Gives up what is being made and waits for it.
    void close();

private:
    class Making;
    class Work;

    Result<core::Backup> make_blocking(Making& making);
    Result<core::Backup> find_blocking(const std::string& name) const;
    core::Task<Status> remember(core::Mutation mutation, std::string subject);
    core::Task<Result<std::optional<core::Receipt>>> earlier(core::Mutation mutation);

    Options options_;
    Transactions& transactions_;
    std::atomic<bool> busy_{false};
    std::atomic<bool> closing_{false};
    // One that copies or verifies, one that lists.
    core::Pool pool_{"backups", 2, 64};
};

}  // namespace boternity::infra::store
