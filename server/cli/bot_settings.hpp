#pragma once

#include "cli/failure.hpp"
#include "types/result.hpp"

#include <CLI/App.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace boternity::cli {

/// The options that say how a bot's turns are run, as they were typed; empty means not given.
struct SettingOptions {
    std::string temperature;
    std::string max_output_tokens;
    std::string max_steps;
    std::string max_run_seconds;
    std::string max_run_tokens;
    std::vector<std::string> tools;

    bool given() const {
        return !temperature.empty() || !max_output_tokens.empty() || !max_steps.empty() ||
               !max_run_seconds.empty() || !max_run_tokens.empty() || !tools.empty();
    }
};

/// Whether the word `default` is taken too: it gives a setting back to the model.
enum class MayUnset { No, Yes };

void add_setting_options(CLI::App* command, SettingOptions& settings, MayUnset may_unset);

/// Puts what was given into a BotSettings as the API reads it, and takes out what is to be unset.
Answer<void> apply_settings(boost::json::object& to, const SettingOptions& settings);

}  // namespace boternity::cli
