#pragma once

#include "core/ports/bot_archives.hpp"
#include "core/runtime/pool.hpp"
#include "infra/archive/archive_limits.hpp"

#include <string>

namespace boternity::infra {

/// Bots as zip files, by libarchive, on a thread of its own: one archive at a time, so that memory is
/// bounded.
class LibarchiveBotArchives final : public core::BotArchives {
public:
    /// `made_by` stands in every archive: this version of Boternity.
    explicit LibarchiveBotArchives(std::string made_by, ArchiveLimits limits = {})
        : made_by_(std::move(made_by)), limits_(limits) {}
    ~LibarchiveBotArchives() override { pool_.join(); }

    core::Task<Result<std::string>> pack(core::BotCopy copy) override;
    core::Task<Result<core::Unpacked>> unpack(std::string bytes) override;

private:
    std::string made_by_;
    ArchiveLimits limits_;
    core::Pool pool_{"archives", 1, 4};
};

/// What an archive's files are: a bot of ours when a manifest is among them, else a workspace.
Result<core::Unpacked> recognise(std::vector<core::NamedFile> files);

}  // namespace boternity::infra
