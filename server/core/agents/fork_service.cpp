#include "core/agents/fork_service.hpp"

#include "core/agents/prompt_files.hpp"
#include "core/agents/tool_rules.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace boternity::core {

/// What the transaction that begins a fork leaves for what comes after it.
struct ForkService::Beginning {
    std::shared_ptr<LiveRun> live{};
};

Task<Result<Run>> ForkService::begin(std::string text, ForkWish wish, CallContext context) {
    BOT_CO_TRY(receipt, co_await ports_.receipts.find(context.mutation));
    if (receipt) co_return co_await runs_.get(receipt->subject);
    BOT_CO_CHECK(check_fork(wish));
    BOT_CO_TRY(original, co_await runs_.get(std::move(text)));
    auto checking = check_parts(original, wish);
    BOT_CO_CHECK(co_await std::move(checking));
    const auto beginning = std::make_shared<Beginning>();
    DecideFork decide = [this, beginning, wish = std::move(wish), id = ports_.ids.make<RunId>(),
                         now = ports_.clock.now()](const ForkGround& ground) -> Result<ForkBegin> {
        BOT_TRY(fork, fork_of(id, wish, ground, ports_.limits, now));
        return decide_fork(*beginning, std::move(fork));
    };
    auto begun =
        co_await ports_.journal.begin_fork(original.id, std::move(decide), std::move(context.mutation));
    if (!begun) {
        if (beginning->live) scheduler_.abandon_and_look(*beginning->live);
        co_return fail(std::move(begun).error());
    }
    if (begun->outcome == Outcome::Repeated) co_return co_await runs_.get(begun->subject);
    scheduler_.admit(beginning->live, std::nullopt);
    co_return beginning->live->run();
}

/// Whether there are the soul and the model, and whether the model can read what came with the message.
Task<Status> ForkService::check_parts(Run original, ForkWish wish) {
    if (wish.soul_version > 0) {
        auto soul = co_await souls_.find(original.bot, wish.soul_version);
        if (!soul && soul.error().code == ErrorCode::NotFound) {
            co_return fail(not_found(
                fmt::format("The bot has no soul version {}; list its souls to see which there are.",
                            wish.soul_version)));
        }
        if (!soul) co_return fail(std::move(soul).error());
    }
    const std::string name = wish.model.empty() ? original.model : wish.model;
    auto model = ports_.models.resolve(name);
    if (!model && wish.model.empty()) co_return fail(ErrorCode::WrongState, model.error().message);
    if (!model) co_return fail(invalid_argument(model.error().message, "model"));
    BOT_CO_CHECK(check_calls_tools(original.settings.tools, name, model->card));
    if (!original.input_message) co_return Status{};
    BOT_CO_TRY(message, co_await ports_.sessions.message(*original.input_message));
    if (auto readable = check_readable(message.attachments, name, model->card); !readable)
        co_return fail(invalid_argument(readable.error().message, "model"));
    co_return Status{};
}

/// Runs on a thread of the store, inside the transaction: see DecideFork.
Result<ForkBegin> ForkService::decide_fork(Beginning& beginning, ForkBegin fork) {
    if (scheduler_.draining())
        return fail(ErrorCode::Unavailable, "The server is shutting down; fork the run in a moment.");
    if (const auto before = std::exchange(beginning.live, nullptr)) scheduler_.abandon(*before);
    auto live = scheduler_.make(fork.run);
    BOT_CHECK(scheduler_.join(live));
    beginning.live = std::move(live);
    return fork;
}

}  // namespace boternity::core
