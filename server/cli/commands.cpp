#include "cli/commands.hpp"

#include <CLI/Validators.hpp>

namespace boternity::cli {
namespace {

constexpr auto kGroup = "Commands";

}  // namespace

CLI::Option* add_limit(CLI::App* command, int& limit) {
    return command->add_option("--limit", limit, "At most so many; 0: all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber.description(""))
        ->capture_default_str();
}

CLI::App* add_noun(CLI::App& app, const std::string& name, const std::string& description) {
    auto* noun = app.add_subcommand(name, description)->group(kGroup);
    // At most one: words after it are arguments, even when they spell a command (`chat ada run`).
    noun->require_subcommand(1);
    noun->footer("`boternity help " + name + " VERB` explains a verb and shows examples.");
    return noun;
}

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples) {
    auto* command = parent.add_subcommand(name, description)->group(kGroup);
    std::string footer = examples.size() == 1 ? "Example:\n" : "Examples:\n";
    for (const auto& example : examples) footer += "  " + example + "\n";
    footer += "\nOptions for every command, such as --json: `boternity --help`";
    command->footer(footer);
    return command;
}

void one_of(Invocation& invocation, CLI::Option* option, std::vector<std::string> words) {
    option->check(CLI::IsMember(words));
    invocation.choices[option] = std::move(words);
}

}  // namespace boternity::cli
