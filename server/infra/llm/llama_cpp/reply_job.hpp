#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/llama_cpp/generation.hpp"
#include "types/error.hpp"
#include "types/result.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace boternity::infra::llm {

/// One reply between its reader and the engine: a bounded queue of pieces, and the wish to stop.
///
/// Holds nothing of Asio's, because it may outlive the reader's executor by a moment.
/// Threads  reader and engine at once; `generation` is the engine's alone.
class ReplyJob {
public:
    ReplyJob(core::ModelRequest request, std::size_t max_unread)
        : request_(std::move(request)), max_unread_(max_unread) {}

    const core::ModelRequest& request() const noexcept { return request_; }

    // --- the reader's side ---

    /// `wake` is called, from any thread, whenever there may be something new. Empty: the reader is gone.
    void listen(std::function<void()> wake);

    struct Taken {
        std::optional<Result<core::ReplyPiece>> piece{};
        bool resume = false;  ///< the reply stood still and there is room again: tell the engine
    };
    Taken take();

    /// Whether the prompt was accepted, once that is known; takes the error if not.
    std::optional<Status> accepted();

    /// Ends the reply for its reader and asks the engine to drop it. True when it stood still, so that the
    /// engine must be told.
    [[nodiscard]] bool cut(Error why);

    // --- the engine's side ---

    const std::atomic<bool>& cut_flag() const noexcept { return cut_; }
    bool parked() const;
    /// True, and the job stands still until `take` or `cut` says otherwise, when its reader is too far
    /// behind.
    bool park_if_full();
    bool full() const;
    void accept();
    void push(core::ReplyPiece piece);
    void fail_with(Error error);

    std::unique_ptr<Generation> generation{};

private:
    bool unpark();
    void wake();

    const core::ModelRequest request_;
    const std::size_t max_unread_;
    std::atomic<bool> cut_{false};
    mutable std::mutex mutex_;  // of the fields below, held for a few moves
    std::function<void()> wake_;
    std::deque<core::ReplyPiece> unread_;
    std::optional<Error> error_;  ///< comes after what is unread, unless it was cut
    bool accepted_ = false;
    bool parked_ = false;
};

}  // namespace boternity::infra::llm
