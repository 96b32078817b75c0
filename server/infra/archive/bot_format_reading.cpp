#include "core/attachments/file_type.hpp"
#include "core/runtime/content_hash.hpp"
#include "infra/archive/archive_faults.hpp"
#include "infra/archive/bot_format.hpp"
#include "infra/archive/entry_names.hpp"
#include "infra/archive/json_record.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <set>

namespace boternity::infra {
namespace {

namespace json = boost::json;

// What is parsed at once: JSON takes several times its size in memory.
constexpr std::size_t kMostJsonBytes = 4 * 1024 * 1024;

/// The files of an archive, each taken once.
class Files {
public:
    explicit Files(std::vector<core::NamedFile> files) {
        for (auto& file : files) files_.emplace(std::move(file.path), std::move(file.bytes));
    }

    bool has(const std::string& path) const { return files_.contains(path); }

    Result<std::string> take(const std::string& path) {
        auto found = files_.extract(path);
        if (found.empty()) return fail(archive_fault(fmt::format("{} is missing in the archive.", path)));
        if (!is_utf8(found.mapped())) return fail(archive_fault(fmt::format("{} is not UTF-8 text.", path)));
        return std::move(found.mapped());
    }

    /// A file of any bytes. It stays: several messages may name it.
    Result<const std::string*> look(const std::string& path) {
        const auto found = files_.find(path);
        if (found == files_.end())
            return fail(archive_fault(fmt::format("\"{}\" is missing in the archive.", shown_name(path))));
        named_.insert(path);
        return &found->second;
    }

    Result<JsonRecord> take_record(const std::string& path) {
        BOT_TRY(text, take(path));
        if (text.size() > kMostJsonBytes) return fail(archive_too_large(path + " has more than 4 MiB."));
        return JsonRecord::parse(text, path);
    }

    /// Those that nobody took.
    std::vector<std::string> rest() const {
        std::vector<std::string> paths;
        for (const auto& [path, bytes] : files_)
            if (!named_.contains(path)) paths.push_back(path);
        return paths;
    }

    const std::map<std::string, std::string>& all() const { return files_; }

private:
    std::map<std::string, std::string> files_;
    std::set<std::string> named_;  ///< those that were looked at and are still there
};

Status check_schema(JsonRecord& manifest) {
    const auto format = manifest.text("format");
    const int schema = manifest.number("schema", 1);
    const auto made_by = manifest.text_or_empty("made_by");
    BOT_CHECK(manifest.status());
    if (format != kBotFormat)
        return fail(archive_fault("manifest.json is of another format than boternity.bot."));
    if (schema <= kBotSchema) return {};
    return fail(archive_fault(fmt::format("the archive is of schema {}, and this version of Boternity reads "
                                          "{}; upgrade it to {} or newer (`boternity "
                                          "version` tells which one runs).",
                                          schema, kBotSchema,
                                          made_by.empty() ? "the one that made it" : shown_name(made_by))));
}

/// Every file is named with its size and hash, and every name is there.
Status check_files(JsonRecord& manifest, const Files& files) {
    std::set<std::string> named;
    for (const json::value& row : manifest.array("files")) {
        if (!row.is_object()) return fail(archive_fault("manifest.json: files must hold objects."));
        JsonRecord file(row.get_object(), "manifest.json: files");
        const auto path = file.text("path");
        const auto size = file.number("size", 0);
        const auto hash = file.text("sha256");
        BOT_CHECK(file.status());
        const auto found = files.all().find(path);
        if (found == files.all().end()) {
            return fail(
                archive_fault(fmt::format("\"{}\" is missing; the manifest names it.", shown_name(path))));
        }
        if (!named.insert(path).second)
            return fail(archive_fault(fmt::format("the manifest names \"{}\" twice.", shown_name(path))));
        if (std::cmp_not_equal(found->second.size(), size) ||
            core::content_hash(found->second) != "sha256:" + hash) {
            return fail(archive_fault(fmt::format(
                "\"{}\" is not what the manifest says: its checksum is wrong; export the bot again.",
                shown_name(path))));
        }
    }
    BOT_CHECK(manifest.status());
    for (const auto& [path, bytes] : files.all()) {
        if (!named.contains(path))
            return fail(
                archive_fault(fmt::format("\"{}\" does not stand in the manifest.", shown_name(path))));
    }
    return {};
}

core::BotSettings settings_from(JsonRecord& parent) {
    JsonRecord settings = parent.object("settings");
    core::BotSettings out{.temperature = settings.optional_real("temperature")};
    const auto limit = [&](std::string_view name, std::optional<int>& value) {
        if (settings.has(name)) value = settings.number(name, 1);
    };
    limit("max_output_tokens", out.max_output_tokens);
    limit("max_steps", out.max_steps);
    limit("max_run_seconds", out.max_run_seconds);
    limit("max_run_tokens", out.max_run_tokens);
    if (settings.has("tools")) {
        for (const json::value& tool : settings.array("tools")) {
            if (tool.is_string())
                out.tools.emplace_back(tool.get_string());
            else
                settings.fault("tools", "a list of names");
        }
    }
    parent.take_fault(settings);
    return out;
}

Result<core::Bot> read_bot(Files& files) {
    BOT_TRY(record, files.take_record("bot.json"));
    core::Bot bot{.id = BotId{record.uuid("id")},
                  .slug = record.text("slug"),
                  .name = record.text("name"),
                  .description = record.text_or_empty("description"),
                  .model = record.text("model"),
                  .settings = settings_from(record),
                  .created_at = record.time("created_at"),
                  .updated_at = record.time("updated_at")};
    BOT_CHECK(record.status());
    return bot;
}

Result<std::vector<core::Soul>> read_souls(Files& files) {
    BOT_TRY(record, files.take_record("souls.json"));
    const int current = record.number("current", 1);
    std::vector<core::Soul> souls;
    for (const json::value& row : record.array("souls")) {
        if (!row.is_object()) return fail(archive_fault("souls.json: souls must hold objects."));
        JsonRecord one(row.get_object(), "souls.json: souls");
        core::Soul soul{.version = one.number("version", 1),
                        .author = one.text_or_empty("author"),
                        .note = one.text_or_empty("note"),
                        .restores = one.number_or("restores", 0, 0),
                        .created_at = one.time("created_at")};
        const auto path = one.text("file");
        BOT_CHECK(one.status());
        BOT_TRY(text, files.take(path));
        if (soul.version != static_cast<int>(souls.size()) + 1 || soul.restores >= soul.version)
            return fail(archive_fault("souls.json: the versions must be 1, 2, 3 and so on."));
        soul.hash = core::content_hash(text);
        soul.size_bytes = static_cast<int>(text.size());
        soul.text = std::move(text);
        souls.push_back(std::move(soul));
    }
    BOT_CHECK(record.status());
    if (souls.empty() || souls.back().version != current)
        return fail(archive_fault("souls.json: the current soul must be the last."));
    return souls;
}

/// Calls `take` with each line's object.
template <class Take>
Status each_line(std::string_view text, const std::string& where, Take take) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.size() > kMostJsonBytes)
            return fail(archive_too_large(where + " has a line of more than 4 MiB."));
        if (line.empty()) continue;
        BOT_TRY(record, JsonRecord::parse(line, where));
        BOT_CHECK(take(record));
        BOT_CHECK(record.status());
    }
    return {};
}

/// A word of a closed list.
template <class T>
T word(JsonRecord& record, std::string_view name, std::optional<T> (*from)(std::string_view) noexcept) {
    const auto value = from(record.text(name));
    if (!value) record.fault(name, "one of the words that the format knows");
    return value.value_or(T{});
}

core::Run read_run(JsonRecord& record) {
    JsonRecord usage = record.object("usage");
    core::Run run{.id = RunId{record.uuid("id")},
                  .state = word(record, "state", core::run_state_from),
                  .model = record.text("model"),
                  .soul_version = record.number("soul_version", 1),
                  .settings = settings_from(record),
                  .attempt = record.number_or("attempt", 1, 1),
                  .input_message = MessageId{record.uuid("input_message")},
                  .usage = {.input_tokens = usage.number_or("input_tokens", 0, 0),
                            .cache_read_tokens = usage.number_or("cache_read_tokens", 0, 0),
                            .cache_write_tokens = usage.number_or("cache_write_tokens", 0, 0),
                            .output_tokens = usage.number_or("output_tokens", 0, 0),
                            .reasoning_tokens = usage.number_or("reasoning_tokens", 0, 0),
                            .estimated = usage.flag("estimated")},
                  .created_at = record.time("created_at"),
                  .started_at = record.optional_time("started_at"),
                  .ended_at = record.optional_time("ended_at")};
    record.take_fault(usage);
    run.moved_at = run.ended_at.value_or(run.created_at);
    if (!core::has_ended(run.state)) record.fault("state", "one of an ended run");
    if (const auto id = record.optional_uuid("output_message")) run.output_message = MessageId{*id};
    if (record.has("stop_reason")) run.stop_reason = word(record, "stop_reason", core::stop_reason_from);
    if (record.has("context_cut")) {
        JsonRecord cut = record.object("context_cut");
        run.context_cut = {.dropped_messages = cut.number("dropped_messages", 0),
                           .kept_messages = cut.number("kept_messages", 0),
                           .window_tokens = cut.number("window_tokens", 0)};
        record.take_fault(cut);
    }
    if (record.has("error")) {
        JsonRecord error = record.object("error");
        run.error = {.code = word(error, "code", core::error_code_from), .message = error.text("message")};
        record.take_fault(error);
    }
    return run;
}

core::Message read_message(JsonRecord& record) {
    return {.id = MessageId{record.uuid("id")},
            .run = RunId{record.uuid("run")},
            .role = word(record, "role", core::role_from),
            .state = word(record, "state", core::message_state_from),
            .text = record.text("text"),
            .created_at = record.time("created_at")};
}

/// The files that came with a message. What they are is told by their bytes, here as everywhere.
Status read_attachments(JsonRecord& record, core::Message& message, Files& files, core::BotCopy& copy) {
    if (!record.has("attachments")) return {};
    for (const json::value& row : record.array("attachments")) {
        if (!row.is_object()) return fail(archive_fault("messages.jsonl: attachments must hold objects."));
        JsonRecord one(row.get_object(), "messages.jsonl: attachments");
        core::Attachment attachment{.id = AttachmentId{one.uuid("id")}, .created_at = one.time("created_at")};
        const auto path = one.text("file");
        const auto name = one.text("name");
        BOT_CHECK(one.status());
        BOT_TRY(bytes, files.look(path));
        const auto type = core::type_of_file(*bytes);
        if (!type) return fail(archive_fault(fmt::format("{}: {}", shown_name(path), type.error().message)));
        attachment.kind = type->kind;
        attachment.media_type = type->media_type;
        attachment.name = core::kept_file_name(name, *type);
        attachment.size_bytes = static_cast<std::int64_t>(bytes->size());
        attachment.hash = core::content_hash(*bytes);
        copy.files.emplace(attachment.hash, *bytes);
        message.attachments.push_back(std::move(attachment));
    }
    return record.status();
}

Result<core::SessionCopy> read_session(Files& files, const std::string& folder, core::BotCopy& bot) {
    core::SessionCopy copy;
    BOT_TRY(record, files.take_record(folder + "session.json"));
    copy.session = {.id = SessionId{record.uuid("id")},
                    .title = record.text_or_empty("title"),
                    .created_at = record.time("created_at"),
                    .updated_at = record.time("updated_at")};
    BOT_CHECK(record.status());
    BOT_TRY(runs, files.take(folder + "runs.jsonl"));
    BOT_CHECK(each_line(runs, folder + "runs.jsonl", [&](JsonRecord& row) -> Status {
        copy.runs.push_back(read_run(row));
        return {};
    }));
    BOT_TRY(messages, files.take(folder + "messages.jsonl"));
    BOT_CHECK(each_line(messages, folder + "messages.jsonl", [&](JsonRecord& row) {
        copy.messages.push_back(read_message(row));
        return read_attachments(row, copy.messages.back(), files, bot);
    }));
    if (!core::number_messages(copy))
        return fail(archive_fault(folder + ": its runs and messages do not fit together."));
    return copy;
}

}  // namespace

Result<core::PackedBot> bot_from(std::vector<core::NamedFile> list) {
    Files files(std::move(list));
    BOT_TRY(manifest, files.take_record(std::string(kManifest)));
    BOT_CHECK(check_schema(manifest));
    BOT_CHECK(check_files(manifest, files));
    core::PackedBot packed;
    BOT_TRY(bot, read_bot(files));
    packed.copy.bot = std::move(bot);
    BOT_TRY(souls, read_souls(files));
    packed.copy.souls = std::move(souls);
    packed.copy.bot.soul_version = packed.copy.souls.back().version;
    for (std::size_t number = 1;; ++number) {
        const std::string folder = fmt::format("sessions/{:04}/", number);
        if (!files.has(folder + "session.json")) break;
        BOT_TRY(session, read_session(files, folder, packed.copy));
        packed.copy.sessions.push_back(std::move(session));
    }
    packed.unknown_parts = files.rest();
    return packed;
}

}  // namespace boternity::infra
