#pragma once

#include "core/llm/model.hpp"
#include "core/ports/local_models.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/llama_cpp/kv_slots.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/model.hpp"
#include "infra/llm/llama_cpp/model_memory.hpp"
#include "infra/llm/llama_cpp/reply_job.hpp"
#include "types/result.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace boternity::infra::llm {

/// One local model at work: loads it when it is first needed, works on its replies in slices on one thread of
/// the pool, and unloads it when nobody has used it for a while.
///
/// In a slice all replies that speak make their next tokens together, one decode for a token of each, and one
/// that reads its prompt reads a piece of it. Between two slices it goes to the back of the pool's queue, so
/// that other work on the pool (counting tokens, another model) waits for one slice at the most.
///
/// Lifetime  shared by the provider, the streams and the slice that runs.
/// Threads   any.
class LlamaEngine final : public Unloadable, public std::enable_shared_from_this<LlamaEngine> {
public:
    LlamaEngine(LlamaModelFile file, const LlamaOptions& options, std::shared_ptr<ModelMemory> memory,
                core::Pool& pool, core::Log& log);

    const LlamaModelFile& file() const noexcept { return file_; }

    /// Takes the job into the row. Unavailable when the row is full.
    Status add(std::shared_ptr<ReplyJob> job);

    /// Its reader has made room again.
    void resume(std::shared_ptr<ReplyJob> job);

    /// Ends it for its reader at once, and frees what it holds soon.
    void cut(const std::shared_ptr<ReplyJob>& job, Error why);

    /// Loads the model when it must.
    Result<int> count_tokens_blocking(const core::ModelRequest& request);

    bool unload_if_idle_blocking() override;

    /// Reads the head of its file.
    Result<core::LocalModel> facts_blocking() const;

    /// The provider is gone: unload as soon as no reply is left.
    void close();

private:
    enum class Turn { More, Over };

    Result<std::shared_ptr<const LlamaModel>> model_blocking();
    void work_blocking();
    using Jobs = std::vector<std::shared_ptr<ReplyJob>>;
    struct Member;

    Jobs pick();
    void serve_blocking(Jobs jobs);
    Turn prepare_blocking(ReplyJob& job);
    void slice_blocking(Jobs jobs);
    std::vector<Member> seat_blocking(Jobs jobs);
    void speak_blocking(std::vector<Member>& members);
    void read_some_blocking(std::vector<Member>& members);
    void read_blocking(Member& member);
    void put_back(std::shared_ptr<ReplyJob> job, Turn turn);
    void unload_blocking();

    // With the mutex held:
    void ensure_working();
    void watch_idleness();

    const LlamaModelFile file_;
    const LlamaOptions options_;
    const std::shared_ptr<ModelMemory> memory_;  // shared with the other engines
    core::Pool& pool_;
    core::Log& log_;

    std::mutex loading_;  // held over a load, by pool threads only
    KvSlots slots_;       // the working thread's
    TokenBatch batch_;    // as well

    mutable std::mutex mutex_;                 // of the fields below, held for a few moves
    std::shared_ptr<const LlamaModel> model_;  // shared with slots, generations and a count in progress
    std::deque<std::shared_ptr<ReplyJob>> ready_;
    std::size_t live_ = 0;  ///< jobs that are not over, those that stand still included
    bool working_ = false;  ///< a slice runs or is posted
    bool unload_ = false;   ///< wanted as soon as nothing is live
    bool closed_ = false;
    std::uint64_t uses_ = 0;
    std::optional<core::asio::steady_timer> idle_;
};

}  // namespace boternity::infra::llm
