#include "testing/store_conformance.hpp"

#include "core/runtime/content_hash.hpp"

namespace boternity::testing {

// One in each file of cases: without a reference the linker would leave the file out of the library.
int link_store_attachment_cases();
int link_store_bot_cases();
int link_store_copy_cases();
int link_store_event_cases();
int link_store_journal_cases();
int link_store_run_cases();
int link_store_fork_cases();
int link_store_session_cases();

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const StoreUnderTest& under_test, std::ostream* out) {
    *out << under_test.name;
}

std::string name_of_store_under_test(const ::testing::TestParamInfo<StoreUnderTest>& info) {
    static const int linked = link_store_attachment_cases() + link_store_bot_cases() +
                              link_store_copy_cases() + link_store_event_cases() + link_store_fork_cases() +
                              link_store_journal_cases() + link_store_run_cases() +
                              link_store_session_cases();
    return linked > 0 ? info.param.name : "";
}

void StoreConformance::SetUp() {
    rig_ = GetParam().make(clock_);
    ASSERT_NE(rig_, nullptr);
}

void StoreConformance::TearDown() {
    rig_.reset();
}

core::Bot StoreConformance::a_bot(std::string slug) {
    clock_.advance(std::chrono::seconds(1));
    core::Bot bot;
    bot.id = ids_.make<BotId>();
    bot.slug = std::move(slug);
    bot.name = "Bot " + bot.slug;
    bot.description = "made for a test";
    bot.model = "local/small";
    bot.settings = {.temperature = 0.5, .max_output_tokens = 64};
    bot.created_at = clock_.now();
    bot.updated_at = clock_.now();
    return bot;
}

core::Soul StoreConformance::a_soul(const core::Bot& bot, int version, std::string text) {
    core::Soul soul;
    soul.bot = bot.id;
    soul.version = version;
    soul.hash = core::content_hash(text);
    soul.size_bytes = static_cast<int>(text.size());
    soul.text = std::move(text);
    soul.author = "owner";
    soul.note = "version " + std::to_string(version);
    soul.restores = version > 2 ? 1 : 0;
    soul.created_at = clock_.now();
    return soul;
}

core::Session StoreConformance::a_session(const core::Bot& bot) {
    clock_.advance(std::chrono::seconds(1));
    core::Session session;
    session.id = ids_.make<SessionId>();
    session.bot = bot.id;
    session.created_at = clock_.now();
    session.updated_at = clock_.now();
    return session;
}

core::TurnBegin StoreConformance::a_turn(const core::Session& session, std::string text) {
    clock_.advance(std::chrono::seconds(1));
    core::TurnBegin turn;
    turn.run.id = ids_.make<RunId>();
    turn.run.root = turn.run.id;
    turn.run.bot = session.bot;
    turn.run.session = session.id;
    turn.run.model = "local/small";
    turn.run.settings.temperature = 0.25;
    turn.run.created_at = clock_.now();
    turn.run.moved_at = clock_.now();
    turn.message.id = ids_.make<MessageId>();
    turn.message.session = session.id;
    turn.message.run = turn.run.id;
    turn.message.text = std::move(text);
    turn.message.created_at = clock_.now();
    turn.run.input_message = turn.message.id;
    turn.step.run = turn.run.id;
    turn.step.input = core::ModelInput{.model = turn.run.model};
    turn.step.started_at = clock_.now();
    turn.title = "The first words";
    turn.events = {
        core::RunQueued{.run = turn.run.id, .session = session.id, .bot = session.bot, .root = turn.run.id}};
    return turn;
}

core::RunEnd StoreConformance::an_end(const core::TurnBegin& begun, std::string text) {
    clock_.advance(std::chrono::seconds(1));
    core::RunEnd end;
    end.run = begun.run;
    end.run.state = core::RunState::Completed;
    end.run.usage = {.input_tokens = 11, .cache_read_tokens = 3, .output_tokens = 7, .estimated = true};
    end.run.stop_reason = core::StopReason::Stop;
    end.run.started_at = begun.run.created_at;
    end.run.ended_at = clock_.now();
    end.run.moved_at = clock_.now();
    core::Message message;
    message.id = ids_.make<MessageId>();
    message.session = begun.run.session;
    message.run = begun.run.id;
    message.role = core::Role::Assistant;
    message.text = text;
    message.created_at = clock_.now();
    end.run.output_message = message.id;
    end.message = message;
    core::Step step = begun.step;
    step.state = core::StepState::Done;
    step.sequence = 2;
    step.output = core::ModelOutput{.parts = {core::TextPart{.text = text}},
                                    .pieces = {static_cast<std::uint32_t>(text.size())},
                                    .stop_reason = core::StopReason::Stop};
    step.usage = end.run.usage;
    step.ended_at = clock_.now();
    end.steps = {std::move(step)};
    end.events = {core::RunEnded{.run = begun.run.id,
                                 .session = begun.run.session,
                                 .bot = begun.run.bot,
                                 .root = begun.run.id,
                                 .state = end.run.state}};
    return end;
}

core::ProviderConfig StoreConformance::a_provider(std::string name) {
    return {.id = ids_.make<ProviderId>(),
            .name = std::move(name),
            .kind = "openai",
            .base_url = "https://models.example/v1",
            .key = "env:MODELS_KEY",
            .models = {"large", "small"},
            .created_at = clock_.now()};
}

core::Attachment StoreConformance::an_attachment(const std::string& bytes) {
    return {.id = ids_.make<AttachmentId>(),
            .hash = core::content_hash(bytes),
            .kind = core::FileKind::Image,
            .media_type = "image/png",
            .name = "Grüße.png",
            .size_bytes = static_cast<std::int64_t>(bytes.size()),
            .created_at = clock_.now()};
}

core::Attachment StoreConformance::add_attachment(const std::string& bytes) {
    const core::Attachment attachment = an_attachment(bytes);
    const auto shared = std::make_shared<const std::string>(bytes);
    const auto kept = run(rig_->attachments().insert(attachment, shared, {}));
    EXPECT_EQ(outcome_of(kept), "ok") << (kept ? "" : kept.error().detail);
    return attachment;
}

core::Bot StoreConformance::add_bot(std::string slug) {
    const core::Bot bot = a_bot(std::move(slug));
    const auto receipt = run(rig_->bots().insert(bot, a_soul(bot, 1, "Be kind."), {}, {}));
    EXPECT_EQ(outcome_of(receipt), "ok");
    return bot;
}

core::Session StoreConformance::add_session(const core::Bot& bot) {
    const core::Session session = a_session(bot);
    EXPECT_EQ(outcome_of(run(rig_->sessions().insert(session, {}, {}))), "ok");
    return session;
}

core::Run StoreConformance::add_turn(const core::Session& session, std::string question, std::string answer) {
    const core::TurnBegin turn = a_turn(session, std::move(question));
    EXPECT_EQ(outcome_of(run(begin(turn))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->journal().end(an_end(turn, std::move(answer))))), "ok");
    return stored(turn.run.id);
}

}  // namespace boternity::testing
