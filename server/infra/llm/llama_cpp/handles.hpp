#pragma once

#include <llama.h>

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

}  // namespace boternity::infra::llm
