#include "core/runtime/content_hash.hpp"
#include "infra/archive/bot_format.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace boternity::infra {
namespace {

namespace json = boost::json;

std::string line_of(const json::object& object) {
    return json::serialize(object) + "\n";
}

json::object settings_of(const core::BotSettings& settings) {
    json::object out;
    if (settings.temperature) out["temperature"] = *settings.temperature;
    if (settings.max_output_tokens) out["max_output_tokens"] = *settings.max_output_tokens;
    if (!settings.tools.empty()) out["tools"] = json::array(settings.tools.begin(), settings.tools.end());
    if (settings.max_steps) out["max_steps"] = *settings.max_steps;
    if (settings.max_run_seconds) out["max_run_seconds"] = *settings.max_run_seconds;
    if (settings.max_run_tokens) out["max_run_tokens"] = *settings.max_run_tokens;
    return out;
}

json::object bot_of(const core::Bot& bot) {
    return {{"id", bot.id.text()},
            {"slug", bot.slug},
            {"name", bot.name},
            {"description", bot.description},
            {"model", bot.model},
            {"settings", settings_of(bot.settings)},
            {"created_at", bot.created_at.text()},
            {"updated_at", bot.updated_at.text()}};
}

std::string soul_path(int version) {
    return fmt::format("souls/{:04}.md", version);
}

json::object souls_of(const std::vector<core::Soul>& souls) {
    json::array list;
    for (const core::Soul& soul : souls) {
        json::object one{{"version", soul.version},
                         {"file", soul_path(soul.version)},
                         {"author", soul.author},
                         {"note", soul.note},
                         {"created_at", soul.created_at.text()}};
        if (soul.restores > 0) one["restores"] = soul.restores;
        list.push_back(std::move(one));
    }
    return {{"current", souls.empty() ? 0 : souls.back().version}, {"souls", std::move(list)}};
}

json::object run_of(const core::Run& run) {
    json::object out{{"id", run.id.text()},
                     {"state", core::name_of(run.state)},
                     {"model", run.model},
                     {"soul_version", run.soul_version},
                     {"settings", settings_of(run.settings)},
                     {"attempt", run.attempt},
                     {"input_message", run.input_message.value_or(MessageId{}).text()},
                     {"usage", json::object{{"input_tokens", run.usage.input_tokens},
                                            {"cache_read_tokens", run.usage.cache_read_tokens},
                                            {"cache_write_tokens", run.usage.cache_write_tokens},
                                            {"output_tokens", run.usage.output_tokens},
                                            {"reasoning_tokens", run.usage.reasoning_tokens},
                                            {"estimated", run.usage.estimated}}},
                     {"created_at", run.created_at.text()}};
    if (run.output_message) out["output_message"] = run.output_message->text();
    if (run.stop_reason) out["stop_reason"] = core::name_of(*run.stop_reason);
    if (run.context_cut) {
        out["context_cut"] = json::object{{"dropped_messages", run.context_cut->dropped_messages},
                                          {"kept_messages", run.context_cut->kept_messages},
                                          {"window_tokens", run.context_cut->window_tokens}};
    }
    if (run.error) {
        out["error"] = json::object{{"code", code_name(run.error->code)}, {"message", run.error->message}};
    }
    if (run.started_at) out["started_at"] = run.started_at->text();
    if (run.ended_at) out["ended_at"] = run.ended_at->text();
    return out;
}

std::string file_path(const std::string& hash) {
    return "files/" + hash.substr(hash.find(':') + 1);
}

json::object message_of(const core::Message& message) {
    json::object out{{"id", message.id.text()},
                     {"run", message.run.text()},
                     {"role", core::name_of(message.role)},
                     {"state", core::name_of(message.state)},
                     {"text", message.text},
                     {"created_at", message.created_at.text()}};
    if (message.attachments.empty()) return out;
    json::array attachments;
    for (const core::Attachment& attachment : message.attachments) {
        attachments.push_back(json::object{{"id", attachment.id.text()},
                                           {"file", file_path(attachment.hash)},
                                           {"name", attachment.name},
                                           {"media_type", attachment.media_type},
                                           {"created_at", attachment.created_at.text()}});
    }
    out["attachments"] = std::move(attachments);
    return out;
}

void add_session(std::vector<core::NamedFile>& files, const core::SessionCopy& copy, std::size_t number) {
    const std::string folder = fmt::format("sessions/{:04}/", number);
    files.push_back({folder + "session.json", line_of({{"id", copy.session.id.text()},
                                                       {"title", copy.session.title},
                                                       {"created_at", copy.session.created_at.text()},
                                                       {"updated_at", copy.session.updated_at.text()}})});
    std::string runs;
    for (const core::Run& run : copy.runs) runs += line_of(run_of(run));
    files.push_back({folder + "runs.jsonl", std::move(runs)});
    std::string messages;
    for (const core::Message& message : copy.messages) messages += line_of(message_of(message));
    files.push_back({folder + "messages.jsonl", std::move(messages)});
}

/// The last change of all that is in the copy: the clock would make other bytes of the same bot.
Timestamp newest(const core::BotCopy& copy) {
    Timestamp at = copy.bot.updated_at;
    for (const core::SessionCopy& one : copy.sessions) at = std::max(at, one.session.updated_at);
    return at;
}

json::object manifest_of(const core::BotCopy& copy, std::string_view made_by,
                         const std::vector<core::NamedFile>& files) {
    json::array list;
    for (const core::NamedFile& file : files) {
        list.push_back(json::object{{"path", file.path},
                                    {"size", file.bytes.size()},
                                    {"sha256", core::content_hash(file.bytes).substr(7)}});
    }
    return {{"format", kBotFormat},           {"schema", kBotSchema}, {"made_by", made_by},
            {"made_at", newest(copy).text()}, {"bot", copy.bot.slug}, {"files", std::move(list)}};
}

}  // namespace

std::vector<core::NamedFile> files_of(const core::BotCopy& copy, std::string_view made_by) {
    std::vector<core::NamedFile> files;
    files.push_back({"bot.json", line_of(bot_of(copy.bot))});
    files.push_back({"souls.json", line_of(souls_of(copy.souls))});
    for (const core::Soul& soul : copy.souls) files.push_back({soul_path(soul.version), soul.text});
    for (std::size_t i = 0; i < copy.sessions.size(); ++i) add_session(files, copy.sessions[i], i + 1);
    for (const auto& [hash, bytes] : copy.files) files.push_back({file_path(hash), bytes});
    files.insert(files.begin(), {std::string(kManifest), line_of(manifest_of(copy, made_by, files))});
    return files;
}

}  // namespace boternity::infra
