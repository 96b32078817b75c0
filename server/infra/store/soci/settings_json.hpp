#pragma once

#include "core/bots/bot.hpp"
#include "core/runs/run.hpp"

#include <string>
#include <string_view>

namespace boternity::infra::store {

/// Settings and briefs as their columns hold them. What is not set is not written, so that a new setting
/// needs no migration. Reading throws soci_error when the text is not what was written.
std::string settings_to_json(const core::BotSettings& settings);
core::BotSettings settings_from_json(std::string_view json);

std::string brief_to_json(const core::AgentBrief& brief);
core::AgentBrief brief_from_json(std::string_view json);

}  // namespace boternity::infra::store
