#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help_text.hpp"

#include <fmt/format.h>

namespace boternity::cli {
namespace {

struct HelpOptions {
    std::vector<std::string> words;
    const CLI::App* root = nullptr;
};

const CLI::App* child_of(const CLI::App& app, const std::string& name) {
    for (const auto* child : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (child->get_name() == name) return child;
    }
    return nullptr;
}

Answer<ExitCode> help(Invocation& invocation, const HelpOptions& options) {
    auto& out = invocation.out();
    if (options.words == std::vector<std::string>{"exit-codes"}) {
        out.write(exit_codes_page());
        return ExitCode::Ok;
    }
    const CLI::App* command = options.root;
    for (const auto& word : options.words) {
        command = child_of(*command, word);
        if (command == nullptr) {
            return usage_error(
                fmt::format("There is no command or topic `{}`. See `boternity --help`.", word));
        }
    }
    out.write(help_text(*command));
    return ExitCode::Ok;
}

}  // namespace

void add_help_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<HelpOptions>();
    options->root = &app;
    auto* command = add_command(app, "help", "Explains a command or a topic",
                                {"boternity help bot create", "boternity help exit-codes"});
    invocation.choices[command->add_option("COMMAND", options->words, "A command's words, or `exit-codes`")] =
        {"exit-codes"};
    on_call(command, invocation, options, help);
}

}  // namespace boternity::cli
