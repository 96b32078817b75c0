#include "core/llm/model_directory.hpp"

#include <fmt/format.h>

#include <utility>

namespace boternity::core {

Status ModelDirectory::declare(std::vector<DeclaredProvider> declared) {
    std::map<std::string, Entry, std::less<>> made;
    for (auto& [config, origin] : declared) {
        BOT_TRY(provider, make(config));
        const auto name = config.name;
        made.insert_or_assign(name, Entry{.config = std::move(config),
                                          .provider = std::move(provider),
                                          .builtin = true,
                                          .origin = std::move(origin)});
    }
    const std::lock_guard lock(mutex_);
    for (auto& [name, entry] : made) {
        const auto there = entries_.find(name);
        if (there == entries_.end()) continue;
        if (there->second.origin.empty()) {
            return fail(ErrorCode::WrongState,
                        fmt::format("The provider \"{}\" of {} is there already; choose another name.", name,
                                    entry.origin));
        }
        // What bots and pages know of it stays.
        entry.config.id = there->second.config.id;
        entry.config.created_at = there->second.config.created_at;
    }
    std::erase_if(entries_, [](const auto& entry) { return !entry.second.origin.empty(); });
    entries_.merge(made);
    return {};
}

}  // namespace boternity::core
