#include "infra/llm/llama_cpp/llama_embedder.hpp"

#include "infra/llm/llama_cpp/llama_log.hpp"
#include "infra/llm/llama_cpp/model_facts.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace boternity::infra::llm {
namespace {

std::vector<Token> tokens_of(const llama_vocab* vocab, const std::string& text) {
    const auto bytes = static_cast<int>(text.size());
    std::vector<Token> tokens(text.size() / 3 + 16);
    // What looks like a control token in the text is plain text; the two that frame it are the model's own.
    int made = llama_tokenize(vocab, text.data(), bytes, tokens.data(), static_cast<int>(tokens.size()), true,
                              false);
    if (made < 0) {
        tokens.resize(static_cast<std::size_t>(-made));
        made = llama_tokenize(vocab, text.data(), bytes, tokens.data(), -made, true, false);
    }
    tokens.resize(static_cast<std::size_t>(std::max(made, 0)));
    return tokens;
}

}  // namespace

LlamaEmbedder::LlamaEmbedder(LlamaEmbedderFile file, const LlamaOptions& options,
                             std::shared_ptr<ModelMemory> memory, core::Pool& pool, core::Log& log)
    : file_(std::move(file)), options_(options), memory_(std::move(memory)), pool_(pool), log_(log) {}

Result<core::Embedding> LlamaEmbedder::embed_blocking(const std::string& text) {
    const std::lock_guard lock(mutex_);
    BOT_CHECK(load_blocking());
    ++uses_;
    watch_idleness();
    const auto* vocab = llama_model_get_vocab(model_.get());
    auto tokens = tokens_of(vocab, text);
    core::Embedding embedding;
    if (const auto most = static_cast<std::size_t>(most_tokens_); tokens.size() > most) {
        embedding.truncated = true;
        const Token end = tokens.back();
        tokens.resize(most);
        tokens.back() = end;
    }
    embedding.tokens = static_cast<int>(tokens.size());
    BOT_TRY(vector, compute_blocking(tokens));
    embedding.vector = std::move(vector);
    return embedding;
}

Status LlamaEmbedder::load_blocking() {
    if (context_) {
        memory_->touch(file_.name);
        return {};
    }
    BOT_TRY(facts, model_facts_blocking(file_.path));
    BOT_CHECK(memory_->take_blocking(file_.name, facts.memory_bytes(0), weak_from_this()));
    const LlamaLogScope heard(log_);
    auto model_params = llama_model_default_params();
    model_params.load_mode = LLAMA_LOAD_MODE_MMAP;
    model_params.n_gpu_layers = 0;
    ModelHandle model(llama_model_load_from_file(file_.path.c_str(), model_params));
    if (!model) {
        memory_->give_back(file_.name);
        return broken_model_file(file_.path, "is cut short or damaged", heard.first_error());
    }
    most_tokens_ = std::min(file_.max_tokens, llama_model_n_ctx_train(model.get()));
    auto params = llama_context_default_params();
    params.embeddings = true;
    // A text is seen whole: its words look at those behind them, too.
    params.n_ctx = params.n_batch = params.n_ubatch = static_cast<std::uint32_t>(most_tokens_);
    params.n_threads = params.n_threads_batch = options_.threads;
    params.pooling_type = LLAMA_POOLING_TYPE_MEAN;
    params.no_perf = true;
    context_.reset(llama_init_from_model(model.get(), params));
    if (!context_) {
        memory_->give_back(file_.name);
        return fail(ErrorCode::Unavailable,
                    fmt::format("There is not enough memory for {}; close other programs.", file_.name),
                    heard.first_error());
    }
    model_ = std::move(model);
    loaded_.store(true);
    log_.write(core::LogLevel::Info, "llama_model_loaded", {{"model", file_.name}});
    return {};
}

Result<std::vector<float>> LlamaEmbedder::compute_blocking(std::vector<Token>& tokens) {
    const LlamaLogScope heard(log_);
    const auto batch = llama_batch_get_one(tokens.data(), static_cast<int>(tokens.size()));
    const int failed = llama_encode(context_.get(), batch);
    const float* made = failed != 0 ? nullptr : llama_get_embeddings_seq(context_.get(), 0);
    if (made == nullptr) {
        return fail(internal_error(
            fmt::format("llama.cpp: {} made no vector ({}): {}", file_.name, failed, heard.first_error())));
    }
    std::vector<float> vector(made, made + llama_model_n_embd(model_.get()));
    const double square = std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0);
    if (square > 0) {
        const auto scale = static_cast<float>(1 / std::sqrt(square));
        for (float& number : vector) number *= scale;
    }
    return vector;
}

bool LlamaEmbedder::unload_if_idle_blocking() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    if (context_) log_.write(core::LogLevel::Info, "llama_model_unloaded", {{"model", file_.name}});
    context_.reset();
    model_.reset();
    loaded_.store(false);
    memory_->give_back(file_.name);
    return true;
}

Result<core::LocalModel> LlamaEmbedder::facts_blocking() const {
    BOT_TRY(facts, model_facts_blocking(file_.path));
    return core::LocalModel{.name = file_.name,
                            .path = file_.path.string(),
                            .file_bytes = facts.file_bytes,
                            .title = facts.title,
                            .architecture = facts.architecture,
                            .license = facts.license,
                            .window_tokens = std::min(file_.max_tokens, facts.trained_window),
                            .trained_window_tokens = facts.trained_window,
                            .has_chat_template = facts.has_chat_template,
                            .loaded = loaded_.load(),
                            .memory_bytes = facts.memory_bytes(0),
                            .memory_limit_bytes = memory_->limit_bytes(),
                            .memory_used_bytes = memory_->used_bytes(),
                            .threads = options_.threads,
                            .embeddings = true};
}

void LlamaEmbedder::watch_idleness() {
    if (!options_.timers) return;
    idle_.emplace(*options_.timers, options_.idle_unload);
    // Weak: a model that waits to be unloaded must not live longer for it.
    idle_->async_wait([weak = weak_from_this(), uses = uses_](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self) return;
        core::asio::post(self->pool_.executor(), [self, uses] {
            {
                const std::lock_guard lock(self->mutex_);
                if (self->uses_ != uses) return;
            }
            self->unload_if_idle_blocking();
        });
    });
}

}  // namespace boternity::infra::llm
