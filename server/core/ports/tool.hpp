#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/error.hpp"
#include "types/id.hpp"
#include "types/value.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace boternity::core {

/// Facts about a tool that do not change while the server runs.
struct ToolCard {
    std::string name{};         ///< letters, digits, _ and dots, e.g. "workspace.read"
    std::string description{};  ///< for the model: what it does and when to use it
    std::string parameters{};   ///< a JSON Schema object as text
    bool read_only = false;     ///< changes nothing anywhere
    /// Twice is as once: it may be called again when nobody knows whether a call that was under way at a
    /// crash took effect. What is read-only is idempotent.
    bool idempotent = false;
    /// Only for bots that name it, never by the name of a group or "all".
    bool named_only = false;
};

/// A call of a tool whose arguments its schema has found valid.
struct ToolInvocation {
    RunId run{};
    BotId bot{};
    SessionId session{};
    int step = 0;  ///< the position in the run's journal
    Value arguments{};
    /// The same for each attempt of this call and for no other: to be sent along to whoever can make use of
    /// it.
    std::string key{};
};

/// Why a call has no result. There are these two kinds and no third.
struct ToolError {
    enum class Kind {
        TellModel,  ///< it is told and may do something else
        StopRun     ///< the run fails with the error
    };
    Kind kind = Kind::TellModel;
    Error error{};
};

inline std::unexpected<ToolError> tell_model(Error error) {
    return std::unexpected(ToolError{.kind = ToolError::Kind::TellModel, .error = std::move(error)});
}

inline std::unexpected<ToolError> stop_run(Error error) {
    return std::unexpected(ToolError{.kind = ToolError::Kind::StopRun, .error = std::move(error)});
}

/// What a tool answers: text for the model.
using ToolAnswer = std::expected<std::string, ToolError>;

/// Something a model can call that needs nothing of the runs: those that do are the runtime's own (see
/// core/agents).
///
/// Lifetime  outlives every call.
/// Threads   any strand; resumes on the caller's.
/// Cancel    by `context.stop`, soon; the answer is then not looked at. `context.deadline` is kept likewise.
class Tool {
public:
    virtual ~Tool() = default;
    virtual const ToolCard& card() const noexcept = 0;
    virtual Task<ToolAnswer> call(ToolInvocation invocation, CallContext context) = 0;
};

}  // namespace boternity::core
