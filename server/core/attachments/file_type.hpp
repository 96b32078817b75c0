#pragma once

#include "core/attachments/attachment.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

namespace boternity::core {

struct FileType {
    FileKind kind = FileKind::Text;
    std::string_view media_type{};
    std::string_view extension{};  ///< with its dot
    bool operator==(const FileType&) const = default;
};

/// What a file is, by its first bytes: PNG, JPEG, GIF, WebP, PDF, or else UTF-8 text. Markup that could run
/// in a browser (HTML, SVG) is text, and is served as such. InvalidArgument for everything else and for
/// nothing, TooLarge beyond kMaxAttachmentBytes, or kMaxTextFileBytes for text.
Result<FileType> type_of_file(std::string_view bytes);

/// A name to keep: the last part of a path of any system, without control characters, at most 255 bytes of
/// whole characters. "file" with the type's extension when nothing is left.
std::string kept_file_name(std::string_view given, const FileType& type);

}  // namespace boternity::core
