#include "infra/store/store_checks.hpp"

#include "infra/store/sqlite/backup_file.hpp"
#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite/folder_faults.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
using core::Finding;
using core::Severity;
using store::Connection;
using store::Query;

/// The token's own fault: it may have been read already, so closing it is only the first half of the cure.
bool token_is_open(const fs::path& folder) {
    struct stat found{};
    return ::lstat((folder / "token").c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
           (found.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

class DataFolderCheck final : public core::Check {
public:
    explicit DataFolderCheck(fs::path folder) : folder_(std::move(folder)) {}
    std::string_view name() const noexcept override { return "data folder"; }

    std::vector<Finding> run_blocking() override {
        std::error_code error;
        if (!fs::exists(folder_, error))
            return {{"data folder",
                     Severity::Notice,
                     fmt::format("{} is not there yet; the first start makes it.", folder_.string()),
                     {}}};
        std::vector<Finding> findings;
        for (const auto& fault : store::folder_faults_blocking(folder_))
            findings.push_back({"data folder", fault.closable ? Severity::Warning : Severity::Error,
                                fmt::format("{} {}.", fault.path.string(), fault.what), sentence(fault.cure),
                                fault.closable});
        if (token_is_open(folder_))
            findings.push_back(
                {"data folder", Severity::Error,
                 fmt::format("Others may read {}.", (folder_ / "token").string()),
                 "Run `chmod 600` on it; if others have accounts here, delete it and start again to "
                 "get a new one.",
                 true});
        if (findings.empty())
            findings.push_back(
                {"data folder", Severity::Ok, fmt::format("{} is its owner's alone.", folder_.string()), {}});
        return findings;
    }

    std::vector<std::string> fix_blocking() override {
        std::vector<std::string> done;
        for (const auto& fault : store::folder_faults_blocking(folder_)) {
            if (fault.closable && store::close_blocking(fault)) done.push_back(closed(fault.path));
        }
        if (token_is_open(folder_) && store::close_blocking({folder_ / "token", {}, {}, true}))
            done.push_back(closed(folder_ / "token"));
        return done;
    }

private:
    static std::string sentence(std::string text) {
        if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
            text[0] = static_cast<char>(text[0] - 'a' + 'A');
        return text + ".";
    }
    static std::string closed(const fs::path& path) {
        return fmt::format("Took the permissions of others from {}.", path.string());
    }

    fs::path folder_;
};

/// The process that serves from the folder, "unknown" when it does not tell; nothing when none does.
std::optional<std::string> holder_of(const fs::path& folder) {
    const int file = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return std::nullopt;
    const bool held = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::array<char, 32> text{};
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    ::close(file);
    if (!held) return std::nullopt;
    std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    pid.erase(pid.find_last_not_of("\n ") + 1);
    return pid.empty() ? "unknown" : pid;
}

class DatabaseCheck final : public core::Check {
public:
    DatabaseCheck(fs::path folder, Holder holder) : folder_(std::move(folder)), holder_(holder) {}
    std::string_view name() const noexcept override { return "database"; }

    std::vector<Finding> run_blocking() override {
        const fs::path file = folder_ / "boternity.db";
        std::error_code error;
        if (!fs::exists(file, error)) return {{"database", Severity::Notice, "There is none yet.", {}}};
        if (const auto pid = holder_ == Holder::Nobody ? holder_of(folder_) : std::nullopt)
            return {{"database",
                     Severity::Notice,
                     fmt::format("A server (process {}) uses it, so only that server looks into it.", *pid),
                     {}}};
        if (holder_ == Holder::Nobody && fs::exists(file.string() + "-wal", error))
            return {{"database",
                     Severity::Notice,
                     "The last server did not end in order; the next start takes in what it left, and then "
                     "it can be "
                     "looked into.",
                     {}}};
        try {
            const auto db = holder_ == Holder::Me ? store::open_connection_blocking(file, store::Access::Read)
                                                  : store::open_unchanging_blocking(file);
            return {judge(*db)};
        } catch (const soci::soci_error& thrown) {
            return {damaged(thrown.get_error_message())};
        }
    }

private:
    static Finding damaged(const std::string& why) {
        return {"database", Severity::Error, fmt::format("It is damaged ({}).", why),
                "Stop the server and restore a backup: `boternity backup list`, `boternity backup restore`."};
    }

    static Finding judge(Connection& db) {
        std::string said;
        {
            Query query = db.query("SELECT quick_check FROM pragma_quick_check LIMIT 1");
            query.into(said).next();
        }
        if (said != "ok") return damaged(said);
        int dangling = 0;
        Query query = db.query("SELECT COUNT(*) FROM pragma_foreign_key_check");
        query.into(dangling).next();
        if (dangling != 0) return damaged(fmt::format("{} rows refer to nothing", dangling));
        return {"database", Severity::Ok, "It is whole.", {}};
    }

    fs::path folder_;
    Holder holder_;
};

class BackupsCheck final : public core::Check {
public:
    BackupsCheck(fs::path folder, const core::Clock& clock) : folder_(std::move(folder)), clock_(clock) {}
    std::string_view name() const noexcept override { return "backups"; }

    std::vector<Finding> run_blocking() override {
        const auto all = store::backups_in_blocking(folder_ / "backups");
        const std::string make = "Make one with `boternity backup create`, and copy it to another disk.";
        if (all.empty()) return {{"backups", Severity::Notice, "There is no backup.", make}};
        std::vector<Finding> findings;
        for (const auto& backup : all) {
            const auto sound = store::database_bytes_blocking(folder_ / "backups" / (backup.name + ".db"));
            if (!sound)
                findings.push_back({"backups", Severity::Warning, sound.error().message,
                                    fmt::format("Remove it: `boternity backup remove {}`.", backup.name)});
        }
        constexpr std::int64_t kDay = 86'400'000'000;
        const auto days = (clock_.now().micros - all.front().made_at.micros) / kDay;
        if (days > 30)
            findings.push_back(
                {"backups", Severity::Notice, fmt::format("The newest is {} days old.", days), make});
        if (findings.empty())
            findings.push_back({"backups", Severity::Ok, fmt::format("There are {}.", all.size()), {}});
        return findings;
    }

private:
    fs::path folder_;
    const core::Clock& clock_;
};

}  // namespace

std::unique_ptr<core::Check> data_folder_check(fs::path data_folder) {
    return std::make_unique<DataFolderCheck>(std::move(data_folder));
}
std::unique_ptr<core::Check> database_check(fs::path data_folder, Holder holder) {
    return std::make_unique<DatabaseCheck>(std::move(data_folder), holder);
}
std::unique_ptr<core::Check> backups_check(fs::path data_folder, const core::Clock& clock) {
    return std::make_unique<BackupsCheck>(std::move(data_folder), clock);
}

}  // namespace boternity::infra
