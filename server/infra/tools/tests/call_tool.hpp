#pragma once

#include "core/ports/tool.hpp"
#include "testing/run_task.hpp"

#include <string>
#include <utility>

namespace boternity::infra {

/// The answer, or "ERROR: " and what the model is told; "STOP: " for what it is not.
inline std::string heard(const core::ToolAnswer& answer) {
    if (answer) return *answer;
    const bool tells = answer.error().kind == core::ToolError::Kind::TellModel;
    return (tells ? "ERROR: " : "STOP: ") + answer.error().error.message;
}

inline core::ToolInvocation invocation_of(Value::Object arguments) {
    return {.run = *RunId::parse("0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b"),
            .bot = *BotId::parse("0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0c"),
            .step = 3,
            .arguments = std::move(arguments),
            .key = "key-1"};
}

inline std::string call_tool(core::Tool& tool, Value::Object arguments, core::CallContext context = {}) {
    return heard(testing::run_task(tool.call(invocation_of(std::move(arguments)), std::move(context))));
}

}  // namespace boternity::infra
