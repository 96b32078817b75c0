#include "infra/config/document.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

namespace boternity::infra {
namespace {

namespace json = boost::json;

/// Copies toml++'s tree, and notes where each part stands.
class TomlCopy {
public:
    TomlCopy(ConfigDocument& into, ConfigFaults& faults, const std::string& source)
        : into_(into), faults_(faults), source_(source) {}

    json::object table(const toml::table& from, const std::string& key) {
        json::object out;
        for (const auto& [name, node] : from) {
            const std::string below =
                key.empty() ? std::string(name.str()) : fmt::format("{}.{}", key, name.str());
            note(below, name.source().begin, node.source());
            out[name.str()] = value(node, below);
        }
        return out;
    }

private:
    static FilePlace place(const toml::source_position& at) {
        return {.line = static_cast<int>(at.line), .column = static_cast<int>(at.column)};
    }

    void note(const std::string& key, const toml::source_position& at, const toml::source_region& value) {
        into_.parts.emplace(
            key, FilePart{.begin = place(at), .value = place(value.begin), .end = place(value.end)});
    }

    json::value value(const toml::node& node, const std::string& key) {
        if (const auto* inner = node.as_table()) return table(*inner, key);
        if (const auto* list = node.as_array()) return array(*list, key);
        if (const auto* text = node.as_string()) return json::string(text->get());
        if (const auto* number = node.as_integer()) return number->get();
        if (const auto* flag = node.as_boolean()) return flag->get();
        if (const auto* real = node.as_floating_point()) return real->get();
        const auto& at = node.source().begin;
        faults_.push_back({.source = source_,
                           .line = static_cast<int>(at.line),
                           .column = static_cast<int>(at.column),
                           .key = key,
                           .message = fmt::format("{} is a date or a time; no setting takes one.", key)});
        return nullptr;
    }

    json::array array(const toml::array& from, const std::string& key) {
        json::array out;
        for (std::size_t i = 0; i < from.size(); ++i) {
            const auto below = fmt::format("{}[{}]", key, i);
            note(below, from[i].source().begin, from[i].source());
            out.push_back(value(from[i], below));
        }
        return out;
    }

    ConfigDocument& into_;
    ConfigFaults& faults_;
    const std::string& source_;
};

}  // namespace

Checked<ConfigDocument> parse_toml(std::string_view text, const std::string& source) {
    try {
        const auto tree = toml::parse(text);
        ConfigDocument out;
        ConfigFaults faults;
        out.root = TomlCopy(out, faults, source).table(tree, {});
        if (!faults.empty()) return std::unexpected(std::move(faults));
        return out;
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        return std::unexpected(
            ConfigFaults{{.source = source,
                          .line = static_cast<int>(at.line),
                          .column = static_cast<int>(at.column),
                          .key = {},
                          .message = fmt::format("This is no TOML: {}.", error.description())}});
    }
}

}  // namespace boternity::infra
