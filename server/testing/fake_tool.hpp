#pragma once

#include "core/ports/tool.hpp"
#include "testing/gate.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::testing {

/// A tool whose answers a test writes. Threads: those of the test.
class FakeTool final : public core::Tool {
public:
    explicit FakeTool(std::string name, bool idempotent = true) {
        card_ = {.name = std::move(name),
                 .description = "A tool for tests.",
                 .parameters = R"({"type":"object"})",
                 .idempotent = idempotent};
    }

    /// What the next calls answer; until it is set, "ok".
    std::function<core::ToolAnswer(const core::ToolInvocation&)> answer;
    std::shared_ptr<Gate> gate{};  ///< a call waits here
    std::vector<core::ToolInvocation> calls;

    void needs(std::string member) {
        card_.parameters = R"({"type":"object","required":[")" + member + "\"]}";
    }

    const core::ToolCard& card() const noexcept override { return card_; }

    core::Task<core::ToolAnswer> call(core::ToolInvocation invocation, core::CallContext context) override {
        calls.push_back(invocation);
        if (gate) {
            auto waiting = gate->pass(context);
            if (auto waited = co_await std::move(waiting); !waited)
                co_return core::tell_model(std::move(waited).error());
        }
        if (answer) co_return answer(invocation);
        co_return std::string("ok");
    }

private:
    core::ToolCard card_;
};

}  // namespace boternity::testing
