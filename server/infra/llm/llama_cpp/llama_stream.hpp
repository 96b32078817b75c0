#pragma once

#include "core/ports/llm_provider.hpp"
#include "core/runtime/context.hpp"
#include "infra/llm/llama_cpp/engine.hpp"
#include "infra/llm/llama_cpp/reply_job.hpp"

#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <stop_token>

namespace boternity::infra::llm {

/// Hands a reply to its reader, and the reader's stop, deadline and departure to the engine.
class LlamaStream final : public core::ReplyStream {
public:
    LlamaStream(std::shared_ptr<LlamaEngine> engine, std::shared_ptr<ReplyJob> job, core::CallContext context,
                core::Executor executor);
    ~LlamaStream() override;
    LlamaStream(const LlamaStream&) = delete;
    LlamaStream& operator=(const LlamaStream&) = delete;

    /// Waits until the prompt was accepted or refused.
    core::Task<Status> accepted();

    core::Task<Result<core::ReplyPiece>> next() override;

private:
    struct OnStop {
        std::shared_ptr<LlamaEngine> engine;
        std::shared_ptr<ReplyJob> job;
        void operator()() const;
    };
    // Holds at most one wake-up, which none can miss: the reader looks before it waits.
    using Wakes = core::asio::experimental::concurrent_channel<void(boost::system::error_code)>;

    core::Task<Status> woken();

    std::shared_ptr<LlamaEngine> engine_;  // shared with the provider and the other streams
    std::shared_ptr<ReplyJob> job_;        // shared with the engine
    Wakes wakes_;
    core::asio::steady_timer deadline_;
    std::optional<std::stop_callback<OnStop>> on_stop_;
};

}  // namespace boternity::infra::llm
