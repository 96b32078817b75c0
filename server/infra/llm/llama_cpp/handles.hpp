#pragma once

#include <llama.h>

#include <cstddef>
#include <memory>

namespace boternity::infra::llm {

template <auto Free>
struct FreedBy {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};

/// Owns what a C library made.
template <class T, auto Free>
using CHandle = std::unique_ptr<T, FreedBy<Free>>;

using ModelHandle = CHandle<llama_model, &llama_model_free>;
using ContextHandle = CHandle<llama_context, &llama_free>;
using SamplerHandle = CHandle<llama_sampler, &llama_sampler_free>;

using Token = llama_token;

/// Tokens for one decode, each of a sequence at a position. Threads: one.
class TokenBatch {
public:
    explicit TokenBatch(int most) : batch_(llama_batch_init(most, 0, 1)) {}
    ~TokenBatch() { llama_batch_free(batch_); }
    TokenBatch(const TokenBatch&) = delete;
    TokenBatch& operator=(const TokenBatch&) = delete;

    void clear() noexcept { batch_.n_tokens = 0; }

    /// `answers`: whether what comes after it is wanted; then it is the result at index `size() - 1`.
    void add(Token token, std::size_t position, llama_seq_id sequence, bool answers) noexcept {
        const int at = batch_.n_tokens++;
        batch_.token[at] = token;
        batch_.pos[at] = static_cast<llama_pos>(position);
        batch_.n_seq_id[at] = 1;
        batch_.seq_id[at][0] = sequence;
        batch_.logits[at] = answers ? 1 : 0;
    }

    int size() const noexcept { return batch_.n_tokens; }
    const llama_batch& tokens() const noexcept { return batch_; }

private:
    llama_batch batch_;
};

}  // namespace boternity::infra::llm
