#pragma once

#include "types/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace boternity::infra::llm {

/// What a GGUF file says of itself. Texts are empty and numbers 0 where it says nothing.
struct ModelFacts {
    std::string architecture{};
    std::string title{};
    std::string license{};
    std::uint64_t file_bytes = 0;
    int trained_window = 0;                 ///< tokens
    std::uint64_t cache_bytes_a_token = 0;  ///< of one KV cache, at 16 bits a number
    bool has_chat_template = false;

    /// Careful estimate of what it takes in memory with one KV cache of so many tokens: the mapped file, its
    /// weights once more in the layout that is quick to compute with, buffers, the cache.
    std::uint64_t memory_bytes(int window_tokens) const noexcept {
        return file_bytes * 9 / 4 + cache_bytes_a_token * static_cast<std::uint64_t>(window_tokens);
    }
};

/// Reads the file's head, no weights. Unavailable, naming the file, when it is missing, unreadable or no
/// GGUF.
Result<ModelFacts> model_facts_blocking(const std::filesystem::path& path);

/// Says the common faults of a model's file in plain words, before llama.cpp says them in its own.
Status look_at_model_file(const std::filesystem::path& path);

/// Unavailable: what is wrong with the file and how it is fetched again.
std::unexpected<Error> broken_model_file(const std::filesystem::path& path, std::string_view why,
                                         std::string detail = {});

}  // namespace boternity::infra::llm
