#include "cli/bot_settings.hpp"

#include <boost/json/parse.hpp>

#include <string_view>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kUnset = "default";
constexpr std::string_view kNone = "none";

Answer<void> apply_setting(json::object& to, std::string_view name, const std::string& text) {
    if (text.empty()) return {};
    to.erase(name);
    if (text == kUnset) return {};
    boost::system::error_code error;
    auto number = json::parse(text, error);
    if (error || !number.is_number())
        return usage_error("`" + text + "` is not a number.", std::string(name));
    to[name] = std::move(number);
    return {};
}

}  // namespace

void add_setting_options(CLI::App* command, SettingOptions& settings, MayUnset may_unset) {
    const bool unset = may_unset == MayUnset::Yes;
    const std::string hint = unset ? "; `default`: the model's own" : "";
    const auto number = [unset](const std::string& text) {
        double value = 0;
        const bool good = (unset && text == kUnset) || CLI::detail::lexical_cast(text, value);
        return good ? std::string() : "`" + text + "` is not a number";
    };
    command
        ->add_option("--temperature", settings.temperature,
                     "0 to 2; 0 always picks the likeliest token" + hint)
        ->type_name("T")
        ->check(number);
    command
        ->add_option("--max-output-tokens", settings.max_output_tokens,
                     "1 to 32768 tokens of one answer" + hint)
        ->type_name("N")
        ->check(number);
    const std::string platforms = unset ? "; `default`: the platform's own" : "";
    const auto limit = [&](const char* name, std::string& value, const std::string& description) {
        command->add_option(name, value, description + platforms)->type_name("N")->check(number);
    };
    limit("--max-steps", settings.max_steps, "1 to 1000 model calls in one run");
    limit("--max-run-seconds", settings.max_run_seconds, "1 to 86400 seconds that one run may take");
    limit("--max-run-tokens", settings.max_run_tokens, "Tokens that one run may read and write");
    command
        ->add_option(
            "--tool", settings.tools,
            std::string("A tool it may use, a group of them, or all; again for more (see tool list)") +
                (unset ? "; `none`: none any more" : ""))
        ->type_name("TOOL")
        ->take_all();
}

Answer<void> apply_settings(json::object& to, const SettingOptions& settings) {
    BOT_CHECK(apply_setting(to, "temperature", settings.temperature));
    BOT_CHECK(apply_setting(to, "max_output_tokens", settings.max_output_tokens));
    BOT_CHECK(apply_setting(to, "max_steps", settings.max_steps));
    BOT_CHECK(apply_setting(to, "max_run_seconds", settings.max_run_seconds));
    BOT_CHECK(apply_setting(to, "max_run_tokens", settings.max_run_tokens));
    if (settings.tools.empty()) return {};
    json::array tools;
    for (const auto& tool : settings.tools)
        if (tool != kNone) tools.emplace_back(tool);
    to["tools"] = std::move(tools);
    return {};
}

}  // namespace boternity::cli
