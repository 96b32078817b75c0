#pragma once

#include "core/llm/model.hpp"
#include "core/llm/provider.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::core {

/// A reply as it is made. Pulled: a slow reader slows the model.
///
/// Lifetime  may outlive the provider's registration, not the server. Destroying it before its end cancels
///           the reply and frees what it holds without waiting.
/// Threads   one reader at a time, from the strand that opened it.
class ReplyStream {
public:
    virtual ~ReplyStream() = default;

    /// The next piece. After `ReplyEnd` or an error there is nothing more and it must not be called again.
    /// Errors: those of LlmProvider::open. Text is whole UTF-8 characters.
    virtual Task<Result<ReplyPiece>> next() = 0;
};

/// A place that has models and can answer one call.
///
/// Lifetime  shared: a provider that is removed lives until its last reply ends.
/// Threads   any strand; implementations share no unguarded state.
/// Cancel    by `context.stop`: `next` returns Cancelled soon (within one token locally, at once on the
///           network); pieces already delivered stay valid.
/// Errors    UpstreamAuth, UpstreamRateLimited (retry_after set when told), UpstreamRefused, ContextTooLong,
///           UpstreamFailed (also for a stream that ends without a ReplyEnd), DeadlineExceeded, Unavailable
///           (the model's file is missing or broken), NotFound (no such model).
class LlmProvider {
public:
    virtual ~LlmProvider() = default;

    /// The models it has. No I/O.
    virtual std::vector<ModelCard> cards() const = 0;

    /// One of them, nothing when it has none of that name. Asked at every turn: a provider that may have many
    /// finds it without making the others.
    virtual std::optional<ModelCard> card_of(std::string_view model) const {
        for (auto& card : cards())
            if (card.name == model) return std::move(card);
        return std::nullopt;
    }

    /// What the place itself says of the models it has now. Asks it, at no cost, and so also tells whether it
    /// is there and takes the key.
    virtual Task<Result<ToldModels>> list(CallContext context) = 0;

    /// How many tokens the model would read for these messages with its template, exactly where the provider
    /// can tell, else a careful estimate (never too low for English by more than a tenth). No network.
    virtual Task<Result<int>> count_tokens(ModelRequest request, CallContext context) = 0;

    /// Starts the reply.
    virtual Task<Result<std::unique_ptr<ReplyStream>>> open(ModelRequest request, CallContext context) = 0;
};

/// Makes the adapter for one kind of provider. InvalidArgument when the configuration does not fit the kind.
class LlmProviderFactory {
public:
    virtual ~LlmProviderFactory() = default;
    virtual Result<std::shared_ptr<LlmProvider>> make(const ProviderConfig& config) const = 0;
};

}  // namespace boternity::core
