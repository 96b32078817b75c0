#pragma once

#include "core/ports/check.hpp"
#include "core/ports/clock.hpp"
#include "infra/store/store_checks.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace boternity::app {

/// What is looked at on this machine, in the order in which it is told. `clock` outlives the checks.
std::vector<std::unique_ptr<core::Check>> machine_checks(const std::filesystem::path& data_folder,
                                                         const std::filesystem::path& model_folder,
                                                         infra::Holder holder, const core::Clock& clock);

}  // namespace boternity::app
