#include "api/methods/to_contract.hpp"

#include "core/bots/bot_service.hpp"

namespace boternity::api {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 200;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

/// Enums of the contract have the names that core gives, so the generated tables translate.
template <class Enum, class Parse>
Enum by_name(Parse parse, std::string_view name, Enum otherwise) {
    Enum value = otherwise;
    return parse(std::string(name), &value) ? value : otherwise;
}

v1::RunError to_contract(const core::RunError& error) {
    v1::RunError out;
    out.set_code(std::string(code_name(error.code)));
    out.set_message(error.message);
    return out;
}

struct EventWriter {
    v1::RunEvent& out;

    void operator()(const core::RunStarted& started) const {
        auto& to = *out.mutable_started();
        to.set_attempt(started.attempt);
        to.set_bot(started.bot.text());
        to.set_session(started.session.text());
        to.set_model(started.model);
        to.set_soul_version(started.soul_version);
        to.set_input_message(started.input_message.text());
    }

    void operator()(const core::ContextCut& cut) const { *out.mutable_context_cut() = api::to_contract(cut); }

    void operator()(const core::RunDelta& delta) const { out.mutable_delta()->set_text(delta.text); }

    void operator()(const core::RunFinished& finished) const {
        if (finished.state == core::RunState::Completed) {
            auto& to = *out.mutable_completed();
            if (finished.message) *to.mutable_message() = api::to_contract(*finished.message);
            *to.mutable_usage() = api::to_contract(finished.usage);
            if (finished.stop_reason) to.set_stop_reason(std::string(name_of(*finished.stop_reason)));
        } else if (finished.state == core::RunState::Cancelled) {
            auto& to = *out.mutable_cancelled();
            if (finished.message) *to.mutable_message() = api::to_contract(*finished.message);
        } else {
            auto& to = *out.mutable_failed();
            *to.mutable_error() = to_contract(finished.error.value_or(core::RunError{}));
            if (finished.message) *to.mutable_message() = api::to_contract(*finished.message);
        }
    }
};

}  // namespace

google::protobuf::Timestamp to_contract(Timestamp at) {
    google::protobuf::Timestamp out;
    out.set_seconds(at.micros / kMicrosPerSecond);
    out.set_nanos(static_cast<std::int32_t>(at.micros % kMicrosPerSecond * 1'000));
    return out;
}

v1::Bot to_contract(const core::Bot& bot) {
    v1::Bot out;
    out.set_id(bot.id.text());
    out.set_slug(bot.slug);
    out.set_name(bot.name);
    out.set_description(bot.description);
    out.set_state(by_name(&v1::Bot::State_Parse, name_of(bot.state), v1::Bot::unspecified));
    out.set_model(bot.model);
    auto& settings = *out.mutable_settings();
    if (bot.settings.temperature) settings.set_temperature(*bot.settings.temperature);
    if (bot.settings.max_output_tokens) settings.set_max_output_tokens(*bot.settings.max_output_tokens);
    out.set_soul_version(bot.soul_version);
    out.set_etag(core::etag_of(bot));
    *out.mutable_created_at() = to_contract(bot.created_at);
    *out.mutable_updated_at() = to_contract(bot.updated_at);
    return out;
}

v1::Soul to_contract(const core::Soul& soul) {
    v1::Soul out;
    out.set_bot(soul.bot.text());
    out.set_version(soul.version);
    out.set_hash(soul.hash);
    out.set_text(soul.text);
    out.set_author(soul.author);
    out.set_note(soul.note);
    out.set_restores(soul.restores);
    out.set_size_bytes(soul.size_bytes);
    *out.mutable_created_at() = to_contract(soul.created_at);
    return out;
}

v1::Session to_contract(const core::Session& session) {
    v1::Session out;
    out.set_id(session.id.text());
    out.set_bot(session.bot.text());
    out.set_title(session.title);
    out.set_message_count(session.message_count);
    *out.mutable_created_at() = to_contract(session.created_at);
    *out.mutable_updated_at() = to_contract(session.updated_at);
    return out;
}

v1::Attachment to_contract(const core::Attachment& attachment) {
    v1::Attachment out;
    out.set_id(attachment.id.text());
    out.set_hash(attachment.hash);
    switch (attachment.kind) {
    case core::FileKind::Image: out.set_kind(v1::Attachment::image); break;
    case core::FileKind::Document: out.set_kind(v1::Attachment::document); break;
    case core::FileKind::Text: out.set_kind(v1::Attachment::text); break;
    }
    out.set_media_type(attachment.media_type);
    out.set_name(attachment.name);
    out.set_size_bytes(static_cast<int>(attachment.size_bytes));
    *out.mutable_created_at() = to_contract(attachment.created_at);
    return out;
}

v1::Message to_contract(const core::Message& message) {
    v1::Message out;
    out.set_id(message.id.text());
    out.set_session(message.session.text());
    out.set_run(message.run.text());
    out.set_role(message.role == core::Role::User ? v1::Message::user : v1::Message::assistant);
    out.set_state(message.state == core::MessageState::Complete ? v1::Message::complete
                                                                : v1::Message::partial);
    out.set_text(message.text);
    out.set_position(message.position);
    *out.mutable_created_at() = to_contract(message.created_at);
    for (const auto& attachment : message.attachments) *out.add_attachments() = to_contract(attachment);
    return out;
}

v1::Usage to_contract(const core::Usage& usage) {
    v1::Usage out;
    out.set_input_tokens(usage.input_tokens);
    out.set_cache_read_tokens(usage.cache_read_tokens);
    out.set_cache_write_tokens(usage.cache_write_tokens);
    out.set_reasoning_tokens(usage.reasoning_tokens);
    out.set_output_tokens(usage.output_tokens);
    out.set_estimated(usage.estimated);
    return out;
}

v1::ContextCut to_contract(const core::ContextCut& cut) {
    v1::ContextCut out;
    out.set_dropped_messages(cut.dropped_messages);
    out.set_kept_messages(cut.kept_messages);
    out.set_window_tokens(cut.window_tokens);
    return out;
}

v1::Run to_contract(const core::Run& run) {
    v1::Run out;
    out.set_id(run.id.text());
    out.set_bot(run.bot.text());
    out.set_session(run.session.text());
    out.set_kind(by_name(&v1::Run::Kind_Parse, name_of(run.kind), v1::Run::kind_unspecified));
    out.set_state(by_name(&v1::Run::State_Parse, name_of(run.state), v1::Run::unspecified));
    out.set_model(run.model);
    out.set_soul_version(run.soul_version);
    out.set_attempt(run.attempt);
    out.set_input_message(run.input_message.text());
    if (run.output_message) out.set_output_message(run.output_message->text());
    *out.mutable_usage() = to_contract(run.usage);
    if (run.stop_reason) out.set_stop_reason(std::string(name_of(*run.stop_reason)));
    if (run.context_cut) *out.mutable_context_cut() = to_contract(*run.context_cut);
    if (run.error) *out.mutable_error() = to_contract(*run.error);
    *out.mutable_created_at() = to_contract(run.created_at);
    if (run.started_at) *out.mutable_started_at() = to_contract(*run.started_at);
    if (run.ended_at) *out.mutable_ended_at() = to_contract(*run.ended_at);
    return out;
}

v1::RunEvent to_contract(const core::RunEvent& event) {
    v1::RunEvent out;
    out.set_run(event.run.text());
    out.set_seq(event.sequence);
    std::visit(EventWriter{out}, event.what);
    return out;
}

v1::Provider to_contract(const core::ProviderConfig& provider) {
    v1::Provider out;
    out.set_id(provider.id.text());
    out.set_name(provider.name);
    out.set_kind(provider.kind);
    out.set_base_url(provider.base_url);
    out.set_key(provider.key);
    for (const auto& model : provider.models) out.add_models(model);
    *out.mutable_created_at() = to_contract(provider.created_at);
    if (provider.window_tokens) out.set_window_tokens(*provider.window_tokens);
    return out;
}

core::BotSettings from_contract(const v1::BotSettings& settings) {
    core::BotSettings out;
    if (settings.has_temperature()) out.temperature = settings.temperature();
    if (settings.has_max_output_tokens()) out.max_output_tokens = settings.max_output_tokens();
    return out;
}

Result<PageRequest> page_of(int page_size, const std::string& page_token) {
    if (page_size < 0 || page_size > kMaxPage) {
        return fail(invalid_argument("page_size must be from 1 to 200.", "page_size"));
    }
    return PageRequest{.size = page_size == 0 ? kDefaultPage : page_size, .token = page_token};
}

}  // namespace boternity::api
