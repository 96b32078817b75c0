#pragma once

#include "types/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

enum class Severity {
    Ok,       ///< looked at, and all is well
    Notice,   ///< worth knowing; nothing has to be done
    Warning,  ///< works now and may not later
    Error,    ///< does not work
};

/// What a check has seen.
struct Finding {
    std::string check{};  ///< the check's name
    Severity severity = Severity::Ok;
    std::string what{};    ///< one sentence
    std::string cure{};    ///< one sentence that says what to do; empty when nothing has to be done
    bool fixable = false;  ///< `boternity doctor --fix` does the cure
};

/// One thing that is looked at. `run_blocking` writes nothing, ever, and takes seconds at most.
class Check {
public:
    virtual ~Check() = default;

    /// One lower-case word or two, e.g. "data folder".
    virtual std::string_view name() const noexcept = 0;

    /// At least one finding. What cannot be looked at is a finding too.
    virtual std::vector<Finding> run_blocking() = 0;

    /// Cures what is safe to cure without asking, and says each thing that was done, one sentence each.
    virtual std::vector<std::string> fix_blocking() { return {}; }
};

}  // namespace boternity::core
