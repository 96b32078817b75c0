#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

namespace boternity::cli {

/// What a command has of the machine it runs on. Injected, so that tests give their own.
/// Lifetime: the files, the clock and the ids outlive every command.
struct Platform {
    std::FILE* in;
    std::FILE* out;
    std::FILE* err;
    /// A variable of the environment; one that is empty counts as not set.
    std::function<std::optional<std::string>(const char* name)> env;
    const core::Clock& clock;
    core::Ids& ids;
};

}  // namespace boternity::cli
