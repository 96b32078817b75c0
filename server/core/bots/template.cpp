#include "core/bots/template.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace boternity::core {

Result<Template> Templates::find(std::string_view slug) const {
    const auto found = std::ranges::find(all_, slug, &Template::slug);
    if (found != all_.end()) return *found;
    std::string names;
    for (const Template& one : all_) names += (names.empty() ? "" : ", ") + one.slug;
    return fail(not_found(fmt::format("There is no such template; there are {}.", names)));
}

Result<NewBot> Templates::fill(NewBot wanted, const std::string& slug) const {
    if (slug.empty()) return wanted;
    auto found = find(slug);
    if (!found) return fail(invalid_argument(found.error().message, "template"));
    if (wanted.soul.empty()) wanted.soul = std::move(found->soul);
    if (wanted.description.empty()) wanted.description = std::move(found->description);
    if (!wanted.settings.temperature) wanted.settings.temperature = found->settings.temperature;
    if (!wanted.settings.max_output_tokens)
        wanted.settings.max_output_tokens = found->settings.max_output_tokens;
    return wanted;
}

}  // namespace boternity::core
