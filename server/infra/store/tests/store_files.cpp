#include "infra/store/tests/store_files.hpp"

#include <gtest/gtest.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cstdlib>
#include <stdexcept>

namespace boternity::infra {
namespace {

using namespace sqlite_api;

sqlite3* open_file(const std::filesystem::path& database) {
    sqlite3* handle = nullptr;
    if (sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
        SQLITE_OK) {
        throw std::runtime_error("cannot open " + database.string());
    }
    sqlite3_busy_timeout(handle, 5000);
    // The store's writer alone moves the WAL.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return handle;
}

int add_row(void* rows, int count, char** values, char**) {
    std::string row;
    for (int i = 0; i < count; ++i) {
        if (i > 0) row += ' ';
        row += values[i] ? values[i] : "NULL";
    }
    static_cast<std::vector<std::string>*>(rows)->push_back(row);
    return 0;
}

}  // namespace

TempFolder::TempFolder() {
    std::string name = (std::filesystem::path(::testing::TempDir()) / "boternity-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the test");
    path_ = name;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> rows_of(const std::filesystem::path& database, const std::string& select) {
    sqlite3* handle = open_file(database);
    std::vector<std::string> rows;
    const int code = sqlite3_exec(handle, select.c_str(), &add_row, &rows, nullptr);
    const std::string why = sqlite3_errmsg(handle);
    sqlite3_close(handle);
    if (code != SQLITE_OK) throw std::runtime_error(select + ": " + why);
    return rows;
}

void change_file(const std::filesystem::path& database, const std::string& script) {
    static_cast<void>(rows_of(database, script));
}

}  // namespace boternity::infra
