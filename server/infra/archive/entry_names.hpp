#pragma once

#include "infra/archive/archive_limits.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

namespace boternity::infra {

/// Whether the bytes are UTF-8 as RFC 3629 has it.
bool is_utf8(std::string_view bytes) noexcept;

/// The names of one archive's entries, each checked as it comes.
class EntryNames {
public:
    explicit EntryNames(const ArchiveLimits& limits) : limits_(limits) {}

    /// The name without a leading "./" and a trailing slash; empty for the top folder. InvalidArgument for
    /// one that leads out of the archive, that some system reads differently, or that was there before in any
    /// case; TooLarge beyond the limits.
    Result<std::string> add(std::string_view name, bool folder);

private:
    Status check(std::string_view name) const;

    const ArchiveLimits& limits_;
    std::unordered_set<std::string> files_;    // lower-cased
    std::unordered_set<std::string> folders_;  // lower-cased
    std::size_t count_ = 0;
};

}  // namespace boternity::infra
