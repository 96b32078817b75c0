#include "cli/bot_settings.hpp"
#include "cli/bot_travel.hpp"
#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/json_fields.hpp"
#include "cli/pages.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

#include <optional>

namespace boternity::cli {
namespace {

namespace json = boost::json;

std::string bot_path(const std::string& bot) {
    return "/api/v1/bots/" + segment(bot);
}

std::string settings_text(const json::object& settings, std::string_view name) {
    const auto* value = settings.if_contains(name);
    return value != nullptr ? json_line(*value) : std::string();
}

void show_bot(Invocation& invocation, const json::object& bot) {
    auto& out = invocation.out();
    if (out.json()) return out.json_document(bot);
    const auto time = [&](std::string_view field) {
        const auto at = parse_time(text_field(bot, field));
        return at ? local_time(*at) : std::string();
    };
    const auto& settings = object_field(bot, "settings");
    Details details;
    details.add("Name", text_field(bot, "name"));
    details.add("Slug", text_field(bot, "slug"));
    details.add("State", text_field(bot, "state"));
    details.add("Description", text_field(bot, "description"));
    details.add("Model", text_field(bot, "model"));
    details.add("Temperature", settings_text(settings, "temperature"));
    details.add("Max output tokens", settings_text(settings, "max_output_tokens"));
    std::string tools;
    for (const auto& tool : array_field(settings, "tools"))
        if (tool.is_string()) tools += (tools.empty() ? "" : ", ") + std::string(tool.get_string());
    details.add("Tools", tools);
    details.add("Max steps", settings_text(settings, "max_steps"));
    details.add("Max run seconds", settings_text(settings, "max_run_seconds"));
    details.add("Max run tokens", settings_text(settings, "max_run_tokens"));
    details.add("Soul version", std::to_string(number_field(bot, "soul_version")));
    details.add("Created", time("created_at"));
    details.add("Updated", time("updated_at"));
    details.add("Id", text_field(bot, "id"));
    details.add("Etag", text_field(bot, "etag"));
    out.write(details.text(out.dim(), out.reset()));
}

/// Sends a change and says what came of it in one line.
Answer<ExitCode> change_bot(Invocation& invocation, Request request, std::string_view done) {
    const auto bot = invocation.server().call(std::move(request));
    if (!bot) return std::unexpected(bot.error());
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(*bot);
    } else {
        out.line(
            fmt::format("{} {}{}{}", done, out.bold(), safe_line(text_field(*bot, "slug")), out.reset()));
    }
    return ExitCode::Ok;
}

struct CreateOptions {
    std::string name;
    std::string soul;
    std::string made_of;
    std::string model;
    std::string description;
    SettingOptions settings;
};

Answer<ExitCode> create_bot(Invocation& invocation, const CreateOptions& options) {
    json::object body{{"name", options.name},
                      {"model", options.model},
                      {"description", options.description},
                      {"idempotency_key", invocation.server().new_key()}};
    if (!options.soul.empty()) {
        BOT_TRY(soul, read_input(invocation, options.soul));
        body["soul"] = soul;
    }
    if (!options.made_of.empty()) body["template"] = options.made_of;
    if (options.settings.given()) {
        json::object settings;
        BOT_CHECK(apply_settings(settings, options.settings));
        body["settings"] = std::move(settings);
    }
    const auto bot =
        invocation.server().call({.method = "POST", .path = "/api/v1/bots", .body = std::move(body)});
    if (!bot) return std::unexpected(bot.error());
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(*bot);
        return ExitCode::Ok;
    }
    const std::string slug = safe_line(text_field(*bot, "slug"));
    out.line(fmt::format("Created {}{}{} with model {}", out.bold(), slug, out.reset(),
                         safe_line(text_field(*bot, "model"))));
    out.note(fmt::format("Talk with it: `boternity chat {}`", slug));
    return ExitCode::Ok;
}

struct ListOptions {
    int limit = 0;
};

Answer<ExitCode> list_bots(Invocation& invocation, const ListOptions& options) {
    auto& out = invocation.out();
    const auto now = invocation.platform().clock.now();
    Table table({{.title = "BOT"},
                 {.title = "NAME", .fit = Fit::Shrinks},
                 {.title = "STATE"},
                 {.title = "MODEL", .fit = Fit::Shrinks},
                 {.title = "SOUL", .align = Align::Right},
                 {.title = "UPDATED"}});
    BOT_CHECK(
        show_list(invocation, {.path = "/api/v1/bots"}, "bots", options.limit, [&](const json::object& bot) {
            const auto updated = parse_time(text_field(bot, "updated_at"));
            table.add({text_field(bot, "slug"), text_field(bot, "name"), text_field(bot, "state"),
                       text_field(bot, "model"), std::to_string(number_field(bot, "soul_version")),
                       updated ? relative_time(*updated, now) : std::string()});
        }));
    if (out.json()) return ExitCode::Ok;
    if (table.empty()) {
        out.note("No bots yet. Make one with `boternity bot create NAME`");
    } else {
        out.write(table.text(out.width(), out.dim(), out.reset()));
    }
    return ExitCode::Ok;
}

struct BotOptions {
    std::string bot;
    bool yes = false;
};

Answer<ExitCode> show(Invocation& invocation, const BotOptions& options) {
    const auto bot = invocation.server().call({.path = bot_path(options.bot)});
    if (!bot) return std::unexpected(bot.error());
    show_bot(invocation, *bot);
    return ExitCode::Ok;
}

struct UpdateOptions {
    std::string bot;
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<std::string> model;
    SettingOptions settings;
    std::string etag;
};

Answer<ExitCode> update_bot(Invocation& invocation, const UpdateOptions& options) {
    json::object body;
    if (options.name) body["name"] = *options.name;
    if (options.description) body["description"] = *options.description;
    if (options.model) body["model"] = *options.model;
    std::string etag = options.etag;
    if (options.settings.given()) {
        // An update replaces all settings: the others are read first, and must not change in between.
        const auto bot = invocation.server().call({.path = bot_path(options.bot)});
        if (!bot) return std::unexpected(bot.error());
        json::object settings = object_field(*bot, "settings");
        BOT_CHECK(apply_settings(settings, options.settings));
        body["settings"] = std::move(settings);
        if (etag.empty()) etag = text_field(*bot, "etag");
    }
    if (body.empty())
        return usage_error("Nothing to change: give at least one of the options of `bot update --help`.");
    if (!etag.empty()) body["etag"] = etag;
    body["idempotency_key"] = invocation.server().new_key();
    return change_bot(invocation, {.method = "PATCH", .path = bot_path(options.bot), .body = std::move(body)},
                      "Updated");
}

Answer<ExitCode> delete_bot(Invocation& invocation, const BotOptions& options) {
    if (!options.yes) {
        BOT_TRY(sure, confirm(invocation, fmt::format("Delete bot {}?", safe_line(options.bot))));
        if (!sure) {
            invocation.out().note("Nothing was deleted.");
            return ExitCode::Failed;
        }
    }
    return change_bot(invocation,
                      {.method = "DELETE",
                       .path = bot_path(options.bot),
                       .query = {{"idempotency_key", invocation.server().new_key()}}},
                      "Deleted");
}

struct Move {
    std::string verb;
    std::string done;
    std::string description;
};

void add_move(CLI::App& noun, Invocation& invocation, const Move& move) {
    auto options = std::make_shared<BotOptions>();
    auto* command = add_command(noun, move.verb, move.description, {"boternity bot " + move.verb + " ada"});
    command->add_option("BOT", options->bot, "Slug or id")->required();
    on_call(command, invocation, options, [move](Invocation& call, const BotOptions& given) {
        Request request{.method = "POST",
                        .path = bot_path(given.bot) + ":" + move.verb,
                        .body = json::object{{"idempotency_key", call.server().new_key()}}};
        return change_bot(call, std::move(request), move.done);
    });
}

void add_create(CLI::App& noun, Invocation& invocation) {
    auto options = std::make_shared<CreateOptions>();
    auto* command =
        add_command(noun, "create", "Makes a bot",
                    {"boternity bot create Ada", "boternity bot create Ada --template tutor",
                     "boternity bot create Ada --soul SOUL.md --model local/smollm2-135m --temperature 0.7",
                     "cat SOUL.md | boternity bot create Ada --soul -"});
    command->add_option("NAME", options->name, "1 to 100 characters; the slug is made from it")->required();
    command
        ->add_option("--soul", options->soul,
                     "File with its SOUL.md; `-` reads stdin; a friendly default without it")
        ->type_name("FILE");
    command
        ->add_option("--template", options->made_of,
                     "An example bot to begin with, see `boternity template list`")
        ->type_name("TEMPLATE");
    command->add_option("--model", options->model, "PROVIDER/MODEL, see `boternity model list`")
        ->type_name("M");
    command->add_option("--description", options->description, "What it is for")->type_name("TEXT");
    add_setting_options(command, options->settings, MayUnset::No);
    on_call(command, invocation, options, create_bot);
}

void add_update(CLI::App& noun, Invocation& invocation) {
    auto options = std::make_shared<UpdateOptions>();
    auto* command = add_command(noun, "update", "Changes what is given, and nothing else",
                                {"boternity bot update ada --model openai/gpt-4o-mini --temperature 0.2",
                                 "boternity bot update ada --max-output-tokens default"});
    command->add_option("BOT", options->bot, "Slug or id")->required();
    command->add_option("--name", options->name, "Another name; the slug stays")->type_name("TEXT");
    command->add_option("--description", options->description, "What it is for")->type_name("TEXT");
    command->add_option("--model", options->model, "PROVIDER/MODEL")->type_name("M");
    add_setting_options(command, options->settings, MayUnset::Yes);
    command
        ->add_option("--etag", options->etag,
                     "Refuse (exit code 5) when the bot has changed since it had this etag")
        ->type_name("ETAG");
    on_call(command, invocation, options, update_bot);
}

}  // namespace

void add_bot_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "bot", "Makes, lists, starts, stops, packs and deletes bots");
    add_create(*noun, invocation);

    auto list = std::make_shared<ListOptions>();
    auto* list_command =
        add_command(*noun, "list", "Lists bots, oldest first",
                    {"boternity bot list", "boternity bot list --json | jq -r '.bots[].slug'"});
    add_limit(list_command, list->limit);
    on_call(list_command, invocation, list, list_bots);

    auto one = std::make_shared<BotOptions>();
    auto* show_command = add_command(*noun, "show", "Shows one bot", {"boternity bot show ada"});
    show_command->add_option("BOT", one->bot, "Slug or id")->required();
    on_call(show_command, invocation, one, show);

    add_update(*noun, invocation);
    add_move(*noun, invocation, {"start", "Started", "Lets a bot take turns"});
    add_move(*noun, invocation, {"pause", "Paused", "Refuses new turns; those that run may finish"});
    add_move(*noun, invocation, {"stop", "Stopped", "Cancels the turns that run; what was said is kept"});
    add_move(*noun, invocation, {"archive", "Archived", "Keeps a bot to be read only"});

    add_bot_travel(*noun, invocation);

    auto gone = std::make_shared<BotOptions>();
    auto* delete_command = add_command(*noun, "delete", "Deletes a bot; asks first on a terminal",
                                       {"boternity bot delete ada", "boternity bot delete ada --yes"});
    delete_command->add_option("BOT", gone->bot, "Slug or id")->required();
    delete_command->add_flag("--yes,-y", gone->yes, "Do not ask");
    on_call(delete_command, invocation, gone, delete_bot);
}

}  // namespace boternity::cli
