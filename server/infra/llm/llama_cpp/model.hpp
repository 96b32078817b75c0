#pragma once

#include "core/llm/model.hpp"
#include "core/ports/log.hpp"
#include "infra/llm/llama_cpp/handles.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "types/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::llm {

/// A loaded model: weights (mapped from the file), vocabulary and chat template.
///
/// Threads  any; nothing of it changes after loading.
class LlamaModel {
public:
    /// Unavailable, with a sentence that names the file, when it is missing, cut short or not a GGUF.
    static Result<std::shared_ptr<const LlamaModel>> load_blocking(const LlamaModelFile& file,
                                                                   core::Log& log);

    /// Whether llama.cpp knows the model and its vocabulary, without its weights. Unavailable.
    static Status check_blocking(const std::filesystem::path& path, core::Log& log);

    /// Takes a model that is loaded; `load_blocking` is the way in.
    LlamaModel(ModelHandle model, int window);

    /// Whether control tokens that stand in the text are read as such. Never for what a person or a model
    /// wrote.
    enum class Markup { Template, Plain };
    void append_tokens(std::vector<Token>& tokens, std::string_view text, Markup markup) const;

    /// The messages in the model's own template, ready for its answer. What looks like a control token inside
    /// a message is plain text to the model. InvalidArgument without messages.
    Result<std::vector<Token>> prompt_tokens(const std::vector<core::PromptMessage>& messages) const;

    /// The bytes of a token: perhaps a part of a character, nothing for a control token.
    std::string bytes_of(Token token) const;

    /// The model is done, or begins markup that is not text (as if a next message).
    bool ends_answer(Token token) const;

    /// Its template speaks of tools: it was taught to call them.
    bool knows_tools() const noexcept { return knows_tools_; }

    int window_tokens() const noexcept { return window_; }
    int vocabulary_size() const noexcept;
    const llama_vocab* vocabulary() const noexcept { return vocab_; }
    llama_model* handle() const noexcept { return model_.get(); }

private:
    std::string render(const std::vector<core::PromptMessage>& messages) const;

    ModelHandle model_;
    const llama_vocab* vocab_;
    int window_;
    std::string template_;
    bool knows_tools_ = false;
};

}  // namespace boternity::infra::llm
