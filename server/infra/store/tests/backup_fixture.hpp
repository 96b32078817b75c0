#pragma once

#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite_restore.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/sample_turns.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace boternity::infra {

using Rows = std::vector<std::string>;
namespace fs = std::filesystem;

inline core::Task<Result<core::Backup>> make(SqliteStore* store, core::Mutation mutation) {
    BOT_CO_TRY(work, co_await store->backups().begin(std::move(mutation)));
    while (true) {
        BOT_CO_TRY(step, co_await work->next(Deadline::never(), {}));
        if (step.made) co_return std::move(*step.made);
    }
}

inline std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// A store with a bot in it, and what its backups are looked at with.
class Backups : public ::testing::Test {
protected:
    void SetUp() override {
        open();
        ASSERT_TRUE(testing::run_task(add(*store_, SampleTurns(1))));
    }

    void open() {
        auto opened =
            SqliteStore::open_blocking({temp_.path(), log_, clock_, "1.2.3", [] { return "port = 1\n"; }});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    Result<core::Backup> make_one(core::Mutation mutation = {}) {
        clock_.advance(std::chrono::seconds(1));
        return testing::run_task(make(store_.get(), std::move(mutation)));
    }

    /// A backup in a file that stands alone, and no store.
    fs::path one_alone() {
        const auto made = make_one();
        EXPECT_TRUE(made) << made.error().message;
        const auto file = temp_.path() / "alone.db";
        fs::copy_file(path_of(*made), file);
        store_.reset();
        return file;
    }

    Result<core::BackupCheck> restore(const fs::path& file) {
        clock_.advance(std::chrono::seconds(1));
        return restore_backup_blocking(
            {.data_folder = temp_.path(), .file = file, .made_by = "1.2.3", .clock = clock_});
    }

    fs::path path_of(const core::Backup& backup) const {
        return temp_.path() / "backups" / (backup.name + ".db");
    }
    Rows slugs() const {
        return rows_of(temp_.path() / "boternity.db", "SELECT slug FROM bots ORDER BY slug");
    }

    TempFolder temp_;
    testing::CapturedLog log_;
    testing::ManualClock clock_;
    std::unique_ptr<SqliteStore> store_;
};

}  // namespace boternity::infra
