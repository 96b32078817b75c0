#include "boternity/config_schema.hpp"
#include "cli/commands.hpp"
#include "cli/config_place.hpp"
#include "cli/config_view.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"
#include "infra/config/config_file.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct KeyOptions {
    std::string key;
    std::optional<std::string> value;
};

struct NoOptions {};

Answer<void> known_key(const std::string& key) {
    if (infra::find_rule(key)) return {};
    if (key.starts_with("providers")) {
        return usage_error("Providers are tables of the file; edit it by hand, then run `boternity config "
                           "check` and `boternity config reload`.",
                           "KEY");
    }
    if (key.starts_with("tools")) {
        return usage_error(
            "Tools are tables of the file; edit it by hand, then run `boternity config check`.", "KEY");
    }
    return usage_error(infra::unknown_key(key), "KEY");
}

/// Whether a server of this machine serves with the data folder that is meant here.
bool server_runs(Invocation& invocation) {
    const auto& hints = invocation.globals.hints;
    if (!hints.server.empty() || invocation.platform().env("BOTERNITY_SERVER")) return false;
    return find_server(hints, invocation.platform().env).has_value();
}

/// As config_sources, and the file that a running server reads when nobody names another.
infra::ConfigSources sources_of(Invocation& invocation, const ServeCommand& serve) {
    auto sources = config_sources(invocation, serve);
    if (!sources.file.empty() || !server_runs(invocation)) return sources;
    if (const auto config = invocation.server().call({.path = "/api/v1/config"})) {
        const auto file = text_field(*config, "file");
        // One that was found in the data folder is found here too, and judged as such.
        if (std::filesystem::path(file).parent_path() != sources.data_folder) sources.file = file;
    }
    return sources;
}

/// The server knows more than this program: its own environment and options. Else what it would read.
Answer<ExitCode> show(Invocation& invocation, const KeyOptions& options, const ServeCommand& serve) {
    if (!options.key.empty()) {
        if (auto known = known_key(options.key); !known) return std::unexpected(std::move(known).error());
    }
    const auto& hints = invocation.globals.hints;
    const bool named = !hints.server.empty() || invocation.platform().env("BOTERNITY_SERVER");
    if (named || server_runs(invocation)) {
        BOT_TRY(config, invocation.server().call({.path = "/api/v1/config"}));
        return show_config(invocation, std::move(config), options.key);
    }
    auto config = infra::load_config_blocking(config_sources(invocation, serve));
    if (!config) return std::unexpected(failure_of(config.error()));
    return show_config(invocation, config_document(*config), options.key);
}

Answer<ExitCode> check(Invocation& invocation, const KeyOptions& file, const ServeCommand& serve) {
    auto sources = sources_of(invocation, serve);
    if (!file.key.empty()) sources.file = file.key;
    auto config = infra::load_config_blocking(sources);
    auto& out = invocation.out();
    json::array faults;
    if (!config) {
        for (const auto& fault : config.error()) faults.push_back(fault_document(fault));
    }
    if (out.json()) {
        out.json_document(json::object{{"ok", config.has_value()}, {"faults", faults}});
        return config ? ExitCode::Ok : ExitCode::Failed;
    }
    if (config) {
        out.line(config->file.empty() ? "There is no file; all is well without one."
                                      : safe_line(config->file.string()) + " is right.");
        return ExitCode::Ok;
    }
    for (const auto& fault : config.error()) out.line(safe_line(fault.text()));
    return ExitCode::Failed;
}

Answer<json::object> reload(Invocation& invocation) {
    return invocation.server().call(
        {.method = "POST", .path = "/api/v1/config:reload", .body = json::object{}});
}

/// Who reads what was written: a server that runs, or the next one.
Answer<std::string> take_effect(Invocation& invocation, const std::string& key) {
    if (!server_runs(invocation)) return "It counts from the next start of the server.";
    auto config = reload(invocation);
    if (!config) {
        config.error().message = "It is written, but the server did not take it: " + config.error().message;
        return std::unexpected(std::move(config).error());
    }
    return effect_of(*config, key);
}

Answer<ExitCode> edit(Invocation& invocation, const KeyOptions& options, const ServeCommand& serve) {
    if (auto known = known_key(options.key); !known) return std::unexpected(std::move(known).error());
    const auto edited =
        infra::edit_config_blocking(sources_of(invocation, serve), options.key, options.value);
    if (!edited) return std::unexpected(failure_of(edited.error()));
    BOT_TRY(effect, take_effect(invocation, options.key));
    auto& out = invocation.out();
    const std::string file = edited->file.string();
    if (out.json()) {
        out.json_document(json::object{
            {"key", options.key}, {"file", file}, {"changed", edited->changed}, {"effect", effect}});
        return ExitCode::Ok;
    }
    const std::string what = options.value ? fmt::format("{} = {}", options.key, *options.value)
                                           : fmt::format("{} is no longer set", options.key);
    out.line(safe_line(
        fmt::format("{} in {}{}", what, file, edited->changed ? "." : ", as before: nothing was written.")));
    out.note(effect);
    return ExitCode::Ok;
}

Answer<ExitCode> path(Invocation& invocation, const NoOptions&, const ServeCommand& serve) {
    const auto sources = sources_of(invocation, serve);
    auto found = infra::find_config_file_blocking(sources);
    if (!found) return std::unexpected(failure_of(found.error()));
    auto& out = invocation.out();
    const bool there = !found->empty();
    const auto file = there ? *found : sources.data_folder / "boternity.toml";
    if (out.json()) {
        out.json_document(json::object{{"file", file.string()}, {"exists", std::filesystem::exists(file)}});
        return ExitCode::Ok;
    }
    out.line(safe_line(file.string()));
    if (!there) out.note("There is no file yet; `boternity config set` makes it.");
    return ExitCode::Ok;
}

void add_edits(CLI::App& noun, Invocation& invocation, const ServeCommand& serve) {
    auto set = std::make_shared<KeyOptions>();
    auto* set_verb = add_command(noun, "set", "Writes a setting into the file; comments and order stay",
                                 {"boternity config set log.level debug",
                                  "boternity config set server.allow_hosts bots.example.org,bots.local"});
    set_verb->add_option("KEY", set->key, "SECTION.NAME")->required();
    set_verb->add_option("VALUE", set->value, "Its value; the parts of a list are parted by commas")
        ->required();
    auto unset = std::make_shared<KeyOptions>();
    auto* unset_verb = add_command(noun, "unset", "Takes a setting out of the file; its default counts then",
                                   {"boternity config unset log.level"});
    unset_verb->add_option("KEY", unset->key, "SECTION.NAME")->required();
    const auto work = [&serve](Invocation& call, const KeyOptions& given) {
        return edit(call, given, serve);
    };
    on_call(set_verb, invocation, set, work);
    on_call(unset_verb, invocation, unset, work);
}

void add_reading(CLI::App& noun, Invocation& invocation, const ServeCommand& serve) {
    auto shown = std::make_shared<KeyOptions>();
    auto* show_verb = add_command(noun, "show", "Shows each setting and who said it",
                                  {"boternity config show", "boternity config show log.level"});
    show_verb->add_option("KEY", shown->key, "Only this one");
    on_call(show_verb, invocation, shown,
            [&serve](Invocation& call, const KeyOptions& given) { return show(call, given, serve); });

    auto checked = std::make_shared<KeyOptions>();
    auto* check_verb = add_command(noun, "check", "Tells all that is wrong, with line and column",
                                   {"boternity config check", "boternity config check ./boternity.toml"});
    check_verb->add_option("FILE", checked->key, "Another file than the one that counts");
    on_call(check_verb, invocation, checked,
            [&serve](Invocation& call, const KeyOptions& given) { return check(call, given, serve); });

    auto none = std::make_shared<NoOptions>();
    on_call(add_command(noun, "path", "Prints the path of the file", {"boternity config path"}), invocation,
            none, [&serve](Invocation& call, const NoOptions& given) { return path(call, given, serve); });
    on_call(add_command(noun, "schema", "Prints the JSON Schema of the file",
                        {"boternity config schema > boternity.schema.json"}),
            invocation, none, [](Invocation& call, const NoOptions&) {
                call.out().write(contract::config_schema());
                return Answer<ExitCode>(ExitCode::Ok);
            });
}

}  // namespace

void add_config_commands(CLI::App& app, Invocation& invocation, const ServeCommand& serve) {
    auto* noun = add_noun(app, "config", "Shows, checks and edits the configuration");
    add_reading(*noun, invocation, serve);
    add_edits(*noun, invocation, serve);
    on_call(add_command(*noun, "reload", "Makes the running server read its configuration again",
                        {"boternity config reload"}),
            invocation, std::make_shared<NoOptions>(),
            [](Invocation& call, const NoOptions&) -> Answer<ExitCode> {
                BOT_TRY(config, reload(call));
                return show_reloaded(call, config);
            });
}

}  // namespace boternity::cli
