#pragma once

#include "core/llm/model.hpp"
#include "core/ports/llm_provider.hpp"
#include "testing/gate.hpp"
#include "types/error.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::testing {

/// One answer of a scripted model.
struct ScriptedReply {
    std::optional<Error> open_error{};       ///< `open` fails with it and nothing else of this is used
    std::vector<core::ReplyPiece> pieces{};  ///< in order
    std::optional<Error> error{};            ///< what `next` fails with after the pieces
    std::shared_ptr<Gate> gate{};            ///< the stream waits here ...
    std::size_t held_before = 0;             ///< ... before the piece of this index (0: before the first)
    std::shared_ptr<Gate> open_gate{};       ///< `open` waits here
    bool throws = false;                     ///< `open` throws: what no provider should do

    /// The text in pieces of `piece_bytes` (cut only between UTF-8 characters),
    /// then a ReplyEnd with a usage.
    static ScriptedReply text(std::string_view text, std::size_t piece_bytes = 8);

    /// Calls of tools, each a name and its arguments, with a text before them if there is one.
    static ScriptedReply calls(std::vector<std::pair<std::string, std::string>> calls,
                               std::string_view text = {});
};

/// A model whose answers a test writes.
///
/// Calls take the queued answers in order; when none is left, `otherwise`
/// answers; without one the call fails with Internal, so that a test which
/// forgot its script fails. Between two pieces the stream yields to its
/// executor. A stop request is honoured before each piece and at a gate, the
/// deadline only at a gate.
///
/// Threads  any.
class ScriptedLlm final : public core::LlmProvider {
public:
    /// "scripted", with a window of 4096 tokens, 1024 of them for the answer, and
    /// tools.
    static core::ModelCard default_card();

    explicit ScriptedLlm(std::vector<core::ModelCard> cards = {default_card()});

    void reply(ScriptedReply reply);
    void says(std::string_view text) { reply(ScriptedReply::text(text)); }
    void fails(Error error) { reply({.open_error = std::move(error)}); }
    void otherwise(std::function<ScriptedReply(const core::ModelRequest&)> answer);

    /// What was asked so far, in order of arrival.
    std::vector<core::ModelRequest> requests() const;
    core::ModelRequest last_request() const;

    /// Streams that were opened and not yet destroyed.
    int live_streams() const noexcept { return *live_; }
    /// Streams that were destroyed before their end was read.
    int abandoned_streams() const noexcept { return *abandoned_; }

    std::vector<core::ModelCard> cards() const override { return cards_; }
    core::Task<Result<core::ToldModels>> list(core::CallContext context) override;
    /// One token for every four bytes begun, and four for each message.
    core::Task<Result<int>> count_tokens(core::ModelRequest request, core::CallContext context) override;
    core::Task<Result<std::unique_ptr<core::ReplyStream>>> open(core::ModelRequest request,
                                                                core::CallContext context) override;

private:
    std::optional<ScriptedReply> take(const core::ModelRequest& request);
    bool has(std::string_view model) const noexcept;

    const std::vector<core::ModelCard> cards_;
    mutable std::mutex mutex_;
    std::deque<ScriptedReply> script_;
    std::function<ScriptedReply(const core::ModelRequest&)> otherwise_;
    std::vector<core::ModelRequest> requests_;
    // Shared with the streams, which may outlive the provider.
    std::shared_ptr<std::atomic<int>> live_ = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> abandoned_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace boternity::testing
