#pragma once

#include "core/runs/run.hpp"
#include "core/sessions/session.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace boternity::core {

/// Facts about one model that do not change while the server runs.
struct ModelCard {
    std::string name{};         ///< without its provider
    int window_tokens = 0;      ///< input and output together
    int max_output_tokens = 0;  ///< of one answer
    /// Of an answer of a bot that sets no limit, at most max_output_tokens. Reasoning counts, hidden or not.
    int default_output_tokens = 1'024;
    bool counts_exactly = false;  ///< the provider's count_tokens is exact, not an estimate
    bool tools = false;
    bool images = false;
    bool json_schema = false;
    bool streaming = true;
    bool operator==(const ModelCard&) const = default;
};

/// A tool as it is offered to a model.
struct ToolOffer {
    std::string name{};
    std::string description{};
    std::string parameters{};  ///< a JSON Schema object as text
    bool operator==(const ToolOffer&) const = default;
};

/// A tool as a model called it.
struct ToolCall {
    std::string id{};
    std::string name{};
    std::string arguments{};  ///< JSON text, as the model wrote it
    bool operator==(const ToolCall&) const = default;
};

/// One entry of the conversation that a model is given.
struct PromptMessage {
    enum class Role { System, User, Assistant, Tool };
    Role role = Role::User;
    std::string text{};
    std::vector<ToolCall> calls{};  ///< assistant only
    std::string answers{};          ///< tool only: the call's id
    bool operator==(const PromptMessage&) const = default;
};

/// Everything a model is asked in one call: a pure function of journaled inputs.
struct ModelRequest {
    std::string model{};  ///< without its provider
    std::vector<PromptMessage> messages{};
    std::vector<ToolOffer> tools{};
    std::optional<double> temperature{};
    int max_output_tokens = 1024;
    std::vector<std::string> stop{};
    /// Names the conversation, so that a provider may keep what it computed of its beginning. Not sent out.
    std::string cache_key{};
    bool operator==(const ModelRequest&) const = default;
};

struct TextPiece {
    std::string text{};
    bool operator==(const TextPiece&) const = default;
};

/// A piece of a tool call. Pieces with one index belong together; id and name come with the first.
struct ToolCallPiece {
    int index = 0;
    std::string id{};
    std::string name{};
    std::string arguments{};
    bool operator==(const ToolCallPiece&) const = default;
};

/// The end of a reply. A stream that ends without one has failed.
struct ReplyEnd {
    StopReason reason = StopReason::Stop;
    std::optional<Usage> usage{};  ///< not set when the provider reported none
    bool operator==(const ReplyEnd&) const = default;
};

using ReplyPiece = std::variant<TextPiece, ToolCallPiece, ReplyEnd>;

}  // namespace boternity::core
