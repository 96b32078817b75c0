#pragma once

#include "core/ports/bot_archives.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

inline constexpr std::string_view kBotFormat = "boternity.bot";
inline constexpr int kBotSchema = 1;
inline constexpr std::string_view kManifest = "manifest.json";

/// A bot as the files of docs/bot-archive.md, the manifest first. Pure: the same files for the same copy.
std::vector<core::NamedFile> files_of(const core::BotCopy& copy, std::string_view made_by);

/// The bot that such files hold. InvalidArgument when the manifest and the files differ in any way, or a file
/// is not as the schema says.
Result<core::PackedBot> bot_from(std::vector<core::NamedFile> files);

}  // namespace boternity::infra
