#include "cli/backup_making.hpp"
#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/interrupts.hpp"
#include "cli/json_fields.hpp"
#include "cli/pages.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace boternity::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::string size_text(const std::string& bytes) {
    double value = 0;
    for (const char c : bytes) {
        if (c >= '0' && c <= '9') value = value * 10 + (c - '0');
    }
    return value < 10.0 * 1024 * 1024 ? fmt::format("{:.0f} KiB", value / 1024)
                                      : fmt::format("{:.0f} MiB", value / 1024 / 1024);
}

std::string_view reason_name(core::BackupReason reason) {
    switch (reason) {
    case core::BackupReason::Asked: return "asked";
    case core::BackupReason::Upgrade: return "upgrade";
    case core::BackupReason::Restore: return "restore";
    }
    return {};
}

/// As the API writes them, so that a program reads the same whoever answers.
json::object json_of(const core::Backup& backup) {
    return {{"name", backup.name},
            {"reason", reason_name(backup.reason)},
            {"schema_version", backup.schema},
            {"made_by", backup.made_by},
            {"created_at", backup.made_at.text()},
            {"size_bytes", std::to_string(backup.size_bytes)}};
}

json::object json_of(const core::BackupCheck& check) {
    return {{"backup", json_of(check.backup)},
            {"has_configuration", check.has_configuration},
            {"bots", std::to_string(check.bots)},
            {"sessions", std::to_string(check.sessions)},
            {"messages", std::to_string(check.messages)},
            {"runs", std::to_string(check.runs)}};
}

struct NoOptions {};

struct BackupOptions {
    std::string backup;
    bool yes = false;
};

/// Whether the words name a file of this machine rather than a backup of the server.
bool names_file(const std::string& text) {
    return text.find('/') != std::string::npos || text.ends_with(".db");
}

fs::path file_of(const Invocation& invocation, const std::string& text) {
    if (names_file(text)) return text;
    const auto data = data_folder(invocation.globals.hints, invocation.platform().env);
    return data / "backups" / (text + ".db");
}

Answer<ExitCode> create_backup(Invocation& invocation, const NoOptions&) {
    auto& server = invocation.server();
    auto& out = invocation.out();
    std::stop_source stop;
    const Interrupts interrupts(server.io(), [&] { stop.request_stop(); });
    BOT_TRY(backup, server.run(make_backup(server, out, stop.get_token())));
    if (out.json()) {
        out.json_document(backup);
        return ExitCode::Ok;
    }
    out.line(fmt::format("Made {}{}{} ({}, checked)", out.bold(), safe_line(text_field(backup, "name")),
                         out.reset(), size_text(text_field(backup, "size_bytes"))));
    out.note("Its file is in the folder `backups` of the data folder. The newest 10 are kept: copy what must "
             "stay.");
    return ExitCode::Ok;
}

void add_row(Table& table, const json::object& backup, Timestamp now) {
    const auto made = parse_time(text_field(backup, "created_at"));
    table.add({text_field(backup, "name"), text_field(backup, "reason"),
               std::to_string(number_field(backup, "schema_version")), text_field(backup, "made_by"),
               size_text(text_field(backup, "size_bytes")),
               made ? relative_time(*made, now) : std::string()});
}

/// Restoring begins with a look at what there is, when no server runs to be asked.
void list_locally(Invocation& invocation, const LocalWork& local, Table& table) {
    const auto data = data_folder(invocation.globals.hints, invocation.platform().env);
    json::array backups;
    for (const auto& backup : local.list_backups(data)) {
        const auto object = json_of(backup);
        add_row(table, object, invocation.platform().clock.now());
        backups.push_back(object);
    }
    if (invocation.out().json())
        invocation.out().json_document(json::object{{"backups", std::move(backups)}});
}

Answer<ExitCode> list_backups(Invocation& invocation, const LocalWork& local) {
    auto& out = invocation.out();
    Table table({{.title = "BACKUP"},
                 {.title = "REASON"},
                 {.title = "SCHEMA", .align = Align::Right},
                 {.title = "MADE BY"},
                 {.title = "SIZE", .align = Align::Right},
                 {.title = "MADE"}});
    const bool somewhere =
        !invocation.globals.hints.server.empty() || invocation.platform().env("BOTERNITY_SERVER");
    if (somewhere || find_server(invocation.globals.hints, invocation.platform().env)) {
        BOT_CHECK(
            show_list(invocation, {.path = "/api/v1/backups"}, "backups", 0, [&](const json::object& backup) {
                add_row(table, backup, invocation.platform().clock.now());
            }));
    } else {
        list_locally(invocation, local, table);
    }
    if (out.json()) return ExitCode::Ok;
    if (table.empty()) {
        out.note("There are none. Make one with `boternity backup create`.");
    } else {
        out.write(table.text(out.width(), out.dim(), out.reset()));
    }
    return ExitCode::Ok;
}

ExitCode show_check(Output& out, const json::object& check, std::string_view word) {
    if (out.json()) {
        out.json_document(check);
        return ExitCode::Ok;
    }
    const auto& backup = object_field(check, "backup");
    out.line(fmt::format("{}{}{} {}", out.bold(), safe_line(text_field(backup, "name")), out.reset(), word));
    Details details;
    const auto made = parse_time(text_field(backup, "created_at"));
    details.add("Made", made ? local_time(*made) : std::string());
    details.add("By Boternity", text_field(backup, "made_by"));
    details.add("Schema version", std::to_string(number_field(backup, "schema_version")));
    details.add("Size", size_text(text_field(backup, "size_bytes")));
    for (const auto* field : {"bots", "sessions", "messages", "runs"}) {
        std::string label = field;
        label[0] = static_cast<char>(label[0] - 'a' + 'A');
        details.add(std::move(label), text_field(check, field));
    }
    details.add("Configuration", true_field(check, "has_configuration") ? "in it" : "none in it");
    out.write(details.text(out.dim(), out.reset()));
    return ExitCode::Ok;
}

Answer<ExitCode> verify_backup(Invocation& invocation, const BackupOptions& options, const LocalWork& local) {
    if (names_file(options.backup)) {
        const auto check = local.verify_backup(options.backup);
        if (!check) return std::unexpected(failure_of(check.error()));
        return show_check(invocation.out(), json_of(*check), "is sound");
    }
    BOT_TRY(check, invocation.server().call({.method = "POST",
                                             .path = "/api/v1/backups/" + segment(options.backup) + ":verify",
                                             .body = json::object{}}));
    return show_check(invocation.out(), check, "is sound");
}

Answer<ExitCode> restore_backup(Invocation& invocation, const BackupOptions& options,
                                const LocalWork& local) {
    const auto data = data_folder(invocation.globals.hints, invocation.platform().env);
    if (!options.yes) {
        BOT_TRY(sure, confirm(invocation, fmt::format("Put {} in place of the database in {}?",
                                                      safe_line(options.backup), safe_line(data.string()))));
        if (!sure) {
            invocation.out().note("Nothing was changed.");
            return ExitCode::Failed;
        }
    }
    const auto check = local.restore_backup(data, file_of(invocation, options.backup));
    if (!check) return std::unexpected(failure_of(check.error()));
    const auto code = show_check(invocation.out(), json_of(*check), "is restored");
    invocation.out().note("What was there before is kept as a backup. Start with `boternity serve`.");
    return code;
}

Answer<ExitCode> remove_backup(Invocation& invocation, const BackupOptions& options) {
    if (!options.yes) {
        BOT_TRY(sure, confirm(invocation, fmt::format("Remove {} for good?", safe_line(options.backup))));
        if (!sure) {
            invocation.out().note("Nothing was removed.");
            return ExitCode::Failed;
        }
    }
    BOT_TRY(removed,
            invocation.server().call({.method = "DELETE",
                                      .path = "/api/v1/backups/" + segment(options.backup),
                                      .query = {{"idempotency_key", invocation.server().new_key()}}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(removed);
    } else {
        out.line("Removed " + safe_line(text_field(removed, "name")));
    }
    return ExitCode::Ok;
}

}  // namespace

void add_backup_commands(CLI::App& app, Invocation& invocation, const LocalWork& local) {
    auto* noun = add_noun(app, "backup", "Makes, checks and restores backups of all data");
    const std::string name = "1-20261123T093000.000000Z-asked";
    auto none = std::make_shared<NoOptions>();

    on_call(add_command(*noun, "create", "Makes a backup while the server goes on, and checks it",
                        {"boternity backup create"}),
            invocation, none, create_backup);
    on_call(add_command(*noun, "list", "Lists backups, newest first; also while no server runs",
                        {"boternity backup list"}),
            invocation, none,
            [&local](Invocation& call, const NoOptions&) { return list_backups(call, local); });

    auto verify = std::make_shared<BackupOptions>();
    auto* verify_verb = add_command(*noun, "verify", "Reads all of a backup and says whether it is sound",
                                    {"boternity backup verify " + name, "boternity backup verify ./copy.db"});
    verify_verb->add_option("BACKUP", verify->backup, "A backup's name, or the path of a file")->required();
    on_call(verify_verb, invocation, verify, [&local](Invocation& call, const BackupOptions& options) {
        return verify_backup(call, options, local);
    });

    auto restore = std::make_shared<BackupOptions>();
    auto* restore_verb = add_command(
        *noun, "restore", "Puts a backup in place of the database, which is kept; the server is stopped",
        {"boternity backup restore " + name, "boternity backup restore ./copy.db --data ~/bots --yes"});
    restore_verb->add_option("BACKUP", restore->backup, "A backup's name, or the path of a file")->required();
    restore_verb->add_flag("--yes,-y", restore->yes, "Do not ask");
    on_call(restore_verb, invocation, restore, [&local](Invocation& call, const BackupOptions& options) {
        return restore_backup(call, options, local);
    });

    auto remove = std::make_shared<BackupOptions>();
    auto* remove_verb = add_command(*noun, "remove", "Removes a backup for good; asks first on a terminal",
                                    {"boternity backup remove " + name + " --yes"});
    remove_verb->add_option("BACKUP", remove->backup, "A backup's name")->required();
    remove_verb->add_flag("--yes,-y", remove->yes, "Do not ask");
    on_call(remove_verb, invocation, remove, remove_backup);
}

}  // namespace boternity::cli
