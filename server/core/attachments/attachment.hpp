#pragma once

#include "types/id.hpp"
#include "types/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Files that people give to bots.
namespace boternity::core {

/// What a model may do with a file: see it, read it as a document, or read it as text.
enum class FileKind { Image, Document, Text };

/// A file as it was given. Its bytes are kept once under their hash (see AttachmentStore).
struct Attachment {
    AttachmentId id{};
    std::string hash{};  ///< content_hash() of the bytes
    FileKind kind = FileKind::Text;
    std::string media_type{};  ///< RFC 6838; by what the bytes are, never by what somebody said of them
    std::string name{};        ///< without a folder; never empty
    std::int64_t size_bytes = 0;
    Timestamp created_at{};
    bool operator==(const Attachment&) const = default;
};

inline constexpr std::size_t kMaxAttachmentBytes = 16 * 1024 * 1024;
/// A text is put into the prompt as it is.
inline constexpr std::size_t kMaxTextFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxMessageAttachments = 10;

std::string_view name_of(FileKind kind) noexcept;
std::optional<FileKind> file_kind_from(std::string_view name) noexcept;

}  // namespace boternity::core
