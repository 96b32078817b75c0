#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What models read and write: the parts of a message.
namespace boternity::core {

/// What a provider wants back unchanged with the part it came with, e.g. the signature of its reasoning.
/// Opaque: only the format that wrote it reads it, and to every other it is as if it were not there.
struct ProviderState {
    std::string format{};  ///< empty when there is none
    std::string data{};
    bool operator==(const ProviderState&) const = default;
};

struct TextPart {
    std::string text{};
    ProviderState state{};
    bool operator==(const TextPart&) const = default;
};

/// An image or a document. Its bytes are shared: a prompt is composed many times and copied on its way.
struct MediaPart {
    enum class Kind { Image, Document };
    Kind kind = Kind::Image;
    std::string media_type{};  ///< RFC 6838, e.g. "image/png"
    std::string name{};        ///< of the file; may be empty
    std::shared_ptr<const std::string> bytes{};

    std::string_view data() const noexcept { return bytes ? std::string_view(*bytes) : std::string_view{}; }
    bool operator==(const MediaPart& other) const noexcept {
        return kind == other.kind && media_type == other.media_type && name == other.name &&
               data() == other.data();
    }
};

/// What a model thought before it said or did something. Never shown to another model.
struct ReasoningPart {
    std::string text{};  ///< may be a summary or empty: some providers hide it
    ProviderState state{};
    bool operator==(const ReasoningPart&) const = default;
};

/// A tool as a model called it.
struct ToolCall {
    std::string id{};
    std::string name{};
    std::string arguments{};  ///< JSON text, as the model wrote it
    ProviderState state{};
    bool operator==(const ToolCall&) const = default;
};

/// What a tool answered.
struct ToolResult {
    std::string call{};  ///< the call's id
    std::string name{};  ///< the tool's
    std::string text{};
    bool failed = false;
    bool operator==(const ToolResult&) const = default;
};

using MessagePart = std::variant<TextPart, MediaPart, ReasoningPart, ToolCall, ToolResult>;

/// One entry of the conversation that a model is given. Parts stand in the order in which they were said.
struct PromptMessage {
    enum class Role {
        System,     ///< TextPart only
        User,       ///< TextPart and MediaPart
        Assistant,  ///< TextPart, ReasoningPart and ToolCall
        Tool        ///< ToolResult only: one for each call of the message before
    };
    Role role = Role::User;
    std::vector<MessagePart> parts{};

    static PromptMessage of(Role role, std::string text) {
        PromptMessage message{.role = role};
        if (!text.empty()) message.parts.emplace_back(TextPart{.text = std::move(text)});
        return message;
    }

    /// All its texts joined.
    std::string text() const;
    bool empty() const noexcept { return parts.empty(); }
    bool operator==(const PromptMessage&) const = default;
};

/// The parts of one kind, in their order. The pointers live as long as `message` is not changed.
template <class Part>
std::vector<const Part*> parts_of(const PromptMessage& message) {
    std::vector<const Part*> found;
    for (const auto& part : message.parts) {
        if (const auto* wanted = std::get_if<Part>(&part)) found.push_back(wanted);
    }
    return found;
}

}  // namespace boternity::core
