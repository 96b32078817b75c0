#include "infra/archive/libarchive_bot_archives.hpp"

#include "infra/archive/archive_faults.hpp"
#include "infra/archive/archive_files.hpp"
#include "infra/archive/bot_format.hpp"

#include <algorithm>
#include <memory>

namespace boternity::infra {

Result<core::Unpacked> recognise(std::vector<core::NamedFile> files) {
    if (files.empty()) return fail(archive_fault("the archive is empty."));
    const bool ours = std::ranges::any_of(files, [](const auto& file) { return file.path == kManifest; });
    if (!ours) return core::Workspace{std::move(files)};
    BOT_TRY(packed, bot_from(std::move(files)));
    return core::Unpacked(std::move(packed));
}

core::Task<Result<std::string>> LibarchiveBotArchives::pack(core::BotCopy copy) {
    // Shared, so that the call does not copy megabytes on its way to the thread.
    auto shared = std::make_shared<const core::BotCopy>(std::move(copy));
    auto packing =
        core::run_on(pool_, [shared, made_by = made_by_, limits = limits_]() -> Result<std::string> {
            return write_zip(files_of(*shared, made_by), limits);
        });
    co_return co_await std::move(packing);
}

core::Task<Result<core::Unpacked>> LibarchiveBotArchives::unpack(std::string bytes) {
    auto shared = std::make_shared<const std::string>(std::move(bytes));
    auto unpacking = core::run_on(pool_, [shared, limits = limits_]() -> Result<core::Unpacked> {
        BOT_TRY(files, read_archive(*shared, limits));
        return recognise(std::move(files));
    });
    co_return co_await std::move(unpacking);
}

}  // namespace boternity::infra
