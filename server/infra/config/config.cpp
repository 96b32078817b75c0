#include "infra/config/config.hpp"

#include "infra/config/declared.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <utility>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kDataFolder = "server.data_folder";

/// What one source says: the file, the environment or the command line.
struct Layer {
    json::object root{};
    std::function<ConfigFault(const std::string& key)> place;  ///< a fault without its sentence
    std::function<std::string(const std::string& key)> origin;
};

const json::value* find(const json::object& root, std::string_view key) {
    const auto dot = key.find('.');
    const auto* table = root.if_contains(key.substr(0, dot));
    return table && table->is_object() ? table->get_object().if_contains(key.substr(dot + 1)) : nullptr;
}

void put(json::object& root, std::string_view key, json::value value) {
    const auto dot = key.find('.');
    auto& table = root[key.substr(0, dot)];
    if (!table.is_object()) table = json::object();
    table.get_object()[key.substr(dot + 1)] = std::move(value);
}

/// Reads the layers one after the other and gathers what is wrong.
class Loading {
public:
    explicit Loading(const ConfigSources& sources) : sources_(sources) {
        for (const auto& rule : setting_rules()) config_.settings[rule.key] = {.value = rule.fallback};
    }

    void file(const fs::path& path, std::string_view text) {
        config_.file = path;
        auto format = format_of(path);
        if (!format) return add(std::move(format).error());
        auto document = parse_config(text, *format, path.string());
        if (!document) return add(std::move(document).error());
        auto unset = replace_references(*document, sources_.env, path.string());
        std::set<std::string> told;
        for (const auto& fault : unset) told.insert(fault.key);
        add(std::move(unset));
        const Layer layer{
            .root = document->root,
            .place =
                [&](const std::string& key) {
                    const auto at = document->place_of(key);
                    return ConfigFault{
                        .source = path.string(), .line = at.line, .column = at.column, .key = key};
                },
            .origin =
                [&](const std::string& key) {
                    return fmt::format("file {}:{}", path.filename().string(), document->place_of(key).line);
                }};
        take(layer, told);
        const auto* declared = faults_.empty() ? tables(layer, "tools") : nullptr;
        providers(layer);
        if (declared) tools(layer, *declared);
        own_folder(layer);
        std::ranges::sort(faults_, {}, [](const auto& fault) { return std::pair(fault.line, fault.column); });
    }

    void environment() {
        Layer layer{
            .place = [](const std::string& key) { return ConfigFault{.source = variable(key), .key = key}; },
            .origin = &Loading::variable};
        for (const auto& rule : setting_rules()) {
            if (rule.variable.empty()) continue;
            if (const auto text = sources_.env(rule.variable.c_str())) said(layer, rule, *text);
        }
        take(layer, {});
    }

    void options() {
        Layer layer{
            .place = [](const std::string& key) { return ConfigFault{.source = option(key), .key = key}; },
            .origin = &Loading::option};
        for (const auto& [key, texts] : sources_.options) {
            const auto* rule = find_rule(key);
            if (!rule || texts.empty()) continue;
            if (rule->type == "list") {
                put(layer.root, key, to_json(texts));
            } else {
                said(layer, *rule, texts.back());
            }
        }
        take(layer, {});
    }

    Checked<Config> end() {
        // Only then are the values whole enough to be asked about.
        if (faults_.empty()) ask();
        if (!faults_.empty()) return std::unexpected(std::move(faults_));
        return std::move(config_);
    }

private:
    static std::string variable(const std::string& key) {
        const auto* rule = find_rule(key);
        return "environment " + (rule ? rule->variable : key);
    }
    static std::string option(const std::string& key) {
        const auto* rule = find_rule(key);
        return "command line " + (rule ? rule->option : key);
    }

    void add(ConfigFaults faults) {
        for (auto& fault : faults) faults_.push_back(std::move(fault));
    }

    void say(const Layer& layer, const std::string& key, std::string message) {
        auto fault = layer.place(key);
        fault.message = std::move(message);
        faults_.push_back(std::move(fault));
    }

    void said(Layer& layer, const SettingRule& rule, const std::string& text) {
        auto value = read_value(rule, text);
        if (!value) return say(layer, rule.key, fmt::format("{} must be {}.", rule.key, rule.expects));
        put(layer.root, rule.key, std::move(*value));
    }

    /// `told`: keys of which something worse was said.
    void take(const Layer& layer, const std::set<std::string>& told) {
        std::set<std::string> wrong = told;
        for (auto& fault : check_schema(layer.root)) {
            if (told.contains(fault.key)) continue;
            wrong.insert(fault.key);
            say(layer, fault.key, std::move(fault.message));
        }
        for (const auto& rule : setting_rules()) {
            const auto* value = find(layer.root, rule.key);
            if (!value || wrong.contains(rule.key)) continue;
            config_.settings[rule.key] = {.value = to_config_value(*value), .origin = layer.origin(rule.key)};
            places_[rule.key] = layer.place(rule.key);
        }
    }

    static const json::array* tables(const Layer& layer, std::string_view name) {
        const auto* list = layer.root.if_contains(name);
        return list ? list->if_array() : nullptr;
    }

    /// What is wrong with the table at `key`, at the field that the error names.
    void say_of_table(const Layer& layer, const std::string& key, const Error& error) {
        say(layer, error.field.empty() ? key : fmt::format("{}.{}", key, error.field),
            fmt::format("{}: {}", key, error.message));
    }

    void providers(const Layer& layer) {
        const auto* list = tables(layer, "providers");
        if (!list || !faults_.empty()) return;
        std::set<std::string> names;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const auto key = fmt::format("providers[{}]", i);
            auto provider = read_declared_provider((*list)[i].as_object());
            provider.origin = layer.origin(key);
            if (!names.insert(provider.name).second) {
                say(layer, key + ".name",
                    fmt::format("{}.name is that of another provider; choose another one.", key));
                continue;
            }
            const auto fits = sources_.checks.provider ? sources_.checks.provider(provider) : Status{};
            if (!fits) say_of_table(layer, key, fits.error());
            config_.providers.push_back(std::move(provider));
        }
    }

    /// `list`: those of a file without a fault before them.
    void tools(const Layer& layer, const json::array& list) {
        std::set<std::string> names;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto key = fmt::format("tools[{}]", i);
            auto tool = read_declared_tool(list[i].as_object());
            if (tool && !names.insert(told_to_vendors(tool->name)).second) {
                say(layer, key + ".name",
                    fmt::format("{}.name is that of another tool; choose another one.", key));
                continue;
            }
            const auto fits = tool && sources_.checks.tool ? sources_.checks.tool(*tool) : Status{};
            if (!tool) say_of_table(layer, key, tool.error());
            if (!fits) say_of_table(layer, key, fits.error());
            if (!tool || !fits) continue;
            tool->origin = layer.origin(key);
            config_.tools.push_back(std::move(*tool));
        }
    }

    /// A file that lies in the data folder cannot say that the data is elsewhere.
    void own_folder(const Layer& layer) {
        if (!sources_.file.empty() || !find(layer.root, kDataFolder)) return;
        say(layer, std::string(kDataFolder),
            "server.data_folder belongs into a file that --config or BOTERNITY_CONFIG names; this one was "
            "found "
            "in the data folder.");
    }

    void ask() {
        for (const auto& [key, check] : sources_.checks.settings) {
            const auto& setting = config_.setting(key);
            if (setting.origin == "default") continue;
            const auto* texts = std::get_if<std::vector<std::string>>(&setting.value);
            const auto items = texts ? *texts : std::vector{value_text(setting.value)};
            for (const auto& item : items) {
                const auto fits = check(item);
                if (fits) continue;
                auto fault = places_[key];
                fault.message = fmt::format("{}: {}", key, fits.error().message);
                faults_.push_back(std::move(fault));
                break;
            }
        }
    }

    const ConfigSources& sources_;
    Config config_;
    ConfigFaults faults_;
    std::map<std::string, ConfigFault> places_;  ///< where the value that counts was said
};

Checked<Config> load(const ConfigSources& sources, const fs::path& file, std::string_view text) {
    Loading loading(sources);
    if (!file.empty()) loading.file(file, text);
    loading.environment();
    loading.options();
    return loading.end();
}

}  // namespace

Checked<fs::path> find_config_file_blocking(const ConfigSources& sources) {
    if (!sources.file.empty()) return sources.file;
    std::vector<std::string> found;
    for (const char* name : {"boternity.toml", "boternity.yaml", "boternity.yml"}) {
        std::error_code error;
        // Whatever it is: one that cannot be read is told of, not passed over.
        if (fs::exists(fs::symlink_status(sources.data_folder / name, error))) found.emplace_back(name);
    }
    if (found.empty()) return fs::path();
    if (found.size() == 1) return sources.data_folder / found.front();
    return std::unexpected(ConfigFaults{
        {.source = sources.data_folder.string(),
         .message = fmt::format("The data folder holds {}; keep one of them.", fmt::join(found, " and "))}});
}

Checked<Config> load_config_blocking(const ConfigSources& sources) {
    auto file = find_config_file_blocking(sources);
    if (!file) return std::unexpected(std::move(file).error());
    if (file->empty()) return load(sources, {}, {});
    const auto text = read_config_text_blocking(*file);
    if (!text) return std::unexpected(text.error());
    return load(sources, *file, *text);
}

Checked<Config> check_config(const ConfigSources& sources, const fs::path& file, std::string_view text) {
    return load(sources, file, text);
}

Checked<std::string> data_folder_in_file_blocking(const fs::path& file, const ConfigEnvironment& env) {
    const auto text = read_config_text_blocking(file);
    if (!text) return std::unexpected(text.error());
    auto format = format_of(file);
    if (!format) return std::unexpected(std::move(format).error());
    auto document = parse_config(*text, *format, file.string());
    if (!document) return std::unexpected(std::move(document).error());
    auto faults = replace_references(*document, env, file.string());
    std::erase_if(faults, [](const auto& fault) { return fault.key != kDataFolder; });
    if (!faults.empty()) return std::unexpected(std::move(faults));
    const auto* folder = find(document->root, kDataFolder);
    return folder && folder->is_string() ? std::string(folder->get_string()) : std::string();
}

}  // namespace boternity::infra
