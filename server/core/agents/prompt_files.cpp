#include "core/agents/prompt_files.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace boternity::core {
namespace {

// Of one prompt. Vendors take 20 MB a request and more; base64 adds a third.
constexpr std::int64_t kMaxPromptBytes = 16 * 1024 * 1024;
static_assert(kMaxPromptBytes >= static_cast<std::int64_t>(kMaxAttachmentBytes),
              "the files of one message always fit");

bool reads(const ModelCard& card, FileKind kind) noexcept {
    switch (kind) {
    case FileKind::Image: return card.images;
    case FileKind::Document: return card.documents;
    case FileKind::Text: return true;
    }
    return false;
}

std::string_view plural_of(FileKind kind) noexcept {
    return kind == FileKind::Image ? "images" : "documents";
}

/// A name inside an attribute: nothing in it ends the attribute or the tag.
std::string quoted_name(std::string_view name) {
    std::string out;
    for (const char c : name) {
        switch (c) {
        case '"': out += "&quot;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        default: out += c;
        }
    }
    return out;
}

/// The file's text between tags. It says what it likes, but not where it ends.
std::string text_block(const Attachment& file, std::string_view text) {
    std::string safe;
    constexpr std::string_view end = "</file>";
    for (auto at = text.find(end); at != std::string_view::npos; at = text.find(end)) {
        safe += text.substr(0, at);
        safe += "< /file>";
        text.remove_prefix(at + end.size());
    }
    safe += text;
    return fmt::format("<file name=\"{}\">\n{}{}</file>\n\n", quoted_name(file.name), safe,
                       safe.ends_with('\n') ? "" : "\n");
}

}  // namespace

Status check_readable(const std::vector<Attachment>& attachments, std::string_view model,
                      const ModelCard& card) {
    for (std::size_t i = 0; i < attachments.size(); ++i) {
        const FileKind kind = attachments[i].kind;
        if (reads(card, kind)) continue;
        return fail(
            invalid_argument(fmt::format("{} reads no {}; give the bot a model that does, or leave {} out.",
                                         model, plural_of(kind), attachments[i].name),
                             fmt::format("attachments[{}]", i)));
    }
    return {};
}

Task<Status> read_files(AttachmentStore* store, RunInput* input, ModelCard card) {
    std::int64_t room = kMaxPromptBytes;
    std::size_t left = input->history.size();
    for (const Message* message = &input->message;;) {
        for (const Attachment& file : message->attachments) {
            if (!reads(card, file.kind) || file.size_bytes > room || input->files.contains(file.hash))
                continue;
            room -= file.size_bytes;
            BOT_CO_TRY(bytes, co_await store->content(file.hash));
            input->files.emplace(file.hash, std::move(bytes));
        }
        if (left == 0) break;
        message = &input->history[--left];
    }
    co_return Status{};
}

AttachedParts attached_parts(const RunInput& input, const Message& message) {
    AttachedParts parts;
    for (const Attachment& file : message.attachments) {
        const auto found = input.files.find(file.hash);
        if (found == input.files.end()) {
            parts.text += fmt::format("[The file {} is not shown.]\n\n", file.name);
        } else if (file.kind == FileKind::Text) {
            parts.text += text_block(file, *found->second);
        } else {
            const bool image = file.kind == FileKind::Image;
            parts.media.push_back({.kind = image ? MediaPart::Kind::Image : MediaPart::Kind::Document,
                                   .media_type = file.media_type,
                                   .name = file.name,
                                   .bytes = found->second});
        }
    }
    return parts;
}

}  // namespace boternity::core
