#include "cli/bot_settings.hpp"

#include <boost/json/parse.hpp>

#include <string_view>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kUnset = "default";

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
}

Answer<void> apply_settings(json::object& to, const SettingOptions& settings) {
    BOT_CHECK(apply_setting(to, "temperature", settings.temperature));
    return apply_setting(to, "max_output_tokens", settings.max_output_tokens);
}

}  // namespace boternity::cli
