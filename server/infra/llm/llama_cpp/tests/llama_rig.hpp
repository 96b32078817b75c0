#pragma once

#include "core/ports/llm_provider.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/tests/model_path.hpp"
#include "testing/captured_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {

inline constexpr auto kPatience = std::chrono::seconds(60);

inline LlamaOptions smol_options() {
    LlamaOptions options;
    options.threads = 1;  // tests run beside each other
    options.models = {{.name = "smollm2-135m", .path = testing::local_model(), .window_tokens = 1024}};
    return options;
}

inline core::ModelRequest ask(std::string text, std::string cache_key = {}) {
    core::ModelRequest request{.model = "smollm2-135m", .temperature = 0.0, .max_output_tokens = 32};
    request.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::User, std::move(text)));
    request.cache_key = std::move(cache_key);
    return request;
}

/// What a reader got.
struct Heard {
    std::vector<std::string> pieces{};
    std::vector<core::ToolCallPiece> calls{};
    std::optional<core::ReplyEnd> end{};
    std::optional<Error> error{};

    std::string text() const {
        std::string all;
        for (const auto& piece : pieces) all += piece;
        return all;
    }
    std::string outcome() const {
        return error ? std::string(code_name(error->code)) : end ? "end" : "nothing";
    }
    core::Usage usage() const { return end && end->usage ? *end->usage : core::Usage{}; }
};

using OnPiece = std::function<void(const Heard&)>;

inline core::Task<Heard> drain(std::unique_ptr<core::ReplyStream> stream, OnPiece on_piece) {
    Heard heard;
    while (!heard.end && !heard.error) {
        auto piece = co_await stream->next();
        if (!piece) {
            heard.error = std::move(piece).error();
        } else if (auto* end = std::get_if<core::ReplyEnd>(&*piece)) {
            heard.end = *end;
        } else if (auto* text = std::get_if<core::TextPiece>(&*piece)) {
            heard.pieces.push_back(std::move(text->text));
            if (on_piece) on_piece(heard);
        } else if (auto* call = std::get_if<core::ToolCallPiece>(&*piece)) {
            heard.calls.push_back(std::move(*call));
        }
    }
    co_return heard;
}

inline core::Task<Heard> listen(core::LlmProvider* provider, core::ModelRequest request,
                                core::CallContext context, OnPiece on_piece) {
    auto opening = provider->open(std::move(request), std::move(context));
    auto stream = co_await std::move(opening);
    if (!stream) co_return Heard{.error = std::move(stream).error()};
    auto draining = drain(std::move(*stream), std::move(on_piece));
    co_return co_await std::move(draining);
}

/// The real model in a provider, a pool of one thread to run it, and readers on two threads.
class LlamaRig {
public:
    explicit LlamaRig(LlamaOptions options = smol_options()) {
        if (options.timers) options.timers = readers_.get_executor();
        provider_ = make_llama_provider(std::move(options), inference_, log_);
    }
    ~LlamaRig() {
        provider_.reset();
        inference_.join();
        readers_.join();
    }

    std::future<Heard> start(core::ModelRequest request, core::CallContext context = {},
                             OnPiece on_piece = {}) {
        return core::asio::co_spawn(
            core::asio::make_strand(readers_),
            listen(provider_.get(), std::move(request), std::move(context), std::move(on_piece)),
            core::asio::use_future);
    }

    Heard tell(core::ModelRequest request, core::CallContext context = {}) {
        auto reply = start(std::move(request), std::move(context));
        return await(reply);
    }

    static Heard await(std::future<Heard>& reply) {
        if (reply.wait_for(kPatience) == std::future_status::ready) return reply.get();
        ADD_FAILURE() << "no end in time";
        std::abort();  // the coroutine still uses the rig
    }

    Result<std::unique_ptr<core::ReplyStream>> open(core::ModelRequest request,
                                                    core::CallContext context = {}) {
        return core::asio::co_spawn(readers_, provider_->open(std::move(request), std::move(context)),
                                    core::asio::use_future)
            .get();
    }

    Result<core::ReplyPiece> next(core::ReplyStream& stream) {
        return core::asio::co_spawn(readers_, stream.next(), core::asio::use_future).get();
    }

    Heard read_on(std::unique_ptr<core::ReplyStream> stream) {
        auto reply = core::asio::co_spawn(core::asio::make_strand(readers_), drain(std::move(stream), {}),
                                          core::asio::use_future);
        return await(reply);
    }

    std::future<Result<int>> count(core::ModelRequest request) {
        return core::asio::co_spawn(readers_, provider_->count_tokens(std::move(request), {}),
                                    core::asio::use_future);
    }

    /// A deadline so far from now, by the timers' own clock.
    Deadline in(std::chrono::milliseconds wait) {
        return {core::asio::steady_timer(readers_, wait).expiry()};
    }

    /// Looks every few milliseconds until it is so; false after the patience of a test.
    bool eventually(const std::function<bool()>& so) {
        for (std::chrono::milliseconds waited{0}; waited < kPatience;
             waited += std::chrono::milliseconds(5)) {
            if (so()) return true;
            core::asio::steady_timer timer(readers_, std::chrono::milliseconds(5));
            timer.async_wait(core::asio::use_future).get();
        }
        return so();
    }

    core::LlmProvider& provider() { return *provider_; }
    testing::CapturedLog& log() { return log_; }
    core::asio::thread_pool& readers() { return readers_; }

private:
    core::asio::thread_pool readers_{2};
    core::Pool inference_{"inference", 1, 64};
    testing::CapturedLog log_;
    std::shared_ptr<core::LlmProvider> provider_;
};

}  // namespace boternity::infra::llm
