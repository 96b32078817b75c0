#include "cli/help_text.hpp"

namespace boternity::cli {
namespace {

constexpr std::size_t kOptionColumn = 34;

}  // namespace

HelpFormatter::HelpFormatter() {
    column_width(kOptionColumn);
    label("SUBCOMMAND", "COMMAND");
    label("Positionals", "Arguments");
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
    if (option->get_positional() || option->get_type_size() == 0) return {};
    std::string out;
    if (!option->get_type_name().empty()) out += " " + option->get_type_name();
    if (!option->get_default_str().empty()) out += " (" + option->get_default_str() + ")";
    return out;
}

std::string words_of(const CLI::App& command) {
    std::string words;
    for (const auto* app = &command; app->get_parent() != nullptr; app = app->get_parent()) {
        words = app->get_name() + (words.empty() ? "" : " " + words);
    }
    return words;
}

std::string help_text(const CLI::App& command) {
    const std::string words = words_of(command);
    // Not command.help(): that one shows the command that was parsed, not the one that was asked for.
    std::string text = command.get_formatter()->make_help(
        &command, words.empty() ? "boternity" : "boternity " + words, CLI::AppFormatMode::Normal);
    if (!text.ends_with('\n')) text += '\n';
    return text;
}

}  // namespace boternity::cli
