#include "core/agents/toolbox.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxName = 64;

std::string_view group_of(std::string_view name) noexcept {
    const auto dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

/// Models take letters, digits, _ and - in the names of tools.
std::string offered_name(std::string name) {
    std::ranges::replace(name, '.', '_');
    return name;
}

bool is_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > kMaxName || name == "all") return false;
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

bool grants(const ToolCard& card, std::string_view grant) noexcept {
    if (grant == card.name) return true;
    if (card.named_only) return false;
    return grant == "all" || (!grant.empty() && grant == group_of(card.name));
}

bool is_granted(const ToolCard& card, const std::vector<std::string>& given) noexcept {
    return std::ranges::any_of(given, [&](const std::string& grant) { return grants(card, grant); });
}

}  // namespace

Status Toolbox::add(std::shared_ptr<Tool> tool) {
    ToolEntry entry{.card = tool->card()};
    entry.tool = std::move(tool);
    return add(std::move(entry));
}

Status Toolbox::add(std::shared_ptr<RuntimeTool> tool) {
    ToolEntry entry{.card = tool->card()};
    entry.runtime = std::move(tool);
    return add(std::move(entry));
}

Status Toolbox::add(ToolEntry entry) {
    if (!is_name(entry.card.name)) {
        return fail(
            invalid_argument(fmt::format("\"{}\" is no name for a tool: lower-case letters, digits, _ "
                                         "and dots, at most {} of them.",
                                         entry.card.name, kMaxName)));
    }
    entry.offer = {.name = offered_name(entry.card.name),
                   .description = entry.card.description,
                   .parameters = entry.card.parameters};
    const bool taken = std::ranges::any_of(
        entries_, [&](const ToolEntry& known) { return known.offer.name == entry.offer.name; });
    if (taken) {
        return fail(ErrorCode::AlreadyExists,
                    fmt::format("There is a tool {} already; choose another name.", entry.card.name));
    }
    auto schema = schemas_.compile(entry.card.parameters);
    if (!schema) return fail(std::move(schema).error().within("the parameters of " + entry.card.name));
    entry.schema = std::move(*schema);
    const auto place = std::ranges::upper_bound(entries_, entry.card.name, {},
                                                [](const ToolEntry& known) { return known.card.name; });
    entries_.insert(place, std::move(entry));
    return {};
}

std::vector<const ToolEntry*> Toolbox::granted(const std::vector<std::string>& given) const {
    std::vector<const ToolEntry*> found;
    if (given.empty()) return found;
    for (const ToolEntry& entry : entries_)
        if (is_granted(entry.card, given)) found.push_back(&entry);
    return found;
}

const ToolEntry* Toolbox::find(std::string_view name, const std::vector<std::string>& given) const {
    for (const ToolEntry& entry : entries_) {
        if (entry.card.name != name && entry.offer.name != name) continue;
        return is_granted(entry.card, given) ? &entry : nullptr;
    }
    return nullptr;
}

Status Toolbox::check(const std::vector<std::string>& given) const {
    for (const std::string& grant : given) {
        const bool known =
            std::ranges::any_of(entries_, [&](const ToolEntry& entry) { return grants(entry.card, grant); });
        if (known) continue;
        std::vector<std::string> names{"all"};
        for (const ToolEntry& entry : entries_) names.push_back(entry.card.name);
        return fail(invalid_argument(
            fmt::format("There is no tool \"{}\"; there are {}.", grant, fmt::join(names, ", ")),
            "settings.tools"));
    }
    return {};
}

std::vector<std::string> narrowed(const Toolbox& tools, const std::vector<std::string>& own,
                                  const std::vector<std::string>& wanted) {
    std::vector<std::string> names;
    for (const ToolEntry* entry : tools.granted(own))
        if (is_granted(entry->card, wanted)) names.push_back(entry->card.name);
    return names;
}

}  // namespace boternity::core
