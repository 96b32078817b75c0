#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace boternity::infra {

/// A folder of its own for one test, gone after it.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// Looks into a database file past the store: the rows of `select`, their columns joined by a space.
std::vector<std::string> rows_of(const std::filesystem::path& database, const std::string& select);

/// Runs statements on a database file past the store.
void change_file(const std::filesystem::path& database, const std::string& script);

}  // namespace boternity::infra
