#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>

#include <string>

namespace boternity::cli {

/// How help looks: the whole command in its usage line, and only what helps about an option.
class HelpFormatter final : public CLI::Formatter {
public:
    HelpFormatter();
    std::string make_option_opts(const CLI::Option* option) const override;
};

/// The words of a command behind the program's name: "bot create"; empty for the root.
std::string words_of(const CLI::App& command);

/// The help page of a command.
std::string help_text(const CLI::App& command);

}  // namespace boternity::cli
