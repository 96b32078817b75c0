#include "infra/llm/llama_cpp/llama_log.hpp"

#include <llama.h>

#include <mutex>

namespace boternity::infra::llm {
namespace {

constexpr std::size_t kMaxLine = 2'000;

// The library's callback carries no call with it, so the thread says whose call it is.
thread_local LlamaLogScope* hearing = nullptr;

void on_llama_line(ggml_log_level level, const char* text, void* /*unused*/) {
    if (hearing != nullptr && text != nullptr) hearing->hear(level == GGML_LOG_LEVEL_ERROR, text);
}

void start_library() {
    static std::once_flag started;
    std::call_once(started, [] {
        llama_log_set(&on_llama_line, nullptr);
        llama_backend_init();
    });
}

}  // namespace

LlamaLogScope::LlamaLogScope(core::Log& log) : log_(log), outer_(hearing) {
    start_library();
    hearing = this;
}

LlamaLogScope::~LlamaLogScope() {
    hearing = outer_;
    flush();
}

void LlamaLogScope::hear(bool is_error, std::string_view text) {
    line_is_error_ = line_is_error_ || is_error;
    for (const char byte : text) {
        if (byte == '\n') {
            flush();
            line_is_error_ = is_error;
        } else if (line_.size() < kMaxLine) {
            line_ += byte;
        }
    }
}

void LlamaLogScope::flush() {
    if (line_.empty()) return;
    if (line_is_error_ && first_error_.empty()) first_error_ = line_;
    log_.write(core::LogLevel::Debug, "llama_cpp", {{"line", line_}});
    line_.clear();
}

}  // namespace boternity::infra::llm
