#pragma once

#include "core/ports/log.hpp"

#include <string>
#include <string_view>

namespace boternity::infra::llm {

/// Takes what llama.cpp says on this thread while it lives: every line goes to the log at debug level, and
/// the first error is kept for the detail of our own: what follows it only says that it failed. Without one
/// llama.cpp is silent; nothing reaches stderr.
///
/// Made around each call that may speak. The library has one callback for the whole process; a scope per
/// thread is how two providers with two logs can still tell whose line it is.
class LlamaLogScope {
public:
    explicit LlamaLogScope(core::Log& log);
    ~LlamaLogScope();
    LlamaLogScope(const LlamaLogScope&) = delete;
    LlamaLogScope& operator=(const LlamaLogScope&) = delete;

    const std::string& first_error() const noexcept { return first_error_; }

    /// What the library's callback hands over: parts of lines.
    void hear(bool is_error, std::string_view text);

private:
    void flush();

    core::Log& log_;
    LlamaLogScope* outer_;
    std::string line_;
    bool line_is_error_ = false;
    std::string first_error_;
};

}  // namespace boternity::infra::llm
