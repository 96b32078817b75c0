#include "cli/command_line.hpp"

#include "cli/commands.hpp"
#include "cli/config_place.hpp"
#include "cli/help_text.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <utility>

namespace boternity::cli {
namespace {

void add_global_options(CLI::App& app, Invocation& invocation) {
    auto& globals = invocation.globals;
    const std::string group = "Options for every command";
    app.set_help_flag("-h,--help", "Shows help for the command before it")->group(group);
    app.set_version_flag("--version", std::string(invocation.version), "Prints the version")->group(group);
    app.add_flag("--json", globals.json, "JSON for programs on stdout")->group(group);
    app.add_option("--data", globals.hints.data, "Data folder [$BOTERNITY_DATA, ~/.local/share/boternity]")
        ->type_name("DIR")
        ->group(group);
    app.add_option("--config", globals.hints.config,
                   "Configuration file [$BOTERNITY_CONFIG, boternity.toml or .yaml in the data folder]")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--server", globals.hints.server, "HOST:PORT or URL of the server [$BOTERNITY_SERVER]")
        ->type_name("ADDRESS")
        ->group(group);
    app.add_option("--token-file", globals.hints.token_file,
                   "File with the token [$BOTERNITY_TOKEN_FILE; $BOTERNITY_TOKEN holds the token itself]")
        ->type_name("FILE")
        ->group(group);
    app.add_flag("-q,--quiet", globals.quiet, "No notices on stderr")->group(group);
    app.add_flag("--no-color,--no-colour", globals.no_colour, "No colours; also $NO_COLOR")->group(group);
    app.add_option("--timeout", globals.timeout_seconds,
                   "Seconds to wait for an answer, and for a lost server")
        ->type_name("S")
        ->check(CLI::Range(0.1, 86'400.0).description(""))
        ->capture_default_str()
        ->group(group);
}

/// What the setting's default is, for help.
std::string fallback(std::string_view key) {
    const auto* rule = infra::find_rule(key);
    return rule ? infra::value_text(rule->fallback) : std::string();
}

/// Options that stand above environment and file; each keeps what was given, to be judged with them.
class ServeSettings {
public:
    using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

    ServeSettings(CLI::App* command, const ServeCommand& serve, Given& given)
        : command_(command), serve_(serve), given_(given) {}

    CLI::Option* add(const std::string& option, const std::string& key, const std::string& description,
                     const std::string& type) {
        auto* added = command_->add_option(option, given_[key], description)->type_name(type)->expected(1);
        if (const auto check = serve_.checks.settings.find(key); check != serve_.checks.settings.end()) {
            added->check([check = check->second](const std::string& value) {
                const auto checked = check(value);
                return checked ? std::string() : checked.error().message;
            });
        }
        const auto shown = fallback(key);
        return shown.empty() ? added : added->default_str(shown);
    }

private:
    CLI::App* command_;
    const ServeCommand& serve_;
    Given& given_;
};

void add_serve_command(CLI::App& app, Invocation& invocation, const ServeCommand& serve) {
    auto given = std::make_shared<ServeSettings::Given>();
    auto* command = add_command(app, "serve", "Runs the server until Ctrl-C or SIGTERM",
                                {"boternity serve", "boternity serve --listen 127.0.0.1:8000 --data ~/bots",
                                 "boternity serve --config /etc/boternity.toml"});
    ServeSettings settings(command, serve, *given);
    settings.add("--listen", "server.listen", "HOST:PORT; port 0 takes a free one", "HOST:PORT");
    settings.add("--models", "models.folder", "Folder with the local models [$BOTERNITY_MODELS]", "DIR");
    settings
        .add("--allow-host", "server.allow_hosts",
             "A further name by which clients may call this server; may be given many times", "NAME")
        ->take_all();
    one_of(invocation, settings.add("--log-format", "log.format", "Form of the log", "TEXT"),
           {"text", "json"});
    one_of(invocation, settings.add("--log-level", "log.level", "How much is logged", "TEXT"),
           {"info", "debug"});
    settings.add("--grace", "server.grace_seconds", "Seconds that runs may go on after SIGTERM", "S")
        ->check(CLI::Range(0, 3600).description(""));
    on_call(command, invocation, given,
            [&serve](Invocation& call, const ServeSettings::Given& parsed) -> Answer<ExitCode> {
                ServeOptions options{.data_folder = data_folder(call.globals.hints, call.platform().env),
                                     .configuration = config_sources(call, serve)};
                options.configuration.options.insert(parsed.begin(), parsed.end());
                const auto served = serve.serve(std::move(options));
                if (!served) {
                    auto failure = failure_of(served.error());
                    if (failure.exit != ExitCode::Usage) failure.exit = ExitCode::Failed;
                    return std::unexpected(std::move(failure));
                }
                return ExitCode::Ok;
            });
}

}  // namespace

const CLI::App& named_command(const CLI::App& app) {
    const auto reached = app.get_subcommands();
    return reached.empty() ? app : named_command(*reached.back());
}

std::unique_ptr<CLI::App> make_command_line(Invocation& invocation, const ServeCommand& serve) {
    auto app = std::make_unique<CLI::App>("Boternity: bots that you host yourself", "boternity");
    app->formatter(std::make_shared<HelpFormatter>());
    // Options for every command may stand anywhere: `boternity bot list --json`.
    app->fallthrough();
    app->require_subcommand(1);
    app->footer("Topics: `boternity help exit-codes`. A command's options: `boternity COMMAND --help`.");
    add_global_options(*app, invocation);

    add_serve_command(*app, invocation, serve);
    add_bot_commands(*app, invocation);
    add_template_commands(*app, invocation);
    add_soul_commands(*app, invocation);
    add_session_commands(*app, invocation);
    add_attachment_commands(*app, invocation);
    add_chat_command(*app, invocation);
    add_run_commands(*app, invocation);
    add_event_commands(*app, invocation);
    add_tool_commands(*app, invocation);
    add_provider_commands(*app, invocation);
    add_model_commands(*app, invocation);
    add_backup_commands(*app, invocation, serve.local);
    add_config_commands(*app, invocation, serve);
    add_doctor_command(*app, invocation, serve.local);
    add_system_command(*app, invocation);
    add_completion_command(*app, invocation);
    add_help_command(*app, invocation);
    add_version_command(*app, invocation);
    return app;
}

}  // namespace boternity::cli
