#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace boternity::core {

/// A model that runs in this process, as its file and the machine tell it. What the file does not say is
/// empty or 0.
struct LocalModel {
    std::string name{};  ///< without its provider
    std::string path{};  ///< of its file, on the server's machine
    std::uint64_t file_bytes = 0;
    std::string title{};
    std::string architecture{};
    std::string license{};
    int window_tokens = 0;  ///< as it is used; input and output together
    int trained_window_tokens = 0;
    bool has_chat_template = false;
    bool loaded = false;
    std::uint64_t memory_bytes = 0;        ///< that it is taken to need, loaded or not
    std::uint64_t memory_limit_bytes = 0;  ///< of all local models together
    std::uint64_t memory_used_bytes = 0;   ///< by all local models now
    int threads = 0;                       ///< of one decode
    bool embeddings = false;               ///< turns texts into vectors and cannot talk
    std::string sha256{};                  ///< of its file, 64 hex digits
    std::string source{};                  ///< where it was added from; empty when nobody added it here
    std::optional<Timestamp> added_at{};
    bool operator==(const LocalModel&) const = default;
};

/// The models that run in this process.
///
/// Threads  any strand; files are read elsewhere.
/// Errors   NotFound (no such model), Unavailable (its file is missing or broken).
class LocalModels {
public:
    virtual ~LocalModels() = default;

    virtual Task<Result<LocalModel>> find(std::string name, CallContext context) = 0;
};

}  // namespace boternity::core
