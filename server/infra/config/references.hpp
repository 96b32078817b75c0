#pragma once

#include "infra/config/document.hpp"

#include <functional>
#include <optional>
#include <string>

namespace boternity::infra {

/// A variable of the environment; one that is empty counts as not set.
using ConfigEnvironment = std::function<std::optional<std::string>(const char* name)>;

/// Replaces each `${NAME}` in the document's texts by the variable's value, in which references are replaced
/// too; `$${` stands for `${`. A variable that is not set, a circle, and a text that grows beyond
/// kMaxConfigText are faults; a circle is told with its whole way. Answers all faults.
ConfigFaults replace_references(ConfigDocument& document, const ConfigEnvironment& env,
                                const std::string& source);

}  // namespace boternity::infra
