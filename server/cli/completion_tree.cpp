#include "cli/completion_tree.hpp"

namespace boternity::cli {
namespace {

/// Descriptions stand in single quotes in every shell's script.
std::string without_quotes(std::string text) {
    for (auto& c : text) {
        if (c == '\'' || c == '\n') c = c == '\n' ? ' ' : '`';
    }
    return text;
}

std::vector<std::string> values_of(const CLI::Option* option, const Invocation& invocation) {
    const auto found = invocation.choices.find(option);
    return found == invocation.choices.end() ? std::vector<std::string>() : found->second;
}

CompletedOption option_of(const CLI::Option& option, const Invocation& invocation) {
    CompletedOption out{.description = without_quotes(option.get_description()),
                        .takes_value = option.get_items_expected_max() > 0,
                        .values = values_of(&option, invocation)};
    for (const auto& name : option.get_snames()) out.names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) out.names.push_back("--" + name);
    return out;
}

void collect(std::vector<CompletedCommand>& out, const CLI::App& app, const std::string& path,
             const Invocation& invocation) {
    CompletedCommand command{.path = path, .description = without_quotes(app.get_description())};
    for (const auto* option : app.get_options()) {
        if (option->get_positional()) {
            for (auto& word : values_of(option, invocation)) command.words.push_back(std::move(word));
        } else {
            command.options.push_back(option_of(*option, invocation));
        }
    }
    const auto children = app.get_subcommands([](const CLI::App*) { return true; });
    for (const auto* child : children) command.children.push_back(child->get_name());
    out.push_back(std::move(command));
    for (const auto* child : children) {
        collect(out, *child, path.empty() ? child->get_name() : path + " " + child->get_name(), invocation);
    }
}

}  // namespace

std::vector<CompletedCommand> completion_tree(const CLI::App& root, const Invocation& invocation) {
    std::vector<CompletedCommand> out;
    collect(out, root, "", invocation);
    return out;
}

}  // namespace boternity::cli
