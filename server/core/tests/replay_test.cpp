#include "core/agents/replay.hpp"
#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using testing::ScriptedReply;

struct Replays : ::testing::Test {
    Platform p;

    /// A run of two tool calls, with a turn before it.
    core::Run a_run() {
        const auto tool = p.tool("t");
        tool->answer = [](const ToolInvocation& call) -> ToolAnswer {
            return "got " + call.arguments.text("a");
        };
        const auto session = p.session(p.bot_with({"t"}));
        p.llm->says("earlier answer");
        static_cast<void>(p.answer(*p.say(session, "earlier")));
        p.llm->reply(ScriptedReply::calls({{"t", R"({"a":"x"})"}, {"t", R"({"a":"y"})"}}, "First."));
        p.llm->says("Done.");
        const auto run = *p.say(session, "go");
        static_cast<void>(p.answer(run));
        return run;
    }

    RunInput input(const core::Run& run) {
        auto read = *p.run(p.store.records().input(run.id, 1 << 20));
        for (const auto* entry : p.tools.granted(read.run.settings.tools))
            read.offers.push_back(entry->offer);
        return read;
    }

    std::optional<ReplayDifference> difference(const RunInput& input) {
        return replay(input, "First.\n\nDone.", p.tools, {}).difference;
    }
};

TEST_F(Replays, ComeToTheSameAndCallNobody) {
    const auto run = a_run();
    const auto asked = p.llm->requests().size();
    const auto report = *p.run(p.runs.replay(run.id.text(), {}));
    EXPECT_EQ(report, (ReplayReport{.steps = 5}));
    EXPECT_EQ(p.llm->requests().size(), asked);
    EXPECT_FALSE(difference(input(run)));
}

TEST_F(Replays, FindWhatIsNotTheSame) {
    const auto run = a_run();
    const auto whole = input(run);
    const auto differs = [&](auto change) {
        auto changed = whole;
        change(changed);
        const auto found = difference(changed);
        return found ? std::pair(found->step, found->what) : std::pair(-1, std::string());
    };
    using Place = std::pair<int, std::string>;
    EXPECT_EQ(differs([](RunInput& in) { in.soul += "!"; }), Place(1, "request_hash"));
    EXPECT_EQ(differs([](RunInput& in) { in.message.text = "stop"; }), Place(1, "request_hash"));
    EXPECT_EQ(differs([](RunInput& in) { in.history.pop_back(); }), Place(1, "messages"));
    EXPECT_EQ(differs([](RunInput& in) { in.offers.clear(); }), Place(1, "request_hash"));
    EXPECT_EQ(differs([](RunInput& in) { std::get<ToolInput>(in.steps[1].input).arguments = "{}"; }),
              Place(2, "arguments"));
    EXPECT_EQ(differs([](RunInput& in) { std::get<ToolOutput>(in.steps[2].output).text = "z"; }),
              Place(4, "request_hash"))
        << "what a tool answered is in the next prompt";
    EXPECT_EQ(differs([](RunInput& in) { in.steps.erase(in.steps.begin() + 2); }), Place(4, "kind"))
        << "a call that no step stands for";
    EXPECT_EQ(differs([](RunInput& in) { std::swap(in.steps[1], in.steps[2]); }), Place(3, "call"));
    EXPECT_EQ(differs([](RunInput& in) { in.run.usage.input_tokens += 1; }), Place(0, "usage"));
    EXPECT_EQ(replay(whole, "Something else.", p.tools, {}).difference->what, "message");
}

TEST_F(Replays, OfARunThatHasNotEndedAreRefused) {
    auto gate = std::make_shared<testing::Gate>();
    p.llm->reply({.open_gate = gate});
    const auto run = *p.say(p.session(), "hello");
    EXPECT_EQ(p.run(p.runs.replay(run.id.text(), {})).error().code, ErrorCode::WrongState);
    gate->open();
}

}  // namespace
}  // namespace boternity::core
