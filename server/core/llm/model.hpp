#pragma once

#include "core/llm/content.hpp"
#include "core/runs/run.hpp"

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
    bool documents = false;    ///< at least application/pdf
    bool json_schema = false;  ///< answers can be held to a schema
    bool reasoning = false;    ///< thinks before it answers, always or on request
    bool streaming = true;
    bool embeddings = false;  ///< turns texts into vectors (see Embedder) and cannot talk
    bool operator==(const ModelCard&) const = default;
};

/// A tool as it is offered to a model.
struct ToolOffer {
    std::string name{};
    std::string description{};
    std::string parameters{};  ///< a JSON Schema object as text
    bool operator==(const ToolOffer&) const = default;
};

/// Whether a model must call a tool. One that cannot be forced (see its provider) is asked as with Auto.
enum class ToolChoice { Auto, None, Required };

/// How much a model may think before it answers. Not set: as it likes.
enum class Effort { None, Low, Medium, High };

/// The form an answer must have.
struct AnswerSchema {
    std::string name{};    ///< 1 to 64 letters, digits, _ and -
    std::string schema{};  ///< a JSON Schema object as text
    bool operator==(const AnswerSchema&) const = default;
};

/// Everything a model is asked in one call: a pure function of journaled inputs.
struct ModelRequest {
    std::string model{};  ///< without its provider
    std::vector<PromptMessage> messages{};
    std::vector<ToolOffer> tools{};
    ToolChoice tool_choice = ToolChoice::Auto;
    std::string only_tool{};     ///< with Required: this one; empty for any
    bool parallel_calls = true;  ///< whether one answer may hold several calls
    std::optional<AnswerSchema> schema{};
    std::optional<Effort> effort{};
    std::optional<double> temperature{};
    int max_output_tokens = 1024;
    std::vector<std::string> stop{};
    /// Names the conversation, so that a provider may keep what it computed of its beginning. Not sent out.
    std::string cache_key{};
    bool operator==(const ModelRequest&) const = default;
};

/// A piece of what the model says. Only one that brings a state may be empty.
struct TextPiece {
    std::string text{};
    ProviderState state{};
    bool operator==(const TextPiece&) const = default;
};

/// A piece of the model's reasoning. Pieces with one index belong to one part; its state comes with the last.
struct ReasoningPiece {
    int index = 0;
    std::string text{};
    ProviderState state{};
    bool operator==(const ReasoningPiece&) const = default;
};

/// A piece of a tool call. Pieces with one index belong together; id, name and state come with the first.
struct ToolCallPiece {
    int index = 0;
    std::string id{};
    std::string name{};
    std::string arguments{};
    ProviderState state{};
    bool operator==(const ToolCallPiece&) const = default;
};

/// The end of a reply. A stream that ends without one has failed.
struct ReplyEnd {
    StopReason reason = StopReason::Stop;
    std::optional<Usage> usage{};  ///< not set when the provider reported none
    std::string why{};             ///< what the provider says of a refusal, in one line; may be empty
    bool operator==(const ReplyEnd&) const = default;
};

using ReplyPiece = std::variant<TextPiece, ReasoningPiece, ToolCallPiece, ReplyEnd>;

}  // namespace boternity::core
