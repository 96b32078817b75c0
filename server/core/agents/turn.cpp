#include "core/agents/turn.hpp"

#include "core/agents/ask_model.hpp"
#include "core/agents/prompt_files.hpp"
#include "core/runtime/pause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

// What one answer may hold, whatever a provider sends: bounds the live events, the journal and the message.
constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
// Longer than any history a model can take; the cut by tokens comes after.
constexpr std::size_t kBytesPerToken = 8;
constexpr auto kMaxTurn = std::chrono::minutes(30);
// Each piece is an event with a number of its own; far below kSequencesPerAttempt.
constexpr std::size_t kMaxPieces = 100'000;
// A run that the process did not survive so often is what ends it.
constexpr int kMaxAttempts = 20;
// How often a store that cannot take the end is asked again.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

/// What the model said and how it ended.
struct Reply {
    ModelOutput output{};
    std::optional<Usage> usage{};
    std::optional<Error> error{};
    std::string why{};          ///< what the provider says of a refusal
    int max_output_tokens = 0;  ///< that it might have used
    /// How many messages of the history the model did not see; nothing when it was not reached.
    std::optional<std::size_t> dropped{};
};

/// Requests stop when either of two parties does.
class EitherStop {
public:
    EitherStop(std::stop_token one, std::stop_token other)
        : one_(std::move(one), Request{source_}), other_(std::move(other), Request{source_}) {}
    std::stop_token token() const noexcept { return source_.get_token(); }

private:
    struct Request {
        std::stop_source source;
        void operator()() const { auto(source).request_stop(); }
    };

    std::stop_source source_;
    std::stop_callback<Request> one_;
    std::stop_callback<Request> other_;
};

/// Reads the stream to its end, telling every piece of text at once.
Task<Reply> read_reply(std::unique_ptr<ReplyStream> stream, std::shared_ptr<LiveRun> live) {
    Reply reply;
    for (;;) {
        auto piece = co_await stream->next();
        if (!piece) {
            reply.error = std::move(piece).error();
            co_return reply;
        }
        if (auto* text = std::get_if<TextPiece>(&*piece)) {
            if (text->text.empty()) continue;
            reply.output.text += text->text;
            reply.output.pieces.push_back(static_cast<std::uint32_t>(text->text.size()));
            live->append(RunDelta{std::move(text->text)});
            if (reply.output.text.size() > kMaxAnswerBytes || reply.output.pieces.size() >= kMaxPieces) {
                reply.output.stop_reason = StopReason::Length;
                co_return reply;
            }
        } else if (auto* end = std::get_if<ReplyEnd>(&*piece)) {
            reply.output.stop_reason = end->reason;
            reply.usage = end->usage;
            reply.why = std::move(end->why);
            co_return reply;
        }
        // Tool calls: none is offered yet, so none is answered.
    }
}

Reply failed(Error error) {
    return {.error = std::move(error)};
}

/// One try. Fills in what the run says of the prompt.
Task<Reply> ask_once(std::shared_ptr<LiveRun> live, const TurnInput* input, ResolvedModel model, Run* run,
                     CallContext context) {
    auto asked = co_await ask_model(input, model, context);
    if (asked.cut && run->context_cut != asked.cut) {
        run->context_cut = asked.cut;
        live->append(*asked.cut);
    }
    if (!asked.stream) co_return failed(std::move(asked.stream).error());
    auto reply = co_await read_reply(std::move(*asked.stream), live);
    reply.max_output_tokens = asked.max_output_tokens;
    reply.dropped = asked.dropped;
    co_return reply;
}

/// Nothing when the reply stands as it is: what was said once is not said again.
std::optional<std::chrono::milliseconds> pause_after(const TurnPorts& ports, const Reply& reply,
                                                     const Run& run, int tried,
                                                     std::chrono::steady_clock::time_point first) {
    if (!reply.error || !reply.output.text.empty()) return std::nullopt;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(ports.clock.steady() - first);
    const auto chance = std::hash<std::string>{}(run.id.text());
    return pause_before_retry(ports.retries, *reply.error, tried, since, chance);
}

/// Asks the model, again if that may help.
Task<Reply> ask(TurnPorts ports, std::shared_ptr<LiveRun> live, TurnInput input, Run* run,
                std::stop_token stop) {
    auto model = ports.models.resolve(run->model);
    if (!model) co_return failed(std::move(model).error());
    auto reading = read_files(&ports.attachments, &input, model->card);
    if (auto read = co_await std::move(reading); !read) co_return failed(std::move(read).error());
    const CallContext context{
        .deadline = ports.clock.in(kMaxTurn), .stop = stop, .request_id = run->id.text()};
    const auto first = ports.clock.steady();
    for (int tried = 1;; ++tried) {
        auto asking = ask_once(live, &input, *model, run, context);
        Reply reply = co_await std::move(asking);
        const auto pause = pause_after(ports, reply, *run, tried, first);
        if (!pause || stop.stop_requested()) {
            if (!reply.usage && reply.dropped) {
                auto estimating = estimate_usage(&input, *reply.dropped, *model, reply.output.text.size(),
                                                 context.deadline);
                reply.usage = co_await std::move(estimating);
            }
            if (!reply.error) reply.error = fault_of(reply.output, reply.max_output_tokens, reply.why);
            co_return reply;
        }
        ports.log.write(LogLevel::Warn, "turn_asks_again",
                        {{"run", run->id.text()},
                         {"model", run->model},
                         {"tried", std::to_string(tried)},
                         {"pause_ms", std::to_string(pause->count())},
                         {"error", reply.error->message},
                         {"detail", reply.error->detail}});
        co_await pause_for(*pause, stop);
        if (stop.stop_requested()) {
            co_return failed({.code = ErrorCode::Cancelled, .message = "The call was cancelled."});
        }
    }
}

/// How much text of a conversation can be of use to a model.
std::size_t history_bytes(const ModelDirectory& models, const std::string& model) {
    const auto known = models.resolve(model);
    return known ? static_cast<std::size_t>(known->card.window_tokens) * kBytesPerToken : 0;
}

Task<Result<TurnInput>> read_input(TurnPorts ports, Run queued, std::optional<TurnInput> input) {
    if (input) co_return *std::move(input);
    co_return co_await ports.journal.input(queued.id, history_bytes(ports.models, queued.model));
}

TurnEnd end_of(const TurnPorts& ports, Run run, Reply reply, Timestamp began) {
    const auto now = ports.clock.now();
    const bool cancelled = reply.error && reply.error->code == ErrorCode::Cancelled;
    if (cancelled) reply.output.stop_reason = StopReason::Cancelled;
    run.state = cancelled ? RunState::Cancelled : reply.error ? RunState::Failed : RunState::Completed;
    run.usage = reply.usage.value_or(Usage{});
    run.stop_reason = reply.output.stop_reason;
    if (run.state == RunState::Failed) {
        run.error = RunError{.code = reply.error->code,
                             .message = reply.error->message,
                             .retry_after = reply.error->retry_after};
    }
    run.started_at = began;
    run.ended_at = now;

    TurnEnd end;
    if (run.state == RunState::Completed || !reply.output.text.empty()) {
        end.message = Message{.id = ports.ids.make<MessageId>(),
                              .session = run.session,
                              .run = run.id,
                              .role = Role::Assistant,
                              .state = run.state == RunState::Completed ? MessageState::Complete
                                                                        : MessageState::Partial,
                              .text = reply.output.text,
                              .created_at = now};
        run.output_message = end.message->id;
    }
    end.step = Step{.run = run.id,
                    .position = 1,
                    .kind = StepKind::ModelCall,
                    .state = run.state == RunState::Failed ? StepState::Failed : StepState::Done,
                    .attempt = run.attempt,
                    .model = run.model,
                    .output = std::move(reply.output),
                    .usage = run.usage,
                    .error = run.error,
                    .started_at = began,
                    .ended_at = now};
    end.events.push_back(RunEnded{.run = run.id, .session = run.session, .bot = run.bot, .state = run.state});
    end.run = std::move(run);
    return end;
}

void log_end(const TurnPorts& ports, const Run& run, const Reply& reply) {
    ports.log.write(run.state == RunState::Failed ? LogLevel::Warn : LogLevel::Info, "turn_ended",
                    {{"run", run.id.text()},
                     {"state", std::string(name_of(run.state))},
                     {"model", run.model},
                     {"input_tokens", std::to_string(run.usage.input_tokens)},
                     {"output_tokens", std::to_string(run.usage.output_tokens)},
                     {"error", reply.error ? reply.error->message : ""},
                     {"detail", reply.error ? reply.error->detail : ""}});
}

/// What the turn comes to. Fills in what the run says of its prompt.
Task<Reply> reply_to(TurnPorts ports, std::shared_ptr<LiveRun> live, std::optional<TurnInput> read_ahead,
                     Run* run, std::stop_token stop) {
    if (live->stop_token().stop_requested()) {
        co_return failed({.code = ErrorCode::Cancelled, .message = "Cancelled before it began."});
    }
    if (run->attempt > kMaxAttempts) {
        co_return failed(
            {.code = ErrorCode::Internal,
             .message = fmt::format("The server ended {} times while this run was under way, so it was "
                                    "given up; look into the server's log.",
                                    kMaxAttempts)});
    }
    auto input = co_await read_input(ports, *run, std::move(read_ahead));
    if (!input) co_return failed(std::move(input).error());
    *run = input->run;
    std::string thrown;
    try {
        co_return co_await ask(ports, live, std::move(*input), run, stop);
    } catch (const std::exception& error) {
        thrown = error.what();  // memory ran out, or a defect: this run fails, its session goes on
    }
    co_return failed(internal_error(std::move(thrown)));
}

/// Asks the store until it takes the end or refuses it for good. What was said is paid for: it is not thrown
/// away because a disk is full for a while.
Task<Result<Message>> commit_end(TurnPorts ports, std::shared_ptr<LiveRun> live, TurnEnd end,
                                 std::stop_token shutdown) {
    for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
        auto committed = co_await ports.journal.end(end);
        if (committed || shutdown.stop_requested()) co_return committed;
        const auto& error = committed.error();
        const bool refused = error.code == ErrorCode::WrongState || error.code == ErrorCode::NotFound;
        if (refused) co_return committed;
        ports.log.write(LogLevel::Warn, "turn_end_waits",
                        {{"run", end.run.id.text()}, {"error", error.message}, {"detail", error.detail}});
        live->hold_up(error);
        co_await pause_for(pause, shutdown);
    }
}

}  // namespace

Task<Status> take_turn(TurnPorts ports, std::shared_ptr<LiveRun> live, std::optional<TurnInput> read_ahead,
                       std::stop_token shutdown) {
    const auto began = ports.clock.now();
    const Run& queued = live->run();
    live->append(RunStarted{.attempt = queued.attempt,
                            .bot = queued.bot,
                            .session = queued.session,
                            .model = queued.model,
                            .soul_version = queued.soul_version,
                            .input_message = queued.input_message});
    const EitherStop stop(live->stop_token(), shutdown);
    Run run = queued;
    Reply reply = co_await reply_to(ports, live, std::move(read_ahead), &run, stop.token());
    if (shutdown.stop_requested() && reply.error && !live->stop_token().stop_requested()) {
        co_return fail(ErrorCode::Cancelled, "Left for the next start.");
    }

    auto end = end_of(ports, std::move(run), reply, began);
    log_end(ports, end.run, reply);
    auto message = end.message;
    RunFinished finished{.state = end.run.state,
                         .usage = end.run.usage,
                         .stop_reason = end.run.stop_reason,
                         .error = end.run.error};
    auto committed = co_await commit_end(ports, live, std::move(end), shutdown);
    if (!committed) {
        // Nobody is told of an end that is not durable.
        auto error = std::move(committed).error();
        live->hold_up(error);
        co_return fail(std::move(error).within("ending a turn"));
    }
    if (message) finished.message = std::move(*committed);
    live->append(std::move(finished));
    co_return Status{};
}

}  // namespace boternity::core
