#include "infra/store/sqlite/backup_names.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <system_error>

namespace boternity::infra::store {
namespace {

namespace fs = std::filesystem;

/// "20261123T093000.000000Z" of 2026-11-23T09:30:00.000000Z.
std::string compact(Timestamp at) {
    std::string text = at.text();
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

constexpr std::size_t kTimeLength = 23;

std::optional<int> number(std::string_view digits) {
    int value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || value < 0)
        return std::nullopt;
    return value;
}

std::optional<Timestamp> expanded(std::string_view text) {
    using namespace std::chrono;
    if (text.size() != kTimeLength) return std::nullopt;
    const auto part = [&](std::size_t from, std::size_t size) { return number(text.substr(from, size)); };
    const auto y = part(0, 4), mo = part(4, 2), d = part(6, 2);
    const auto h = part(9, 2), mi = part(11, 2), s = part(13, 2), us = part(16, 6);
    if (!y || !mo || !d || !h || !mi || !s || !us) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    const auto at =
        sys_days{date}.time_since_epoch() + hours{*h} + minutes{*mi} + seconds{*s} + microseconds{*us};
    const Timestamp found{duration_cast<microseconds>(at).count()};
    if (compact(found) != text) return std::nullopt;
    return found;
}

}  // namespace

std::string backup_name(int schema, Timestamp made_at, core::BackupReason reason) {
    return std::to_string(schema) + "-" + compact(made_at) + "-" + std::string(kBackupReasons.of(reason));
}

std::optional<core::Backup> parse_backup_name(std::string_view name) {
    const auto first = name.find('-');
    const auto last = name.rfind('-');
    if (first == std::string_view::npos || last == first) return std::nullopt;
    const auto schema = number(name.substr(0, first));
    const auto at = expanded(name.substr(first + 1, last - first - 1));
    const auto reason = kBackupReasons.from(name.substr(last + 1));
    if (!schema || !at || !reason || backup_name(*schema, *at, *reason) != name) return std::nullopt;
    return core::Backup{.name = std::string(name), .reason = *reason, .schema = *schema, .made_at = *at};
}

std::vector<core::Backup> backups_in_blocking(const fs::path& folder) {
    std::vector<core::Backup> found;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() != ".db") continue;
        auto backup = parse_backup_name(at->path().stem().string());
        std::error_code gone;
        if (!backup || !fs::is_regular_file(at->symlink_status(gone)) || gone) continue;
        const auto size = at->file_size(gone);
        if (gone) continue;
        backup->size_bytes = static_cast<std::int64_t>(size);
        found.push_back(std::move(*backup));
    }
    std::ranges::sort(found, std::ranges::greater{},
                      [](const core::Backup& b) { return std::pair(b.made_at, b.name); });
    return found;
}

void thin_out_blocking(const fs::path& folder) {
    std::map<int, std::size_t> schemas;
    std::size_t asked = 0;
    std::size_t restores = 0;
    const auto wanted = [&](const core::Backup& backup) {
        switch (backup.reason) {
        case core::BackupReason::Asked: return ++asked <= kKeptAsked;
        case core::BackupReason::Restore: return ++restores <= kKeptRestores;
        case core::BackupReason::Upgrade: break;
        }
        const bool room = schemas.contains(backup.schema) || schemas.size() < kKeptSchemas;
        return room && ++schemas[backup.schema] <= kKeptOfSchema;
    };
    std::error_code ignored;  // tried again with the next backup
    for (const auto& backup : backups_in_blocking(folder)) {
        if (!wanted(backup)) fs::remove(folder / (backup.name + ".db"), ignored);
    }
    for (fs::directory_iterator at(folder, ignored), end; !ignored && at != end; at.increment(ignored)) {
        std::error_code none;
        if (at->path().extension() == ".partial") fs::remove(at->path(), none);
    }
}

}  // namespace boternity::infra::store
