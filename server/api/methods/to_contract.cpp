#include "api/methods/to_contract.hpp"

#include "api/methods/by_name.hpp"
#include "core/bots/bot_service.hpp"

namespace boternity::api {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 200;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

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
    *out.mutable_settings() = to_contract(bot.settings);
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
    // What a fork came to is in no session, and has no id.
    if (message.id != MessageId{}) out.set_id(message.id.text());
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

v1::BotSettings to_contract(const core::BotSettings& settings) {
    v1::BotSettings out;
    if (settings.temperature) out.set_temperature(*settings.temperature);
    if (settings.max_output_tokens) out.set_max_output_tokens(*settings.max_output_tokens);
    for (const auto& tool : settings.tools) out.add_tools(tool);
    if (settings.max_steps) out.set_max_steps(*settings.max_steps);
    if (settings.max_run_seconds) out.set_max_run_seconds(*settings.max_run_seconds);
    if (settings.max_run_tokens) out.set_max_run_tokens(*settings.max_run_tokens);
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
    out.tools.assign(settings.tools().begin(), settings.tools().end());
    if (settings.has_max_steps()) out.max_steps = settings.max_steps();
    if (settings.has_max_run_seconds()) out.max_run_seconds = settings.max_run_seconds();
    if (settings.has_max_run_tokens()) out.max_run_tokens = settings.max_run_tokens();
    return out;
}

Result<PageRequest> page_of(int page_size, const std::string& page_token) {
    if (page_size < 0 || page_size > kMaxPage) {
        return fail(invalid_argument("page_size must be from 1 to 200.", "page_size"));
    }
    return PageRequest{.size = page_size == 0 ? kDefaultPage : page_size, .token = page_token};
}

}  // namespace boternity::api
