#pragma once

#include "core/ports/log.hpp"
#include "infra/llm/llama_cpp/handles.hpp"
#include "infra/llm/llama_cpp/model.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {

class ReplyJob;

/// One KV cache and what it holds: a sequence of a context that the slots of a model share, so that one
/// decode can go on with several of them.
struct KvSlot {
    llama_context* context = nullptr;  ///< of KvSlots, which owns it
    llama_seq_id sequence = 0;
    std::vector<Token> held{};    ///< the token at each position that was computed
    std::string key{};            ///< the cache key of who used it last
    std::uint64_t last_used = 0;  ///< counts uses, not time
    std::shared_ptr<ReplyJob>
        user{};  ///< the reply that computes in it; shared with the engine and the stream

    /// Keeps of what it holds the beginning that `tokens` share, at most all but the last two of them.
    /// Returns how many were kept.
    std::size_t keep_common(const std::vector<Token>& tokens);

    /// Forgets everything from this position on.
    void cut(std::size_t position);

    /// The tokens of one decode that goes on with this alone: `count` of them from `first` on.
    void fill(TokenBatch& batch, const Token* first, std::size_t count) const;
};

/// The KV caches of one model: at most so many, the least recently used given up first. The first has a
/// context for itself, as most servers never need more; the second brings one for all, in which the first
/// begins anew.
///
/// Threads  one at a time, that of the pool which runs the engine.
class KvSlots {
public:
    struct Shape {
        int most = 4;
        int threads = 1;
        int chunk = 128;
    };
    /// Makes a context of so many sequences; null when there is no memory for it.
    using MakeContext = std::function<ContextHandle(const LlamaModel&, const Shape&, int sequences)>;

    explicit KvSlots(Shape shape, MakeContext make_context = &make_llama_context)
        : shape_(shape), make_context_(std::move(make_context)), most_(shape.most) {}
    ~KvSlots() { clear(); }
    KvSlots(const KvSlots&) = delete;
    KvSlots& operator=(const KvSlots&) = delete;

    /// The one in which `job` computes, or nullptr.
    KvSlot* of(const ReplyJob& job) noexcept;

    /// How many `take` would find: free, not made yet, or in the hands of a reply that stands still.
    std::size_t available() const;

    /// Gives `job` the slot that last had its key, else a new one, else the least recently used that is free
    /// or whose reply stands still; nullptr when there is none. Unavailable when there is no memory for any.
    /// After one could not be made no more than there are is tried, until `clear`.
    Result<KvSlot*> take(std::shared_ptr<ReplyJob> job, std::shared_ptr<const LlamaModel> model,
                         core::Log& log);

    /// The reply is over; what the slot holds stays for the session's next.
    void release(const ReplyJob& job) noexcept;

    void clear() noexcept;

private:
    static ContextHandle make_llama_context(const LlamaModel& model, const Shape& shape, int sequences);
    std::size_t unmade() const noexcept {
        const auto most = static_cast<std::size_t>(most_);
        return most > slots_.size() ? most - slots_.size() : 0;
    }
    Result<KvSlot*> make(std::shared_ptr<const LlamaModel> model, core::Log& log);
    Status grow(std::shared_ptr<const LlamaModel> model, int sequences, core::Log& log);
    KvSlot* least_recently_used();

    Shape shape_;
    MakeContext make_context_;
    int most_;  ///< as many as memory was found for
    std::uint64_t uses_ = 0;
    std::shared_ptr<const LlamaModel> model_;  // shared with the engine; outlives the context made of it
    ContextHandle context_;
    int sequences_ = 0;  // of the context
    std::vector<std::unique_ptr<KvSlot>> slots_;
};

}  // namespace boternity::infra::llm
