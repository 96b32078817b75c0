#include "infra/llm/remote/remote_config.hpp"

#include "infra/net/http_url.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace boternity::infra {
namespace {

constexpr std::size_t kMaxModels = 2'000;
constexpr std::size_t kMaxModelName = 200;
constexpr std::size_t kMaxVariableName = 128;

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_variable_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kMaxVariableName && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_model_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kMaxModelName &&
           std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<std::string> checked_base_url(const std::string& base_url) {
    auto url = parse_http_url(base_url);
    if (!url) {
        Error error = std::move(url).error();
        error.field = "base_url";
        return fail(std::move(error));
    }
    if (url->has_credentials) {
        return fail(invalid_argument(
            "base_url must hold no user name and no password; name the key with env:NAME.", "base_url"));
    }
    if (url->has_query || url->has_fragment) {
        return fail(invalid_argument("base_url must end with its path, without ? and #.", "base_url"));
    }
    std::string_view base = base_url;
    while (base.ends_with('/')) base.remove_suffix(1);
    return std::string(base);
}

Result<std::string> variable_of(std::string_view key) {
    if (key.empty()) return std::string{};
    if (key.starts_with("env:") && is_variable_name(key.substr(4))) return std::string(key.substr(4));
    // What stands there may be the key itself: it is not repeated.
    return fail(
        invalid_argument("key must be empty or env:NAME, the name of a variable in the server's environment; "
                         "the key itself is never stored.",
                         "key"));
}

}  // namespace

Result<RemoteConfig> check_remote_config(const core::ProviderConfig& config, const RemoteTraits& traits) {
    const bool stated = !config.base_url.empty();
    BOT_TRY(base_url, checked_base_url(stated ? config.base_url : std::string(traits.default_base_url)));
    BOT_TRY(variable, variable_of(config.key));
    if (config.models.size() > kMaxModels) {
        return fail(invalid_argument("models may name at most 2000 models of the provider.", "models"));
    }
    if (!std::ranges::all_of(config.models, is_model_name)) {
        return fail(
            invalid_argument("Each model's name must have 1 to 200 visible ASCII characters.", "models"));
    }
    if (std::set<std::string_view>(config.models.begin(), config.models.end()).size() !=
        config.models.size()) {
        return fail(invalid_argument("Each model may be named once.", "models"));
    }
    return RemoteConfig{.base_url = base_url,
                        .key_variable = variable,
                        .models = config.models,
                        .told = config.told,
                        .window_tokens = config.window_tokens};
}

}  // namespace boternity::infra
