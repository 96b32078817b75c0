#include "cli/completion.hpp"

#include "cli/commands.hpp"
#include "cli/completion_tree.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace boternity::cli {
namespace {

using Tree = std::vector<CompletedCommand>;

/// The names of options that swallow the next word.
std::vector<std::string> names_with_value(const Tree& tree) {
    std::vector<std::string> out;
    for (const auto& command : tree) {
        for (const auto& option : command.options) {
            if (option.takes_value) out.insert(out.end(), option.names.begin(), option.names.end());
        }
    }
    std::ranges::sort(out);
    const auto rest = std::ranges::unique(out);
    out.erase(rest.begin(), rest.end());
    return out;
}

const CompletedCommand& at(const Tree& tree, const std::string& path) {
    return *std::ranges::find(tree, path, &CompletedCommand::path);
}

std::string child_path(const CompletedCommand& command, const std::string& child) {
    return command.path.empty() ? child : command.path + " " + child;
}

/// Lines of a `case "$path/$word"` that walks down the tree.
std::string steps(const Tree& tree) {
    std::string out;
    for (const auto& command : tree) {
        for (const auto& child : command.children) {
            fmt::format_to(std::back_inserter(out), "        '{}/{}') path='{}' ;;\n", command.path, child,
                           child_path(command, child));
        }
    }
    return out;
}

/// Lines of a `case "$path/$previous"` for options that take one of some words.
std::string value_lines(const Tree& tree, std::string_view line) {
    std::string out;
    for (const auto& command : tree) {
        for (const auto& option : command.options) {
            if (option.values.empty()) continue;
            for (const auto& name : option.names) {
                fmt::format_to(std::back_inserter(out), fmt::runtime(line), command.path, name,
                               fmt::join(option.values, " "));
            }
        }
    }
    return out;
}

std::string bash_script(const Tree& tree) {
    std::string words;
    for (const auto& command : tree) {
        std::vector<std::string> offered = command.children;
        offered.insert(offered.end(), command.words.begin(), command.words.end());
        for (const auto& option : command.options) {
            offered.insert(offered.end(), option.names.begin(), option.names.end());
        }
        if (!command.path.empty()) {
            for (const auto& option : tree.front().options) {
                offered.insert(offered.end(), option.names.begin(), option.names.end());
            }
        }
        std::ranges::sort(offered);
        const auto rest = std::ranges::unique(offered);
        offered.erase(rest.begin(), rest.end());
        fmt::format_to(std::back_inserter(words), "    '{}') words='{}' ;;\n", command.path,
                       fmt::join(offered, " "));
    }
    return fmt::format(R"(# bash completion for boternity: source <(boternity completion bash)
_boternity() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path='' words='' word skip='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        if [[ $skip ]]; then skip=''; continue; fi
        case "$word" in
        {}) skip=yes; continue ;;
        esac
        case "$path/$word" in
{}        esac
    done
    COMPREPLY=()
    if [[ $skip ]]; then
        case "$path/$previous" in
{}        esac
        [[ $words ]] && mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    case "$path" in
{}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _boternity boternity
)",
                       fmt::join(names_with_value(tree), "|"), steps(tree),
                       value_lines(tree, "        '{}/{}') words='{}' ;;\n"), words);
}

/// One entry of _describe: colons part the word from its description.
std::string described(std::string word, const std::string& description) {
    std::string out;
    for (const char c : word + "\n" + description) {
        if (c == ':')
            out += "\\:";
        else
            out += c == '\n' ? ':' : c;
    }
    return "'" + out + "'";
}

std::string zsh_options(const CompletedCommand& command) {
    std::string out;
    for (const auto& option : command.options) {
        for (const auto& name : option.names) out += " " + described(name, option.description);
    }
    return out;
}

std::string zsh_script(const Tree& tree) {
    std::string cases;
    for (const auto& command : tree) {
        std::string below;
        for (const auto& child : command.children) {
            below += " " + described(child, at(tree, child_path(command, child)).description);
        }
        for (const auto& word : command.words) below += " " + described(word, "");
        fmt::format_to(std::back_inserter(cases), "    '{}') below=({} ) options=({} ) ;;\n", command.path,
                       below, command.path.empty() ? std::string() : zsh_options(command));
    }
    return fmt::format(
        R"(#compdef boternity
# zsh completion for boternity: boternity completion zsh > "${{fpath[1]}}/_boternity"
_boternity() {{
    local path_='' word skip='' previous=${{words[CURRENT-1]}} values=''
    local -a below options everywhere
    integer i
    for ((i = 2; i < CURRENT; i++)); do
        word=${{words[i]}}
        if [[ -n $skip ]]; then skip=''; continue; fi
        case "$word" in
        {}) skip=yes; continue ;;
        esac
        case "$path_/$word" in
{}        esac
    done
    if [[ -n $skip ]]; then
        case "$path_/$previous" in
{}        esac
        if [[ -n $values ]]; then compadd -- ${{=values}}; else _files; fi
        return
    fi
    case "$path_" in
{}    esac
    everywhere=({} )
    if [[ ${{words[CURRENT]}} == -* ]]; then
        _describe -o option options -- everywhere
    elif (( $#below )); then
        _describe command below
    else
        _files
    fi
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _boternity "$@"; else compdef _boternity boternity; fi
)",
        fmt::join(names_with_value(tree), "|"),
        [&] {
            std::string lines = steps(tree);
            // `path` is zsh's own array of $PATH.
            for (std::size_t i = 0; (i = lines.find(" path=", i)) != std::string::npos; i += 7) {
                lines.replace(i, 6, " path_=");
            }
            return lines;
        }(),
        value_lines(tree, "        '{}/{}') values='{}' ;;\n"), cases, zsh_options(tree.front()));
}

std::string fish_script(const Tree& tree) {
    std::string lines;
    const auto out = std::back_inserter(lines);
    for (const auto& command : tree) {
        const std::string here =
            fmt::format("complete -c boternity -n '__boternity_at \"{}\"'", command.path);
        const std::string always = "complete -c boternity";
        for (const auto& child : command.children) {
            fmt::format_to(out, "{} -f -a '{}' -d '{}'\n", here, child,
                           at(tree, child_path(command, child)).description);
        }
        for (const auto& word : command.words) fmt::format_to(out, "{} -f -a '{}'\n", here, word);
        for (const auto& option : command.options) {
            lines += command.path.empty() ? always : here;
            for (const auto& name : option.names) {
                lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            }
            if (option.takes_value) lines += option.values.empty() ? " -r" : " -x";
            if (!option.values.empty()) fmt::format_to(out, " -a '{}'", fmt::join(option.values, " "));
            fmt::format_to(out, " -d '{}'\n", option.description);
        }
    }
    std::string fish_steps;
    for (const auto& command : tree) {
        for (const auto& child : command.children) {
            fmt::format_to(std::back_inserter(fish_steps),
                           "            case '{}/{}'\n                set path '{}'\n", command.path, child,
                           child_path(command, child));
        }
    }
    return fmt::format(
        R"(# fish completion for boternity: boternity completion fish > ~/.config/fish/completions/boternity.fish
function __boternity_at --argument-names wanted
    set -l path ''
    set -l skip ''
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip ''
            continue
        end
        if contains -- $word {}
            set skip yes
            continue
        end
        switch "$path/$word"
{}        end
    end
    test "$path" = "$wanted"
end
{})",
        fmt::join(names_with_value(tree), " "), fish_steps, lines);
}

struct CompletionOptions {
    std::string shell;
    const CLI::App* root = nullptr;
};

}  // namespace

std::string completion_script(std::string_view shell, const CLI::App& root, const Invocation& invocation) {
    const Tree tree = completion_tree(root, invocation);
    if (shell == "bash") return bash_script(tree);
    if (shell == "zsh") return zsh_script(tree);
    return fish_script(tree);
}

void add_completion_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<CompletionOptions>();
    options->root = &app;
    auto* command = add_command(app, "completion", "Prints a completion script for a shell",
                                {"source <(boternity completion bash)",
                                 "boternity completion zsh > \"${fpath[1]}/_boternity\"",
                                 "boternity completion fish > ~/.config/fish/completions/boternity.fish"});
    one_of(invocation, command->add_option("SHELL", options->shell, "bash, zsh or fish")->required(),
           {"bash", "zsh", "fish"});
    on_call(command, invocation, options,
            [](Invocation& call, const CompletionOptions& given) -> Answer<ExitCode> {
                call.out().write(completion_script(given.shell, *given.root, call));
                return ExitCode::Ok;
            });
}

}  // namespace boternity::cli
