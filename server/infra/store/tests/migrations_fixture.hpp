#pragma once

#include "infra/store/sqlite/migrator.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace boternity::infra {

using store::DataFolder;
using store::Migration;
using Rows = std::vector<std::string>;

inline constexpr Migration kFirst{1, "first",
                                  "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"};
inline constexpr Migration kSecond{
    2, "second",
    "CREATE TABLE more (id INTEGER PRIMARY KEY, thing INTEGER REFERENCES things);"
    "INSERT INTO more SELECT id, id FROM things;"};

/// A folder that is migrated by steps made up for a test.
class Migrations : public ::testing::Test {
protected:
    Result<int> migrate(std::vector<Migration> wanted) {
        auto folder = DataFolder::open_blocking(temp_.path());
        if (!folder) return fail(folder.error());
        clock_.advance(std::chrono::seconds(1));
        return store::migrate_blocking(*folder, wanted, {log_, clock_});
    }
    Rows rows(const std::string& select) { return rows_of(database(), select); }
    std::filesystem::path database() const { return temp_.path() / "boternity.db"; }
    std::vector<std::string> backups() const {
        std::vector<std::string> names;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(temp_.path() / "backups", none)) {
            names.push_back(entry.path().filename().string());
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    TempFolder temp_;
    testing::CapturedLog log_;
    testing::ManualClock clock_;
};

}  // namespace boternity::infra
