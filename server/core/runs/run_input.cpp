#include "core/runs/run_input.hpp"

#include <utility>

namespace boternity::core {
namespace {

constexpr const char* kUsualInstructions =
    "You are an agent that works for another agent. Do the task you are given with the tools you have. Your "
    "last answer is the result and all that the other sees: make it complete and say nothing else.";

}  // namespace

RunInput input_of_agent(Run run) {
    const AgentBrief brief = run.brief.value_or(AgentBrief{});
    RunInput input{.soul = brief.instructions.empty() ? kUsualInstructions : brief.instructions};
    input.message = {.session = run.session,
                     .run = run.id,
                     .role = Role::User,
                     .text = brief.task,
                     .created_at = run.created_at};
    input.run = std::move(run);
    return input;
}

}  // namespace boternity::core
