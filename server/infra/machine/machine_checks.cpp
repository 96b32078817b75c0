#include "infra/machine/machine_checks.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
using core::Finding;
using core::Severity;

/// A check that is one function.
class OneCheck final : public core::Check {
public:
    OneCheck(std::string name, std::function<std::vector<Finding>()> look)
        : name_(std::move(name)), look_(std::move(look)) {}

    std::string_view name() const noexcept override { return name_; }
    std::vector<Finding> run_blocking() override {
        auto findings = look_();
        for (auto& finding : findings) finding.check = name_;
        return findings;
    }

private:
    std::string name_;
    std::function<std::vector<Finding>()> look_;
};

std::unique_ptr<core::Check> check(std::string name, std::function<std::vector<Finding>()> look) {
    return std::make_unique<OneCheck>(std::move(name), std::move(look));
}

Finding ok(std::string what) {
    return {.severity = Severity::Ok, .what = std::move(what)};
}

constexpr std::uint64_t kMiB = 1024 * 1024;

std::vector<Finding> look_at_disk(fs::path folder) {
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_parent_path() && folder != folder.parent_path())
        folder = folder.parent_path();
    struct statvfs disk{};
    if (::statvfs(folder.c_str(), &disk) != 0)
        return {{.severity = Severity::Error,
                 .what = fmt::format("The disk under {} cannot be asked: {}.", folder.string(),
                                     std::generic_category().message(errno)),
                 .cure = "Choose another folder with --data."}};
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize / kMiB;
    std::vector<Finding> findings;
    const std::string cure = "Free some space, or move the data folder to a larger disk.";
    if (free < 64)
        findings.push_back({.severity = Severity::Error,
                            .what = fmt::format("{} MiB are free under {}.", free, folder.string()),
                            .cure = cure});
    else if (free < 1024)
        findings.push_back({.severity = Severity::Warning,
                            .what = fmt::format("{} MiB are free under {}.", free, folder.string()),
                            .cure = cure});
    else
        findings.push_back(ok(fmt::format("{} GiB are free under {}.", free / 1024, folder.string())));
    // Some file systems have no fixed number of them and tell 0.
    if (disk.f_files > 0 && disk.f_favail < 1000)
        findings.push_back({.severity = Severity::Warning,
                            .what = fmt::format("Only {} files can still be made under {}.",
                                                static_cast<std::uint64_t>(disk.f_favail), folder.string()),
                            .cure = "Remove files that nobody needs: the disk has run out of inodes."});
    return findings;
}

std::vector<Finding> look_at_memory() {
    std::ifstream in("/proc/meminfo");
    std::string label;
    std::uint64_t kib = 0;
    std::string unit;
    while (in >> label >> kib && std::getline(in, unit)) {
        if (label != "MemAvailable:") continue;
        const auto mib = kib / 1024;
        if (mib >= 512) return {ok(fmt::format("{} MiB of memory are available.", mib))};
        return {{.severity = Severity::Warning,
                 .what = fmt::format("Only {} MiB of memory are available; the local model needs about 300.",
                                     mib),
                 .cure = "End what is not needed, or use a provider elsewhere."}};
    }
    return {{.severity = Severity::Notice, .what = "This machine does not tell how much memory it has."}};
}

std::vector<Finding> look_at_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return {{.severity = Severity::Notice, .what = "The limit of open files is not known."}};
    if (limit.rlim_cur >= 1024)
        return {ok(fmt::format("{} files may be open at once.", static_cast<std::uint64_t>(limit.rlim_cur)))};
    return {{.severity = Severity::Warning,
             .what = fmt::format("Only {} files may be open at once, and each connection is one.",
                                 static_cast<std::uint64_t>(limit.rlim_cur)),
             .cure = "Raise the limit, e.g. with `ulimit -n 65536` or LimitNOFILE= of systemd."}};
}

std::vector<Finding> look_at_clock(const core::Clock& clock, Timestamp wall,
                                   std::chrono::steady_clock::time_point steady) {
    constexpr Timestamp kEarliest{1'767'225'600'000'000};  // 2026-01-01: older than this program
    constexpr Timestamp kLatest{4'102'444'800'000'000};    // 2100-01-01
    const auto now = clock.now();
    if (now < kEarliest || now > kLatest)
        return {{.severity = Severity::Error,
                 .what = fmt::format("The clock says {}.", now.text()),
                 .cure = "Set it: `timedatectl set-ntp true`, or `date -s`."}};
    const auto passed =
        std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - steady).count();
    const auto moved = (now.micros - wall.micros - passed) / 1'000'000;
    if (std::abs(moved) > 5)
        return {
            {.severity = Severity::Warning,
             .what = fmt::format("The clock was moved by {} s while this ran.", moved),
             .cure = "Let it be kept by the network, which moves it slowly: `timedatectl set-ntp true`."}};
    return {ok(fmt::format("The clock says {}.", now.text()))};
}

std::vector<Finding> look_at_time_zone(const fs::path& data) {
    std::error_code error;
    if (!fs::is_directory(data, error))
        return {{.severity = Severity::Warning,
                 .what = fmt::format("There are no time zones in {}.", data.string()),
                 .cure = "Install them: `apt-get install tzdata`."}};
    const auto zone = fs::read_symlink("/etc/localtime", error);
    if (error)
        return {{.severity = Severity::Notice, .what = "This machine has no time zone, so it is UTC."}};
    if (!fs::exists("/etc/localtime", error))
        return {{.severity = Severity::Warning,
                 .what = fmt::format("/etc/localtime leads to {}, which is not there.", zone.string()),
                 .cure = "Set the time zone: `timedatectl set-timezone Europe/Berlin`."}};
    return {ok(fmt::format("The time zone is {}.", zone.string()))};
}

std::optional<std::string> sha256_of(const fs::path& file) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::ifstream in(file, std::ios::binary);
    if (!hash || !in || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) return std::nullopt;
    std::vector<char> piece(kMiB);
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
        EVP_DigestUpdate(hash.get(), piece.data(), static_cast<std::size_t>(in.gcount()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    EVP_DigestFinal_ex(hash.get(), bytes.data(), &length);
    std::string text;
    for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", bytes[i]);
    return text;
}

std::vector<Finding> look_at_model(const fs::path& file, const std::string& sha256) {
    const std::string cure = "Run `make setup`, or name its folder with `boternity serve --models DIR`.";
    std::ifstream in(file, std::ios::binary);
    std::string magic(4, '\0');
    if (!in.read(magic.data(), 4))
        return {{.severity = Severity::Warning,
                 .what = fmt::format("The local model {} is not there, or may not be read.", file.string()),
                 .cure = cure}};
    in.close();
    if (magic != "GGUF" || (!sha256.empty() && sha256_of(file) != sha256))
        return {{.severity = Severity::Error,
                 .what = fmt::format("The local model {} is not the file that it should be.", file.string()),
                 .cure = "Remove it. " + cure}};
    return {ok(fmt::format("The local model {} is whole.", file.string()))};
}

}  // namespace

std::unique_ptr<core::Check> disk_check(fs::path folder) {
    return check("disk", [folder = std::move(folder)] { return look_at_disk(folder); });
}
std::unique_ptr<core::Check> memory_check() {
    return check("memory", look_at_memory);
}
std::unique_ptr<core::Check> open_files_check() {
    return check("open files", look_at_open_files);
}
std::unique_ptr<core::Check> clock_check(const core::Clock& clock) {
    return check("clock", [&clock, wall = clock.now(), steady = clock.steady()] {
        return look_at_clock(clock, wall, steady);
    });
}
std::unique_ptr<core::Check> time_zone_check(fs::path zone_data) {
    return check("time zone", [data = std::move(zone_data)] { return look_at_time_zone(data); });
}
std::unique_ptr<core::Check> versions_check(std::vector<std::pair<std::string, std::string>> others) {
    return check("versions", [others = std::move(others)] {
        utsname system{};
        std::string text;
        for (const auto& [name, number] : others) text += fmt::format("{} {}, ", name, number);
        if (::uname(&system) == 0) text += fmt::format("{} {}", system.sysname, system.release);
        return std::vector<Finding>{ok(text + ".")};
    });
}
std::unique_ptr<core::Check> model_file_check(std::string name, fs::path file, std::string sha256) {
    return check(std::move(name), [file = std::move(file), sha256 = std::move(sha256)] {
        return look_at_model(file, sha256);
    });
}

}  // namespace boternity::infra
