#include "core/agents/model_call.hpp"

#include "core/agents/ask_model.hpp"
#include "core/agents/prompt_files.hpp"
#include "core/llm/reply_parts.hpp"
#include "core/runtime/pause.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

// What one answer may hold, whatever a provider sends: bounds the live events, the journal and the message.
constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
// Each piece is an event with a number of its own; far below kSequencesPerAttempt.
constexpr std::size_t kMaxPieces = 100'000;

/// What the model said and how it ended.
struct Reply {
    ModelOutput output{};
    std::optional<Usage> usage{};
    std::optional<Error> error{};
    std::string why{};  ///< what the provider says of a refusal
    /// How much of the conversation the model did not see; nothing when it was not reached.
    std::optional<std::size_t> dropped{};
};

Reply failed(Error error) {
    return {.error = std::move(error)};
}

std::size_t bytes_of(const ReplyPiece& piece) {
    if (const auto* text = std::get_if<TextPiece>(&piece)) return text->text.size();
    if (const auto* reasoning = std::get_if<ReasoningPiece>(&piece)) return reasoning->text.size();
    if (const auto* call = std::get_if<ToolCallPiece>(&piece)) return call->arguments.size();
    return 0;
}

/// Reads the stream to its end, telling every piece of text at once.
Task<Reply> read_reply(std::unique_ptr<ReplyStream> stream, std::shared_ptr<LiveRun> live) {
    Reply reply;
    ReplyParts parts;
    std::size_t bytes = 0;
    for (;;) {
        auto piece = co_await stream->next();
        if (!piece) {
            reply.error = std::move(piece).error();
            break;
        }
        if (auto* end = std::get_if<ReplyEnd>(&*piece)) {
            reply.output.stop_reason = end->reason;
            reply.usage = end->usage;
            reply.why = std::move(end->why);
            break;
        }
        parts.add(*piece);
        bytes += bytes_of(*piece);
        if (auto* text = std::get_if<TextPiece>(&*piece); text != nullptr && !text->text.empty()) {
            reply.output.pieces.push_back(static_cast<std::uint32_t>(text->text.size()));
            live->append(RunDelta{std::move(text->text)});
        }
        if (bytes > kMaxAnswerBytes || reply.output.pieces.size() >= kMaxPieces) {
            reply.output.stop_reason = StopReason::Length;
            break;
        }
    }
    reply.output.parts = parts.parts();
    co_return reply;
}

/// One try. Fills in what the step says of its prompt.
Task<Reply> ask_once(std::shared_ptr<LiveRun> live, RunInput* input, ResolvedModel model,
                     ModelInput* asked_of, CallContext context) {
    auto asked = co_await ask_model(input, model, context);
    if (asked.cut && input->run.context_cut != asked.cut) {
        input->run.context_cut = asked.cut;
        asked_of->cuts.push_back(*asked.cut);
        live->append(*asked.cut);
    }
    asked_of->messages = asked.messages;
    asked_of->dropped = static_cast<int>(asked.dropped);
    asked_of->max_output_tokens = asked.max_output_tokens;
    asked_of->request_hash = std::move(asked.request_hash);
    if (!asked.stream) co_return failed(std::move(asked.stream).error());
    auto reply = co_await read_reply(std::move(*asked.stream), live);
    reply.dropped = asked.dropped;
    co_return reply;
}

/// Nothing when the reply stands as it is: what was said once is not said again.
std::optional<std::chrono::milliseconds> pause_after(const RunPorts& ports, const Reply& reply,
                                                     const Run& run, int tried,
                                                     std::chrono::steady_clock::time_point first) {
    if (!reply.error || !reply.output.pieces.empty()) return std::nullopt;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(ports.clock.steady() - first);
    const auto chance = std::hash<std::string>{}(run.id.text());
    return pause_before_retry(ports.retries, *reply.error, tried, since, chance);
}

void log_retry(const RunPorts& ports, const Run& run, const Error& error, int tried,
               std::chrono::milliseconds pause) {
    ports.log.write(LogLevel::Warn, "turn_asks_again",
                    {{"run", run.id.text()},
                     {"model", run.model},
                     {"tried", std::to_string(tried)},
                     {"pause_ms", std::to_string(pause.count())},
                     {"error", error.message},
                     {"detail", error.detail}});
}

/// Asks the model, again if that may help.
Task<Reply> ask(RunPorts ports, std::shared_ptr<LiveRun> live, RunInput* input, ResolvedModel model,
                ModelInput* asked_of, CallContext context) {
    const auto first = ports.clock.steady();
    for (int tried = 1;; ++tried) {
        auto asking = ask_once(live, input, model, asked_of, context);
        Reply reply = co_await std::move(asking);
        const auto pause = pause_after(ports, reply, input->run, tried, first);
        if (!pause || context.stop.stop_requested()) co_return reply;
        log_retry(ports, input->run, *reply.error, tried, *pause);
        co_await pause_for(*pause, context.stop);
        if (context.stop.stop_requested()) {
            co_return failed({.code = ErrorCode::Cancelled, .message = "The call was cancelled."});
        }
    }
}

std::size_t said_bytes(const ModelOutput& output) {
    std::size_t bytes = 0;
    for (const auto& part : output.parts) {
        if (const auto* text = std::get_if<TextPart>(&part)) bytes += text->text.size();
        if (const auto* call = std::get_if<ToolCall>(&part)) bytes += call->arguments.size();
    }
    return bytes;
}

}  // namespace

Task<ModelReply> call_model(RunPorts ports, std::shared_ptr<LiveRun> live, RunInput* input, Deadline deadline,
                            std::stop_token stop) {
    ModelReply made{.input = {.model = input->run.model}};
    auto model = ports.models.resolve(input->run.model);
    if (!model) {
        made.error = std::move(model).error();
        co_return made;
    }
    auto reading = read_files(&ports.attachments, input, model->card);
    if (auto read = co_await std::move(reading); !read) {
        made.error = std::move(read).error();
        co_return made;
    }
    const CallContext context{.deadline = deadline, .stop = stop, .request_id = input->run.id.text()};
    auto asking = ask(ports, live, input, *model, &made.input, context);
    Reply reply = co_await std::move(asking);
    if (reply.usage) {
        made.usage = *reply.usage;
    } else if (reply.dropped) {
        auto estimating =
            estimate_usage(input, *reply.dropped, *model, said_bytes(reply.output), context.deadline);
        made.usage = co_await std::move(estimating);
    }
    if (!reply.error) reply.error = fault_of(reply.output, made.input.max_output_tokens, reply.why);
    made.output = std::move(reply.output);
    made.error = std::move(reply.error);
    co_return made;
}

}  // namespace boternity::core
