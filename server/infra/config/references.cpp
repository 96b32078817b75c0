#include "infra/config/references.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <expected>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr int kMostReferences = 1000;  // in one text, those in variables included
constexpr std::size_t kMostName = 128;

bool is_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    return !name.empty() && name.size() <= kMostName && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// The replacing in one text. What goes wrong is a sentence.
class Replacing {
public:
    explicit Replacing(const ConfigEnvironment& env) : env_(env) {}

    std::expected<std::string, std::string> text(std::string_view from) {
        std::string out;
        while (!from.empty()) {
            const auto at = std::min(from.find("${"), from.size());
            const bool escaped = at > 0 && at < from.size() && from[at - 1] == '$';
            out += from.substr(0, escaped ? at - 1 : at);
            from.remove_prefix(at);
            if (from.empty()) break;
            if (escaped) {
                out += "${";
                from.remove_prefix(2);
                continue;
            }
            const auto end = from.find('}');
            const auto name = end == std::string_view::npos ? "" : from.substr(2, end - 2);
            if (!is_name(name)) return std::unexpected(kWrongName);
            auto value = variable(std::string(name));
            if (!value) return value;
            out += *value;
            if (out.size() > kMaxConfigText) return std::unexpected(kTooLong);
            from.remove_prefix(end + 1);
        }
        if (out.size() > kMaxConfigText) return std::unexpected(kTooLong);
        return out;
    }

private:
    static constexpr const char* kWrongName =
        "has a ${ without a variable's name and } behind it; write ${NAME}, or $${ for the characters";
    static constexpr const char* kTooLong = "is longer than 4096 bytes; shorten it";

    std::expected<std::string, std::string> variable(const std::string& name) {
        if (std::ranges::find(way_, name) != way_.end()) {
            return std::unexpected(fmt::format("goes in a circle of environment variables, {} -> {}; end it",
                                               fmt::join(way_, " -> "), name));
        }
        if (++count_ > kMostReferences) {
            return std::unexpected("needs more than 1000 environment variables; shorten it");
        }
        const auto value = env_(name.c_str());
        if (!value) {
            return std::unexpected(fmt::format(
                "names the environment variable {}, which is not set; set it, or write the value", name));
        }
        way_.push_back(name);
        auto replaced = text(*value);
        way_.pop_back();
        return replaced;
    }

    const ConfigEnvironment& env_;
    std::vector<std::string> way_;
    int count_ = 0;
};

class Walk {
public:
    Walk(const ConfigDocument& document, const ConfigEnvironment& env, const std::string& source)
        : document_(document), env_(env), source_(source) {}

    void value(json::value& at, const std::string& key) {
        if (at.is_string()) return replace(at, key);
        if (at.is_array()) {
            auto& list = at.get_array();
            for (std::size_t i = 0; i < list.size(); ++i) value(list[i], fmt::format("{}[{}]", key, i));
        } else if (at.is_object()) {
            object(at.get_object(), key);
        }
    }

    void object(json::object& in, const std::string& key) {
        for (auto& [name, below] : in) {
            value(below, key.empty() ? std::string(name) : fmt::format("{}.{}", key, std::string(name)));
        }
    }

    ConfigFaults faults{};

private:
    void replace(json::value& at, const std::string& key) {
        auto replaced = Replacing(env_).text(std::string(at.get_string()));
        if (replaced) {
            at = json::string(*replaced);
            return;
        }
        const auto place = document_.place_of(key);
        faults.push_back({.source = source_,
                          .line = place.line,
                          .column = place.column,
                          .key = key,
                          .message = fmt::format("{} {}.", key, replaced.error())});
        at = "";  // what the schema says of it would tell nothing more
    }

    const ConfigDocument& document_;
    const ConfigEnvironment& env_;
    const std::string& source_;
};

}  // namespace

ConfigFaults replace_references(ConfigDocument& document, const ConfigEnvironment& env,
                                const std::string& source) {
    Walk walk(document, env, source);
    walk.object(document.root, {});
    return std::move(walk.faults);
}

}  // namespace boternity::infra
