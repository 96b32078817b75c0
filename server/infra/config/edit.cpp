#include "infra/config/edit.hpp"

#include "infra/config/lines.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

namespace json = boost::json;

/// Sections without a setting mean nothing.
json::object without_empty(json::object root) {
    for (auto at = root.begin(); at != root.end();) {
        const bool empty = at->value().is_object() && at->value().get_object().empty();
        at = empty ? root.erase(at) : std::next(at);
    }
    return root;
}

struct Target {
    std::string section;
    std::string name;
    std::string key;
};

/// The tree that the edited text must have.
json::object wanted_tree(json::object root, const Target& target, const std::optional<json::value>& value) {
    auto& section = root[target.section];
    if (!section.is_object()) section = json::object();
    section.get_object().erase(target.name);
    if (value) section.get_object()[target.name] = *value;
    return without_empty(std::move(root));
}

bool reads_as(const std::string& text, ConfigFormat format, const json::object& wanted) {
    const auto document = parse_config(text, format, {});
    return document && without_empty(document->root) == wanted;
}

/// All ways that come into question; whether one is right is found out by reading what it makes.
class Ways {
public:
    Ways(std::string_view text, ConfigFormat format, const ConfigDocument& document, const Target& target)
        : lines_(text), toml_(format == ConfigFormat::Toml), document_(document), target_(target) {}

    std::vector<std::string> remove() const {
        const auto& part = document_.parts.at(target_.key);
        const auto first = line_of(part.begin);
        return {lines_.replaced(first, end_of(part), {})};
    }

    std::vector<std::string> replace(const std::string& literal) const {
        const auto& part = document_.parts.at(target_.key);
        if (toml_) return {lines_.spliced(part.value, part.end, literal)};
        const auto first = line_of(part.begin);
        const auto line = lines_.at(first);
        const auto key = line.substr(0, line.find(':') + 1);
        const auto comment = end_of(part) == first + 1 ? comment_of(line) : std::string_view();
        return {lines_.replaced(first, end_of(part), {fmt::format("{} {}{}", key, literal, comment)})};
    }

    std::vector<std::string> add(const std::string& literal) const {
        std::vector<std::string> ways;
        const auto entry = fmt::format("{}{}{}", target_.name, toml_ ? " = " : ": ", literal);
        if (const auto section = document_.parts.find(target_.section); section != document_.parts.end()) {
            auto [end, indent] = end_of_section(section->second);
            ways.push_back(lines_.replaced(end, end, {indent + entry}));
            // A section that was never opened, but written as `section.name = value`.
            if (toml_) ways.push_back(lines_.replaced(end, end, {target_.section + "." + entry}));
        }
        std::vector<std::string> opened;
        if (lines_.size() > 0 && !lines_.is_blank(lines_.size() - 1)) opened.emplace_back();
        opened.push_back(toml_ ? fmt::format("[{}]", target_.section) : target_.section + ":");
        opened.push_back((toml_ ? "" : "  ") + entry);
        ways.push_back(lines_.replaced(lines_.size(), lines_.size(), opened));
        return ways;
    }

private:
    static std::size_t line_of(const FilePlace& at) { return static_cast<std::size_t>(at.line - 1); }

    /// The line behind the entry's last one. In YAML what is indented deeper belongs to it, and so do the
    /// items of a list that are not.
    std::size_t end_of(const FilePart& part) const {
        if (toml_) return line_of(part.end) + 1;
        const auto depth = static_cast<std::size_t>(part.begin.column - 1);
        auto end = line_of(part.begin) + 1;
        for (auto i = end; i < lines_.size(); ++i) {
            if (lines_.is_blank(i) || lines_.is_comment(i)) continue;
            const auto indent = lines_.indent(i).size();
            const bool item = lines_.at(i).substr(indent).starts_with('-');
            if (indent < depth || (indent == depth && !item)) break;
            end = i + 1;
        }
        return end;
    }

    /// Behind the section's last entry, and how its entries are indented.
    std::pair<std::size_t, std::string> end_of_section(const FilePart& section) const {
        auto end = line_of(section.begin) + 1;
        std::string indent = toml_ ? "" : lines_.indent(end - 1) + "  ";
        for (const auto& [key, part] : document_.parts) {
            const bool direct = key.starts_with(target_.section + ".") && key.find('[') == std::string::npos;
            if (!direct || end_of(part) < end) continue;
            end = end_of(part);
            indent = lines_.indent(line_of(part.begin));
        }
        return {end, std::move(indent)};
    }

    /// The comment behind a value of YAML, with the blanks before it: what the line says the same without.
    static std::string_view comment_of(std::string_view line) {
        const auto whole = parse_config(line, ConfigFormat::Yaml, {});
        for (auto hash = line.find(" #"); hash != std::string_view::npos; hash = line.find(" #", hash + 1)) {
            const auto before = parse_config(line.substr(0, hash), ConfigFormat::Yaml, {});
            if (!whole || !before || before->root != whole->root) continue;
            return line.substr(line.find_last_not_of(" \t", hash) + 1);
        }
        return {};
    }

    Lines lines_;
    bool toml_;
    const ConfigDocument& document_;
    const Target& target_;
};

}  // namespace

std::optional<std::string> edit_text(std::string_view text, ConfigFormat format, std::string_view key,
                                     const std::optional<json::value>& value) {
    const auto dot = key.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const Target target{.section = std::string(key.substr(0, dot)),
                        .name = std::string(key.substr(dot + 1)),
                        .key = std::string(key)};
    const auto document = parse_config(text, format, {});
    if (!document) return std::nullopt;
    const auto wanted = wanted_tree(document->root, target, value);
    if (wanted == without_empty(document->root)) return std::string(text);
    const Ways ways(text, format, *document, target);
    const bool there = document->parts.contains(target.key);
    auto tried = !value  ? ways.remove()
                 : there ? ways.replace(json::serialize(*value))
                         : ways.add(json::serialize(*value));
    const auto right =
        std::ranges::find_if(tried, [&](const auto& way) { return reads_as(way, format, wanted); });
    return right == tried.end() ? std::nullopt : std::optional(std::move(*right));
}

}  // namespace boternity::infra
