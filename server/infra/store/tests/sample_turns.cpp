#include "infra/store/tests/sample_turns.hpp"

namespace boternity::infra {
namespace {

constexpr Timestamp kMoment{1'767'225'600'000'000};

}  // namespace

SampleTurns::SampleTurns(int number) : number_(number) {
    bot.id = BotId{id(1, 0)};
    bot.slug = "bot-" + std::to_string(number);
    bot.created_at = bot.updated_at = kMoment;
    soul.bot = bot.id;
    soul.created_at = kMoment;
    session.id = SessionId{id(2, 0)};
    session.bot = bot.id;
    session.created_at = session.updated_at = kMoment;
}

Uuid SampleTurns::id(int kind, int turn) const {
    std::array<std::uint8_t, 10> rest{};
    rest[9] = static_cast<std::uint8_t>(kind);
    for (std::size_t i = 0; i < 3; ++i) {
        rest[3 + i] = static_cast<std::uint8_t>(number_ >> (8 * i));
        rest[6 + i] = static_cast<std::uint8_t>(turn >> (8 * i));
    }
    return Uuid::v7(1'767'225'600'000, rest);
}

core::TurnBegin SampleTurns::begin(int turn, std::string text) const {
    core::TurnBegin begun;
    begun.run.id = RunId{id(3, turn)};
    begun.run.root = begun.run.id;
    begun.run.bot = bot.id;
    begun.run.session = session.id;
    begun.run.created_at = kMoment;
    begun.message.id = MessageId{id(4, turn)};
    begun.message.session = session.id;
    begun.message.run = begun.run.id;
    begun.message.text = std::move(text);
    begun.message.created_at = kMoment;
    begun.run.input_message = begun.message.id;
    begun.step.run = begun.run.id;
    begun.step.started_at = kMoment;
    begun.events = {
        core::RunQueued{.run = begun.run.id, .session = session.id, .bot = bot.id, .root = begun.run.id}};
    return begun;
}

core::RunEnd SampleTurns::end(int turn, std::string text) const {
    const core::TurnBegin begun = begin(turn, "");
    core::RunEnd ended;
    ended.run = begun.run;
    ended.run.state = core::RunState::Completed;
    ended.run.ended_at = kMoment;
    ended.message = begun.message;
    ended.message->id = MessageId{id(5, turn)};
    ended.message->role = core::Role::Assistant;
    ended.message->text = text;
    ended.run.output_message = ended.message->id;
    core::Step step = begun.step;
    step.state = core::StepState::Done;
    step.output = core::ModelOutput{.parts = {core::TextPart{.text = std::move(text)}}};
    step.ended_at = kMoment;
    ended.steps = {std::move(step)};
    ended.events = {core::RunEnded{.run = begun.run.id,
                                   .session = session.id,
                                   .bot = bot.id,
                                   .root = begun.run.id,
                                   .state = ended.run.state}};
    return ended;
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the test keeps it
core::Task<Status> add(SqliteStore& store, SampleTurns sample) {
    core::Bot bot = sample.bot;
    core::Soul soul = sample.soul;
    core::Session session = sample.session;
    core::Events events;
    core::Mutation mutation;
    BOT_CO_TRY(bot_added, co_await store.bots().insert(bot, soul, events, mutation));
    BOT_CO_TRY(session_added, co_await store.sessions().insert(session, events, mutation));
    static_cast<void>(bot_added);
    static_cast<void>(session_added);
    co_return Status{};
}

}  // namespace boternity::infra
