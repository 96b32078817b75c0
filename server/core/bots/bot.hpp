#pragma once

#include "types/id.hpp"
#include "types/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

enum class BotState { Created, Running, Paused, Stopped, Archived, Deleted };

/// How a bot's runs are run; what is not set is left to the model's defaults or to the platform's.
struct BotSettings {
    std::optional<double> temperature{};
    std::optional<int> max_output_tokens{};
    /// What it may use: names of tools, of groups of them ("agent", "workspace"), or "all". Empty: none.
    std::vector<std::string> tools{};
    std::optional<int> max_steps{};        ///< model calls in one run
    std::optional<int> max_run_seconds{};  ///< of a run, without what it waits for people
    std::optional<int> max_run_tokens{};   ///< read and written in one run
    bool operator==(const BotSettings&) const = default;
};

struct Bot {
    BotId id{};
    std::string slug{};
    std::string name{};
    std::string description{};
    BotState state = BotState::Created;
    std::string model{};  ///< PROVIDER/MODEL
    BotSettings settings{};
    int soul_version = 1;       ///< the newest
    std::int64_t revision = 1;  ///< rises with every change; the etag is made from it
    Timestamp created_at{};
    Timestamp updated_at{};
    bool operator==(const Bot&) const = default;
};

/// One immutable version of a bot's SOUL.md.
struct Soul {
    BotId bot{};
    int version = 1;
    std::string hash{};  ///< of the text, "sha256:..."
    std::string text{};  ///< empty where a list is asked for
    std::string author{};
    std::string note{};
    int restores = 0;  ///< the version whose text was restored, or 0
    int size_bytes = 0;
    Timestamp created_at{};
    bool operator==(const Soul&) const = default;
};

/// An id or a slug, as people and programs write it. Ids are found first.
struct BotRef {
    // Not an aggregate: g++ 12 destroys one twice that is made within a `co_await` expression (GCC bug
    // 104031).
    BotRef(std::string id_or_slug) : text(std::move(id_or_slug)) {}
    std::string text;
};

std::string_view name_of(BotState state) noexcept;
std::optional<BotState> bot_state_from(std::string_view name) noexcept;

}  // namespace boternity::core
