#include "cli/command_line.hpp"

#include "cli/commands.hpp"
#include "cli/help_text.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <functional>
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

/// A check of CLI11: what is wrong with the value, or empty.
auto check_with(std::function<Status(std::string_view)> check) {
    return [check = std::move(check)](const std::string& value) {
        const auto checked = check ? check(value) : Status{};
        return checked ? std::string() : checked.error().message;
    };
}

struct ServeGiven {
    ServeOptions options;
    std::string models;
    std::string log_format = "text";
    std::string log_level = "info";
    int grace_seconds = 20;
};

void add_serve_command(CLI::App& app, Invocation& invocation, const ServeCommand& serve) {
    auto given = std::make_shared<ServeGiven>();
    auto* command = add_command(app, "serve", "Runs the server until Ctrl-C or SIGTERM",
                                {"boternity serve", "boternity serve --listen 127.0.0.1:8000 --data ~/bots"});
    command->add_option("--listen", given->options.listen, "HOST:PORT; port 0 takes a free one")
        ->type_name("HOST:PORT")
        ->check(check_with(serve.check_listen))
        ->capture_default_str();
    command->add_option("--models", given->models, "Folder with the local models [$BOTERNITY_MODELS]")
        ->type_name("DIR");
    command
        ->add_option("--allow-host", given->options.allowed_hosts,
                     "A further name by which clients may call this server; may be given many times")
        ->type_name("NAME")
        ->check(check_with(serve.check_allow_host))
        ->expected(1)
        ->take_all();
    one_of(invocation,
           command->add_option("--log-format", given->log_format, "Form of the log")->capture_default_str(),
           {"text", "json"});
    one_of(invocation,
           command->add_option("--log-level", given->log_level, "How much is logged")->capture_default_str(),
           {"info", "debug"});
    command->add_option("--grace", given->grace_seconds, "Seconds that runs may go on after SIGTERM")
        ->type_name("S")
        ->check(CLI::Range(0, 3600).description(""))
        ->capture_default_str();
    on_call(command, invocation, given,
            [&serve](Invocation& call, const ServeGiven& parsed) -> Answer<ExitCode> {
                ServeOptions options = parsed.options;
                options.data_folder = data_folder(call.globals.hints, call.platform().env);
                options.model_folder = parsed.models;
                options.json_log = parsed.log_format == "json";
                options.debug_log = parsed.log_level == "debug";
                options.grace = std::chrono::seconds(parsed.grace_seconds);
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
    add_soul_commands(*app, invocation);
    add_session_commands(*app, invocation);
    add_chat_command(*app, invocation);
    add_run_commands(*app, invocation);
    add_provider_commands(*app, invocation);
    add_model_commands(*app, invocation);
    add_backup_commands(*app, invocation, serve.local);
    add_doctor_command(*app, invocation, serve.local);
    add_system_command(*app, invocation);
    add_completion_command(*app, invocation);
    add_help_command(*app, invocation);
    add_version_command(*app, invocation);
    return app;
}

}  // namespace boternity::cli
