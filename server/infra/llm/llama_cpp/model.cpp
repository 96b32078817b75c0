#include "infra/llm/llama_cpp/model.hpp"

#include "infra/llm/llama_cpp/llama_log.hpp"
#include "infra/llm/llama_cpp/model_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::infra::llm {
Result<std::shared_ptr<const LlamaModel>> LlamaModel::load_blocking(const LlamaModelFile& file,
                                                                    core::Log& log) {
    BOT_CHECK(look_at_model_file(file.path));
    const LlamaLogScope heard(log);
    auto params = llama_model_default_params();
    params.load_mode = LLAMA_LOAD_MODE_MMAP;
    params.n_gpu_layers = 0;
    ModelHandle handle(llama_model_load_from_file(file.path.c_str(), params));
    if (!handle) return broken_model_file(file.path, "is cut short or damaged", heard.first_error());
    if (!llama_model_has_decoder(handle.get()) || llama_model_has_encoder(handle.get())) {
        return fail(ErrorCode::Unavailable,
                    fmt::format("The model file {} holds a model that cannot chat; name another file in the "
                                "configuration.",
                                file.path.string()));
    }
    const int trained = llama_model_n_ctx_train(handle.get());
    if (trained < file.window_tokens) {
        log.write(core::LogLevel::Warn, "llama_window_shortened",
                  {{"model", file.name},
                   {"configured", std::to_string(file.window_tokens)},
                   {"trained", std::to_string(trained)}});
    }
    return std::make_shared<const LlamaModel>(std::move(handle), std::min(trained, file.window_tokens));
}

Status LlamaModel::check_blocking(const std::filesystem::path& path, core::Log& log) {
    const LlamaLogScope heard(log);
    auto params = llama_model_default_params();
    params.load_mode = LLAMA_LOAD_MODE_MMAP;
    params.n_gpu_layers = 0;
    params.vocab_only = true;
    const ModelHandle handle(llama_model_load_from_file(path.c_str(), params));
    if (!handle) return broken_model_file(path, "cannot be run", heard.first_error());
    return {};
}

LlamaModel::LlamaModel(ModelHandle model, int window)
    : model_(std::move(model)), vocab_(llama_model_get_vocab(model_.get())), window_(window) {
    const char* own = llama_model_chat_template(model_.get(), nullptr);
    template_ = own == nullptr ? "chatml" : own;
    knows_tools_ = template_.find("tools") != std::string::npos;
    const llama_chat_message probe{"user", "x"};
    // A template that llama.cpp does not know: ChatML is what most models understand best.
    if (llama_chat_apply_template(template_.c_str(), &probe, 1, true, nullptr, 0) < 0) template_ = "chatml";
}

int LlamaModel::vocabulary_size() const noexcept {
    return llama_vocab_n_tokens(vocab_);
}

void LlamaModel::append_tokens(std::vector<Token>& tokens, std::string_view text, Markup markup) const {
    if (text.empty()) return;
    const auto before = tokens.size();
    const bool parse_special = markup == Markup::Template;
    const auto bytes = static_cast<int>(text.size());
    // Most text has a token for every three bytes or more; what needs more room says how much.
    tokens.resize(before + text.size() / 3 + 16);
    auto room = static_cast<int>(tokens.size() - before);
    int made = llama_tokenize(vocab_, text.data(), bytes, tokens.data() + before, room, false, parse_special);
    if (made < 0) {
        tokens.resize(before + static_cast<std::size_t>(-made));
        made =
            llama_tokenize(vocab_, text.data(), bytes, tokens.data() + before, -made, false, parse_special);
    }
    tokens.resize(before + static_cast<std::size_t>(std::max(made, 0)));
}

std::string LlamaModel::bytes_of(Token token) const {
    std::string bytes(64, '\0');
    int size = llama_token_to_piece(vocab_, token, bytes.data(), static_cast<int>(bytes.size()), 0, false);
    if (size < 0) {
        bytes.resize(static_cast<std::size_t>(-size));
        size = llama_token_to_piece(vocab_, token, bytes.data(), -size, 0, false);
    }
    bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
    return bytes;
}

bool LlamaModel::ends_answer(Token token) const {
    return llama_vocab_is_eog(vocab_, token) || llama_vocab_is_control(vocab_, token);
}

}  // namespace boternity::infra::llm
