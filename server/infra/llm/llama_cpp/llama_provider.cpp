#include "infra/llm/llama_cpp/llama_provider.hpp"

#include "infra/llm/llama_cpp/engine.hpp"
#include "infra/llm/llama_cpp/llama_embedder.hpp"
#include "infra/llm/llama_cpp/llama_stream.hpp"
#include "infra/llm/llama_cpp/machine_room.hpp"
#include "infra/llm/llama_cpp/model_memory.hpp"
#include "infra/llm/llama_cpp/reply_job.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace asio = boost::asio;

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The call was cancelled."};
}

class LlamaProvider final : public LlamaModels {
public:
    LlamaProvider(LlamaOptions options, core::Pool& pool, core::Log& log)
        : pool_(pool), max_unread_(std::max<std::size_t>(options.max_unread_pieces, 1)) {
        if (options.threads <= 0) options.threads = default_llama_threads(machine_room().cores);
        if (options.memory_bytes == 0)
            options.memory_bytes = default_model_memory(machine_room().memory_bytes);
        const auto memory = std::make_shared<ModelMemory>(options.memory_bytes);
        const auto models = std::exchange(options.models, {});
        const auto embedders = std::exchange(options.embedders, {});
        make_engine_ = [options, memory, &pool, &log](LlamaModelFile file) {
            return std::make_shared<LlamaEngine>(std::move(file), options, memory, pool, log);
        };
        for (const auto& file : embedders) {
            embedders_.push_back(std::make_shared<LlamaEmbedder>(file, options, memory, pool, log));
        }
        for (const auto& file : models) engines_.push_back(make_engine_(file));
    }

    ~LlamaProvider() override {
        for (const auto& engine : engines_) engine->close();
    }

    Status add(LlamaModelFile file) override {
        const std::lock_guard lock(mutex_);
        const bool taken =
            embedder_of(file.name) != nullptr ||
            std::ranges::any_of(engines_, [&](const Engine& one) { return one->file().name == file.name; });
        if (taken)
            return fail(ErrorCode::AlreadyExists, "There is a local model of this name: " + file.name + ".");
        engines_.push_back(make_engine_(std::move(file)));
        return {};
    }

    bool remove(const std::string& name) override {
        Engine gone;
        {
            const std::lock_guard lock(mutex_);
            const auto found =
                std::ranges::find_if(engines_, [&](const Engine& one) { return one->file().name == name; });
            if (found == engines_.end()) return false;
            gone = std::move(*found);
            engines_.erase(found);
        }
        gone->close();
        return true;
    }

    std::vector<core::ModelCard> cards() const override {
        std::vector<core::ModelCard> cards;
        for (const auto& engine : engines()) {
            const auto& file = engine->file();
            cards.push_back({.name = file.name,
                             .window_tokens = file.window_tokens,
                             .max_output_tokens = std::min(file.max_output_tokens, file.window_tokens),
                             .counts_exactly = true,
                             .tools = true,
                             .json_schema = true});
        }
        for (const auto& embedder : embedders_) {
            cards.push_back({.name = embedder->file().name,
                             .window_tokens = embedder->file().max_tokens,
                             .counts_exactly = true,
                             .streaming = false,
                             .embeddings = true});
        }
        return cards;
    }

    core::Task<Result<core::ToldModels>> list(core::CallContext) override {
        core::ToldModels told;
        for (const auto& card : cards()) {
            if (card.embeddings) continue;
            told.models.push_back({.name = card.name,
                                   .window_tokens = card.window_tokens,
                                   .tools = card.tools,
                                   .json_schema = card.json_schema});
        }
        co_return told;
    }

    core::Task<Result<core::LocalModel>> find(std::string name, core::CallContext context) override {
        if (context.stop.stop_requested()) co_return fail(cancelled());
        if (auto embedder = embedder_of(name)) {
            auto telling = core::run_on(pool_, &embedder_facts_blocking, std::move(embedder));
            co_return co_await std::move(telling);
        }
        BOT_CO_TRY(engine, engine_of(name));
        auto reading = core::run_on(pool_, &facts_blocking, engine);
        co_return co_await std::move(reading);
    }

    core::Task<Result<std::vector<core::Embedding>>> embed(std::string model, std::vector<std::string> texts,
                                                           core::CallContext context) override {
        auto embedder = embedder_of(model);
        if (!embedder)
            co_return fail(not_found("There is no local model for embeddings of this name: " + model + "."));
        std::vector<core::Embedding> embeddings;
        embeddings.reserve(texts.size());
        // One text at a time: between two, answers have their turn on the pool, and a stop is heard.
        for (auto& text : texts) {
            if (context.stop.stop_requested()) co_return fail(cancelled());
            auto making = core::run_on(pool_, &embed_blocking, embedder, std::move(text), context.stop);
            BOT_CO_TRY(embedding, co_await std::move(making));
            embeddings.push_back(std::move(embedding));
        }
        co_return embeddings;
    }

    core::Task<Result<int>> count_tokens(core::ModelRequest request, core::CallContext context) override {
        BOT_CO_TRY(engine, engine_of(request.model));
        if (context.stop.stop_requested()) co_return fail(cancelled());
        auto counting = core::run_on(pool_, &count_blocking, engine, std::move(request));
        auto counted = co_await std::move(counting);
        if (context.stop.stop_requested()) co_return fail(cancelled());
        co_return counted;
    }

    core::Task<Result<std::unique_ptr<core::ReplyStream>>> open(core::ModelRequest request,
                                                                core::CallContext context) override {
        BOT_CO_TRY(engine, engine_of(request.model));
        if (context.stop.stop_requested()) co_return fail(cancelled());
        const core::Executor executor = co_await asio::this_coro::executor;
        auto job = std::make_shared<ReplyJob>(std::move(request), max_unread_);
        auto stream = std::make_unique<LlamaStream>(engine, job, std::move(context), executor);
        BOT_CO_CHECK(engine->add(std::move(job)));
        BOT_CO_CHECK(co_await stream->accepted());
        co_return std::unique_ptr<core::ReplyStream>(std::move(stream));
    }

private:
    using Engine = std::shared_ptr<LlamaEngine>;

    static Result<int> count_blocking(Engine engine, core::ModelRequest request) {
        return engine->count_tokens_blocking(request);
    }

    static Result<core::LocalModel> facts_blocking(Engine engine) { return engine->facts_blocking(); }

    static Result<core::Embedding> embed_blocking(std::shared_ptr<LlamaEmbedder> embedder, std::string text,
                                                  std::stop_token stop) {
        if (stop.stop_requested()) return fail(cancelled());
        return embedder->embed_blocking(text);
    }

    static Result<core::LocalModel> embedder_facts_blocking(std::shared_ptr<LlamaEmbedder> embedder) {
        return embedder->facts_blocking();
    }

    std::shared_ptr<LlamaEmbedder> embedder_of(const std::string& model) const {
        const auto found = std::ranges::find_if(
            embedders_, [&](const auto& embedder) { return embedder->file().name == model; });
        return found == embedders_.end() ? nullptr : *found;
    }

    std::vector<Engine> engines() const {
        const std::lock_guard lock(mutex_);
        return engines_;
    }

    Result<Engine> engine_of(const std::string& model) const {
        const std::lock_guard lock(mutex_);
        const auto found = std::ranges::find_if(
            engines_, [&](const Engine& engine) { return engine->file().name == model; });
        if (found == engines_.end()) {
            return fail(not_found("There is no local model of this name: " + model + "."));
        }
        return *found;
    }

    core::Pool& pool_;
    std::size_t max_unread_;
    std::function<Engine(LlamaModelFile)> make_engine_;
    std::vector<std::shared_ptr<LlamaEmbedder>> embedders_;  // not changed after construction
    mutable std::mutex mutex_;                               // of the models, held for a look
    std::vector<Engine> engines_;
};

}  // namespace

int default_llama_threads(unsigned cores) noexcept {
    return static_cast<int>(std::clamp(cores / 2, 1U, 8U));
}

std::uint64_t default_model_memory(std::uint64_t free_bytes) noexcept {
    constexpr std::uint64_t kUnknown = 2'000'000'000;
    return free_bytes == 0 ? kUnknown : free_bytes / 10 * 7;
}

std::shared_ptr<LlamaModels> make_llama_provider(LlamaOptions options, core::Pool& inference,
                                                 core::Log& log) {
    return std::make_shared<LlamaProvider>(std::move(options), inference, log);
}

}  // namespace boternity::infra::llm
