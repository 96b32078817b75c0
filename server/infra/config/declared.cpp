#include "infra/config/declared.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> kSecretWords{"auth",   "cookie",   "token", "secret",
                                                       "passwd", "password", "key"};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_secret(std::string_view header) {
    const std::string name = lower(header);
    return std::ranges::any_of(kSecretWords, [&](std::string_view word) { return name.contains(word); });
}

bool is_reference(std::string_view value) {
    if (!value.starts_with("env:")) return false;
    value.remove_prefix(4);
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    return !value.empty() && value.size() <= 128 && letter(value.front()) &&
           std::ranges::all_of(value, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Result<std::string> parameters_of(const json::value& said) {
    if (said.is_object()) return json::serialize(said);
    boost::system::error_code error;
    const auto parsed = json::parse(std::string_view(said.as_string()), error);
    if (!error && parsed.is_object()) return std::string(said.as_string());
    return fail(invalid_argument("parameters must be a JSON Schema: a table, or a JSON object in a text.",
                                 "parameters"));
}

Status check_header(std::string_view name, std::string_view value) {
    const std::string field = fmt::format("headers.{}", name);
    if (value.starts_with("env:") && !is_reference(value)) {
        return fail(invalid_argument("A value that begins with env: must go on with the name of a variable, "
                                     "for example env:API_TOKEN.",
                                     field));
    }
    if (!is_secret(name) || is_reference(value)) return {};
    return fail(invalid_argument(
        fmt::format("{} holds a secret by its name: write env:NAME, a variable of the server's environment "
                    "that holds its whole value, never the value itself.",
                    name),
        field));
}

}  // namespace

const ConfigSetting& Config::setting(std::string_view key) const {
    return settings.find(key)->second;
}

const std::string& Config::text(std::string_view key) const {
    return std::get<std::string>(setting(key).value);
}

std::int64_t Config::number(std::string_view key) const {
    return std::get<std::int64_t>(setting(key).value);
}

const std::vector<std::string>& Config::list(std::string_view key) const {
    return std::get<std::vector<std::string>>(setting(key).value);
}

DeclaredProvider read_declared_provider(const json::object& from) {
    const auto text = [&](std::string_view name, std::string fallback) {
        const auto* found = from.if_contains(name);
        return found ? std::string(found->as_string()) : std::move(fallback);
    };
    DeclaredProvider out{.name = text("name", {}),
                         .kind = text("kind", "openai"),
                         .base_url = text("base_url", {}),
                         .key = text("key", {})};
    for (const auto& model : from.at("models").as_array()) out.models.emplace_back(model.as_string());
    if (const auto* window = from.if_contains("window_tokens")) {
        out.window_tokens = static_cast<int>(std::get<std::int64_t>(to_config_value(*window)));
    }
    return out;
}

Result<DeclaredTool> read_declared_tool(const json::object& from) {
    const auto truth = [&](std::string_view name) {
        const auto* found = from.if_contains(name);
        return found && found->as_bool();
    };
    DeclaredTool out{.name = std::string(from.at("name").as_string()),
                     .description = std::string(from.at("description").as_string()),
                     .url = std::string(from.at("url").as_string()),
                     .read_only = truth("read_only"),
                     .idempotent = truth("idempotent")};
    if (const auto* said = from.if_contains("parameters")) {
        BOT_TRY(parameters, parameters_of(*said));
        out.parameters = std::move(parameters);
    }
    if (const auto* headers = from.if_contains("headers")) {
        for (const auto& [name, value] : headers->as_object()) {
            const std::string_view text(value.as_string());
            BOT_CHECK(check_header(name, text));
            out.headers.emplace_back(std::string(name), std::string(text));
        }
    }
    if (const auto* seconds = from.if_contains("timeout_seconds")) {
        out.timeout_seconds = static_cast<int>(std::get<std::int64_t>(to_config_value(*seconds)));
    }
    return out;
}

std::string told_to_vendors(std::string name) {
    std::ranges::replace(name, '.', '_');
    return name;
}

}  // namespace boternity::infra
