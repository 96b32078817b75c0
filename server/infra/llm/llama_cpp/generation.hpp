#pragma once

#include "core/llm/model.hpp"
#include "core/ports/log.hpp"
#include "infra/llm/llama_cpp/handles.hpp"
#include "infra/llm/llama_cpp/kv_slots.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/model.hpp"
#include "infra/llm/llama_cpp/reply_text.hpp"
#include "infra/llm/llama_cpp/token_choice.hpp"
#include "infra/llm/llama_cpp/tool_text.hpp"
#include "types/result.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boternity::infra::llm {

/// The making of one answer, a step at a time. It knows all its tokens, so that it can go on in another KV
/// slot after its own was given away: what that lacks is computed again.
///
/// Threads  one at a time, that of the pool which runs the engine.
class Generation {
public:
    /// ContextTooLong when the prompt leaves no room for an answer; InvalidArgument for a schema or a tool
    /// that an answer cannot be held to.
    static Result<std::unique_ptr<Generation>> prepare(std::shared_ptr<const LlamaModel> model,
                                                       const core::ModelRequest& request,
                                                       const LlamaSampling& sampling);

    /// Takes a prompt that fits; `prepare` is the way in.
    Generation(std::shared_ptr<const LlamaModel> model, const core::ModelRequest& request,
               const LlamaSampling& sampling, std::vector<Token> prompt);

    const std::shared_ptr<const LlamaModel>& model() const noexcept { return model_; }

    /// To be called when it gets a slot, before the next step.
    void enter(KvSlot& slot);

    struct Step {
        bool read_prompt = false;  ///< part of the prompt was read and more of it is left
        std::vector<core::ReplyPiece> pieces{};
        std::optional<core::ReplyEnd> end{};
    };

    /// Reads up to `chunk` tokens of the prompt, or makes one token. Ends early with Cancelled, the slot
    /// unharmed, once `stop` is true. UpstreamFailed when llama.cpp fails.
    Result<Step> step_blocking(KvSlot& slot, TokenBatch& batch, int chunk, const std::atomic<bool>& stop,
                               core::Log& log);

    /// Whether its next step makes a token and reads nothing of the prompt: then it can be made together with
    /// those of others.
    bool speaks(const KvSlot& slot) const noexcept { return left(slot) == 1; }

    /// Tokens that are still to be computed before the next can be made.
    std::size_t left(const KvSlot& slot) const noexcept { return tokens_.size() - slot.held.size(); }

    /// Makes one token of each in one decode. All of them speak, in slots of one context; none is stopped
    /// while it lasts, which is a few milliseconds. UpstreamFailed is of all of them, and their slots are
    /// empty then.
    struct Speaker {
        Generation* generation = nullptr;
        KvSlot* slot = nullptr;
        Step step{};
    };
    static Status speak_together_blocking(std::vector<Speaker>& speakers, TokenBatch& batch, core::Log& log);

private:
    std::size_t next_chunk(const KvSlot& slot, int chunk) const;
    Step choose(const KvSlot& slot, int place);
    std::vector<core::ReplyPiece> read(std::string text);
    Step last(std::string text, core::StopReason reason);
    core::ReplyEnd end(core::StopReason reason) const;

    std::shared_ptr<const LlamaModel> model_;  // shared with the engine, which may unload it
    std::vector<Token> tokens_;                // the prompt and what was made so far
    int prompt_tokens_;
    int most_output_;
    std::optional<int> cached_{};
    TokenChoice choice_;
    ReplyText text_;
    std::optional<CallReader> calls_{};  // when tools may be called
};

}  // namespace boternity::infra::llm
