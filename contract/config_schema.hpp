#pragma once

#include <string_view>

namespace boternity::contract {

/// The text of contract/config.schema.json: every setting there is. Lives as long as the process.
std::string_view config_schema() noexcept;

}  // namespace boternity::contract
