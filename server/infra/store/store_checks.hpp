#pragma once

#include "core/ports/check.hpp"
#include "core/ports/clock.hpp"

#include <filesystem>
#include <memory>

namespace boternity::infra {

/// Who else could read or change what lies in the data folder. Its fix takes permissions from others.
std::unique_ptr<core::Check> data_folder_check(std::filesystem::path data_folder);

enum class Holder {
    Me,      ///< this process serves from the folder
    Nobody,  ///< perhaps: it looks whether one does, and leaves the database alone then
};

/// quick_check and foreign_key_check of the database. A WAL that a crash left is told of and not touched.
std::unique_ptr<core::Check> database_check(std::filesystem::path data_folder, Holder holder);

/// How old the newest backup is, and whether each has its whole length.
std::unique_ptr<core::Check> backups_check(std::filesystem::path data_folder, const core::Clock& clock);

}  // namespace boternity::infra
