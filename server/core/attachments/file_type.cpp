#include "core/attachments/file_type.hpp"

#include "core/bots/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace boternity::core {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxNameBytes = 255;

constexpr FileType kPng{FileKind::Image, "image/png", ".png"};
constexpr FileType kJpeg{FileKind::Image, "image/jpeg", ".jpg"};
constexpr FileType kGif{FileKind::Image, "image/gif", ".gif"};
constexpr FileType kWebp{FileKind::Image, "image/webp", ".webp"};
constexpr FileType kPdf{FileKind::Document, "application/pdf", ".pdf"};
constexpr FileType kText{FileKind::Text, "text/plain", ".txt"};

/// Of what begins like one of the binary types. The marks are those of their specifications: ISO 15948, ITU
/// T.81, GIF89a, RFC 9649, ISO 32000.
const FileType* binary_type(std::string_view bytes) noexcept {
    if (bytes.starts_with("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"sv)) return &kPng;
    if (bytes.starts_with("\xff\xd8\xff"sv) && bytes.size() > 4) return &kJpeg;
    if ((bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) && bytes.size() > 13) return &kGif;
    if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 15).ends_with("WEBPVP8"sv)) return &kWebp;
    if (bytes.starts_with("%PDF-"sv) && bytes.size() > 8) return &kPdf;
    return nullptr;
}

bool is_text(std::string_view bytes) {
    return is_valid_utf8(bytes) && bytes.find('\0') == std::string_view::npos;
}

/// The first bytes up to the end of a character.
std::string_view beginning_of(std::string_view bytes) noexcept {
    std::size_t end = std::min<std::size_t>(bytes.size(), 4096);
    while (end > 0 && end < bytes.size() && (static_cast<unsigned char>(bytes[end]) & 0xc0) == 0x80) --end;
    return bytes.substr(0, end);
}

Error too_large(std::string_view what, std::size_t size, std::size_t most) {
    return {.code = ErrorCode::TooLarge,
            .message = fmt::format("{} has {} bytes; at most {} are allowed.", what, size, most),
            .field = "file"};
}

}  // namespace

std::string_view name_of(FileKind kind) noexcept {
    switch (kind) {
    case FileKind::Image: return "image";
    case FileKind::Document: return "document";
    case FileKind::Text: return "text";
    }
    return "";
}

std::optional<FileKind> file_kind_from(std::string_view name) noexcept {
    for (const FileKind kind : {FileKind::Image, FileKind::Document, FileKind::Text})
        if (name_of(kind) == name) return kind;
    return std::nullopt;
}

Result<FileType> type_of_file(std::string_view bytes) {
    if (bytes.empty())
        return fail(invalid_argument("The file is empty; send one with something in it.", "file"));
    if (bytes.size() > kMaxAttachmentBytes)
        return fail(too_large("The file", bytes.size(), kMaxAttachmentBytes));
    if (const FileType* binary = binary_type(bytes)) return *binary;
    if (bytes.size() <= kMaxTextFileBytes && is_text(bytes)) return kText;
    // Of a larger one a look at its beginning is enough to say why it is refused.
    if (bytes.size() > kMaxTextFileBytes && is_text(beginning_of(bytes)))
        return fail(too_large("The text", bytes.size(), kMaxTextFileBytes));
    return fail(invalid_argument(
        "No model here reads a file of this kind; send a PNG, JPEG, GIF, WebP, PDF or UTF-8 text.", "file"));
}

std::string kept_file_name(std::string_view given, const FileType& type) {
    if (const auto folder = given.find_last_of("/\\"); folder != std::string_view::npos)
        given.remove_prefix(folder + 1);
    std::string name = clean_line(given);
    while (!name.empty() && (name.front() == ' ' || name.front() == '.')) name.erase(0, 1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '.')) name.pop_back();
    if (name.size() > kMaxNameBytes) {
        std::size_t end = kMaxNameBytes;
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
        name.resize(end);
    }
    return name.empty() ? "file" + std::string(type.extension) : name;
}

}  // namespace boternity::core
