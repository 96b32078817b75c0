#include "cli/config_view.hpp"

#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace boternity::cli {
namespace {

namespace json = boost::json;

std::vector<json::object> settings_of(const json::object& config, const std::string& key) {
    std::vector<json::object> settings;
    for (const auto& value : array_field(config, "settings")) {
        if (!value.is_object()) continue;
        const auto& setting = value.get_object();
        if (key.empty() || text_field(setting, "key") == key) settings.push_back(setting);
    }
    return settings;
}

/// The proto's JSON leaves empty texts out; whoever reads it finds each field here.
std::string shown(const std::string& value) {
    return value.empty() ? "\"\"" : value;
}

}  // namespace

json::object config_document(const infra::Config& config) {
    json::array settings;
    for (const auto& rule : infra::setting_rules()) {
        const auto& setting = config.setting(rule.key);
        settings.push_back(json::object{{"key", rule.key},
                                        {"value", infra::value_text(setting.value)},
                                        {"default", infra::value_text(rule.fallback)},
                                        {"origin", setting.origin},
                                        {"description", rule.description},
                                        {"reloadable", rule.reloads},
                                        {"restart_needed", false}});
    }
    return {{"file", config.file.string()}, {"settings", std::move(settings)}};
}

json::object fault_document(const infra::ConfigFault& fault) {
    return {{"source", fault.source},
            {"line", fault.line},
            {"column", fault.column},
            {"key", fault.key},
            {"message", fault.message}};
}

Answer<ExitCode> show_config(Invocation& invocation, json::object config, const std::string& key) {
    auto& out = invocation.out();
    const auto settings = settings_of(config, key);
    if (out.json()) {
        if (key.empty()) {
            out.json_document(config);
        } else if (!settings.empty()) {
            out.json_document(settings.front());
        }
        return ExitCode::Ok;
    }
    Table table({{.title = "SETTING"}, {.title = "VALUE", .fit = Fit::Shrinks}, {.title = "FROM"}});
    for (const auto& setting : settings) {
        auto origin = text_field(setting, "origin");
        if (true_field(setting, "restart_needed")) origin += " (changed; restart the server)";
        table.add({text_field(setting, "key"), shown(text_field(setting, "value")), origin});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

std::string effect_of(const json::object& config, const std::string& key) {
    for (const auto& setting : settings_of(config, key)) {
        if (true_field(setting, "restart_needed"))
            return "The running server takes it with its next start; restart it.";
        const auto origin = text_field(setting, "origin");
        if (!origin.starts_with("file") && origin != "default")
            return fmt::format("It does not count in the running server: {} stands above the file.", origin);
    }
    return "The running server took it.";
}

Answer<ExitCode> show_reloaded(Invocation& invocation, const json::object& config) {
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(config);
        return ExitCode::Ok;
    }
    out.line("The server read its configuration again.");
    for (const auto& setting : settings_of(config, {})) {
        if (true_field(setting, "restart_needed"))
            out.line(fmt::format("{} waits for a restart.", safe_line(text_field(setting, "key"))));
    }
    return ExitCode::Ok;
}

}  // namespace boternity::cli
