#include "infra/archive/entry_names.hpp"

#include "infra/archive/archive_faults.hpp"

#include <algorithm>
#include <cstdint>

namespace boternity::infra {
namespace {

/// Length of the sequence that a lead byte begins; 0 for no lead byte.
std::size_t length_of(unsigned char lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return 2;
    if (lead >= 0xe0 && lead <= 0xef) return 3;
    if (lead >= 0xf0 && lead <= 0xf4) return 4;
    return 0;
}

std::string lower(std::string_view name) {
    std::string out(name);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = static_cast<unsigned char>(bytes[i]);
        const std::size_t length = length_of(lead);
        if (length == 0 || length > bytes.size() - i) return false;
        std::uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(bytes[i + k]);
            if ((next & 0xc0) != 0x80) return false;
            point = point << 6 | (next & 0x3f);
        }
        const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        if (overlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
        i += length;
    }
    return true;
}

Status EntryNames::check(std::string_view name) const {
    const auto refused = [&](std::string_view why) {
        return fail(archive_fault(fmt::format("the name \"{}\" {}.", shown_name(name), why)));
    };
    if (name.find('\0') != std::string_view::npos) return refused("holds a NUL");
    if (name.size() > limits_.name_bytes) return refused("is too long");
    if (!is_utf8(name)) return refused("is not UTF-8");
    if (std::ranges::any_of(name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }))
        return refused("holds control characters");
    if (name.starts_with('/') || (name.size() > 1 && name[1] == ':')) return refused("is an absolute path");
    if (name.find('\\') != std::string_view::npos) return refused("holds a backslash");
    std::size_t depth = 0;
    while (!name.empty()) {
        const auto end = std::min(name.find('/'), name.size());
        const auto part = name.substr(0, end);
        if (part.empty() || part == "." || part == "..") return refused("leads out of the archive");
        if (++depth > limits_.depth) return refused("is in too many folders");
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return {};
}

Result<std::string> EntryNames::add(std::string_view name, bool folder) {
    if (++count_ > limits_.entries) {
        return fail(archive_too_large(fmt::format("the archive has more than {} entries.", limits_.entries)));
    }
    if (name.empty()) return fail(archive_fault("an entry of the archive has no name."));
    if (name.starts_with("./")) name.remove_prefix(2);
    if (folder && name.ends_with('/')) name.remove_suffix(1);
    if (folder && (name.empty() || name == ".")) return std::string();
    if (name.empty()) return fail(archive_fault("an entry of the archive has no name."));
    BOT_CHECK(check(name));
    const std::string folded = lower(name);
    bool taken =
        !(folder ? folders_ : files_).insert(folded).second || (folder ? files_ : folders_).contains(folded);
    for (auto slash = folded.find('/'); slash != std::string::npos && !taken;
         slash = folded.find('/', slash + 1)) {
        taken = files_.contains(folded.substr(0, slash));
    }
    if (taken) {
        return fail(archive_fault(fmt::format(
            "two entries are named \"{}\", or their names differ in case only.", shown_name(name))));
    }
    return std::string(name);
}

}  // namespace boternity::infra
