#pragma once

#include "cli/cli.hpp"
#include "cli/invocation.hpp"

#include <CLI/App.hpp>

#include <string>
#include <utility>
#include <vector>

namespace boternity::cli {

/// Each noun's commands; one file each. They keep references to both arguments.
void add_bot_commands(CLI::App& app, Invocation& invocation);
void add_template_commands(CLI::App& app, Invocation& invocation);
void add_soul_commands(CLI::App& app, Invocation& invocation);
void add_session_commands(CLI::App& app, Invocation& invocation);
void add_attachment_commands(CLI::App& app, Invocation& invocation);
void add_chat_command(CLI::App& app, Invocation& invocation);
void add_run_commands(CLI::App& app, Invocation& invocation);
void add_event_commands(CLI::App& app, Invocation& invocation);
void add_tool_commands(CLI::App& app, Invocation& invocation);
void add_provider_commands(CLI::App& app, Invocation& invocation);
void add_model_commands(CLI::App& app, Invocation& invocation);
void add_backup_commands(CLI::App& app, Invocation& invocation, const LocalWork& local);
void add_config_commands(CLI::App& app, Invocation& invocation, const ServeCommand& serve);
void add_doctor_command(CLI::App& app, Invocation& invocation, const LocalWork& local);
void add_system_command(CLI::App& app, Invocation& invocation);
void add_completion_command(CLI::App& app, Invocation& invocation);
void add_version_command(CLI::App& app, Invocation& invocation);
void add_help_command(CLI::App& app, Invocation& invocation);

/// Prints the version of this program, as `version` and --version do.
void say_version(Invocation& invocation);

/// A noun that holds verbs, one of which must be given.
CLI::App* add_noun(CLI::App& app, const std::string& name, const std::string& description);

/// A command with its examples, which help shows; each is a whole command line.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples);

/// --limit N of a list; what `limit` holds now is the default.
CLI::Option* add_limit(CLI::App* command, int& limit);

/// Allows only the given words, and offers them in completion.
void one_of(Invocation& invocation, CLI::Option* option, std::vector<std::string> words);

/// Binds what the command does. `options` is what its options were parsed into; it lives as long as the
/// parser.
template <class Options, class Action>
void on_call(CLI::App* command, Invocation& invocation, std::shared_ptr<Options> options, Action action) {
    command->callback([&invocation, options = std::move(options), action = std::move(action)] {
        invocation.action = [&invocation, options, action] { return action(invocation, *options); };
    });
}

}  // namespace boternity::cli
