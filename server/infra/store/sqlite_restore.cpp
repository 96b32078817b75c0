#include "infra/store/sqlite_restore.hpp"

#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite/data_folder.hpp"
#include "infra/store/sqlite/migrator.hpp"

namespace boternity::infra {

Result<core::BackupCheck> verify_backup_blocking(const std::filesystem::path& file) {
    return store::check_backup_blocking(file, store::migrations());
}

std::vector<core::Backup> list_backups_blocking(const std::filesystem::path& data_folder) {
    return store::list_backups_blocking(data_folder / "backups");
}

Result<core::BackupCheck> restore_backup_blocking(const RestoreOptions& options) {
    // Before the folder is made: a wrong name is no reason to make one.
    BOT_CHECK(store::check_backup_blocking(options.file, store::migrations()));
    BOT_TRY(folder, store::DataFolder::open_blocking(options.data_folder));
    store::BackupFacts facts{.made_by = options.made_by, .made_at = options.clock.now()};
    return store::restore_blocking(folder, options.file, std::move(facts), store::migrations());
}

}  // namespace boternity::infra
