#pragma once

#include "core/bots/template.hpp"
#include "types/result.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// A folder of examples/bots, as it was when this was built.
struct ExampleBot {
    std::string_view slug;
    std::string_view facts;  ///< bot.json
    std::string_view soul;   ///< SOUL.md
};

std::span<const ExampleBot> example_bots() noexcept;

/// The example bots, read. An error is a defect of the build.
Result<std::vector<core::Template>> embedded_templates();

}  // namespace boternity::infra
