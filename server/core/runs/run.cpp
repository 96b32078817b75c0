#include "core/runs/run.hpp"

#include "core/runtime/names.hpp"

namespace boternity::core {
namespace {

constexpr Names<StopReason, 5> kStopReasons{{{StopReason::Stop, "stop"},
                                             {StopReason::Length, "length"},
                                             {StopReason::ToolCalls, "tool_calls"},
                                             {StopReason::Refused, "refused"},
                                             {StopReason::Cancelled, "cancelled"}}};
constexpr Names<RunKind, 3> kRunKinds{
    {{RunKind::Turn, "turn"}, {RunKind::Agent, "agent"}, {RunKind::Fork, "fork"}}};
constexpr Names<RunState, 6> kRunStates{{{RunState::Queued, "queued"},
                                         {RunState::Running, "running"},
                                         {RunState::Waiting, "waiting"},
                                         {RunState::Completed, "completed"},
                                         {RunState::Failed, "failed"},
                                         {RunState::Cancelled, "cancelled"}}};

}  // namespace

std::string_view name_of(StopReason reason) noexcept {
    return kStopReasons.of(reason);
}
std::string_view name_of(RunKind kind) noexcept {
    return kRunKinds.of(kind);
}
std::string_view name_of(RunState state) noexcept {
    return kRunStates.of(state);
}
std::optional<StopReason> stop_reason_from(std::string_view name) noexcept {
    return kStopReasons.from(name);
}
std::optional<RunKind> run_kind_from(std::string_view name) noexcept {
    return kRunKinds.from(name);
}
std::optional<RunState> run_state_from(std::string_view name) noexcept {
    return kRunStates.from(name);
}

std::optional<ErrorCode> error_code_from(std::string_view name) noexcept {
    for (int value = 0; value <= static_cast<int>(ErrorCode::Internal); ++value) {
        if (code_name(static_cast<ErrorCode>(value)) == name) return static_cast<ErrorCode>(value);
    }
    return std::nullopt;
}

}  // namespace boternity::core
