// Agents that a run spawns: their tasks, rights, results and ends.
#include "core/agents/workspace_tools.hpp"
#include "core/tests/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace boternity::core {
namespace {

using testing::Gate;
using ::testing::HasSubstr;
using testing::ScriptedReply;

/// Whom a request is for: the words that the person, or the task, begins with.
std::string asked_of(const ModelRequest& request) {
    for (const auto& message : request.messages)
        if (message.role == PromptMessage::Role::User) return message.text();
    return {};
}

std::size_t answers_in(const ModelRequest& request) {
    std::size_t answers = 0;
    for (const auto& message : request.messages) answers += message.role == PromptMessage::Role::Assistant;
    return answers;
}

std::string last_text(const ModelRequest& request) {
    const auto& last = request.messages.back();
    const auto results = parts_of<ToolResult>(last);
    return results.empty() ? last.text() : results.back()->text;
}

/// Models by whom they are asked for: what each says, one after the other.
struct Cast {
    std::map<std::string, std::vector<ScriptedReply>> parts;
    ScriptedReply operator()(const ModelRequest& request) {
        const auto part = parts.find(asked_of(request));
        if (part == parts.end() || answers_in(request) >= part->second.size())
            return ScriptedReply::text("(forgot my words)");
        return part->second[answers_in(request)];
    }
};

struct SubAgents : ::testing::Test {
    Platform p;
    std::shared_ptr<Cast> cast = std::make_shared<Cast>();
    Session session = p.session(p.bot_with({"agent", "ask_person"}));

    SubAgents() {
        p.llm->otherwise([cast = cast](const ModelRequest& request) { return (*cast)(request); });
    }

    std::vector<core::Run> tree(const core::Run& root) { return *p.run(p.runs.tree(root.id.text())); }
    ToolOutput result(const core::Run& run, int position) {
        return std::get<ToolOutput>(p.steps(run).at(static_cast<std::size_t>(position) - 1).output);
    }
};

TEST_F(SubAgents, ResultsComeByThemselves) {
    cast->parts["Plan it"] = {
        ScriptedReply::calls({{"agent_spawn", R"({"name":"a","task":"Count to three."})"},
                              {"agent_spawn", R"({"name":"b","task":"Count to four."})"}}),
        ScriptedReply::text("I gave it away."), ScriptedReply::text("Three and four.")};
    cast->parts["Count to three."] = {ScriptedReply::text("1 2 3")};
    cast->parts["Count to four."] = {ScriptedReply::text("1 2 3 4")};
    const auto run = *p.say(session, "Plan it");
    EXPECT_EQ(p.answer(run)->text, "I gave it away.\n\nThree and four.");
    const auto told = last_text(p.llm->last_request());
    EXPECT_THAT(told, HasSubstr("[Result of agent a]\n1 2 3"));
    EXPECT_THAT(told, HasSubstr("[Result of agent b]\n1 2 3 4"));
    const auto all = tree(run);
    ASSERT_EQ(all.size(), 3U);
    for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_EQ(all[i].kind, RunKind::Agent);
        EXPECT_EQ(all[i].depth, 1);
        EXPECT_EQ(all[i].parent, run.id);
        EXPECT_EQ(all[i].state, RunState::Completed);
    }
    EXPECT_EQ(p.run(p.sessions.messages(session.id.text(), {}))->items.size(), 2U)
        << "agents do not speak there";
}

TEST_F(SubAgents, AFailureIsToldToo) {
    cast->parts["Go"] = {ScriptedReply::calls({{"agent_spawn", R"({"task":"Fail."})"}}),
                         ScriptedReply::calls({{"agent_wait", "{}"}}), ScriptedReply::text("It failed.")};
    cast->parts["Fail."] = {
        ScriptedReply{.open_error = Error{.code = ErrorCode::UpstreamAuth, .message = "Set KEY."}}};
    const auto run = *p.say(session, "Go");
    EXPECT_EQ(p.answer(run)->text, "It failed.");
    EXPECT_THAT(result(run, 4).text, HasSubstr("[Agent agent-1 failed]\nSet KEY."));
    EXPECT_EQ(tree(run)[1].state, RunState::Failed);
}

TEST_F(SubAgents, TheDeepestMaySpawnNoMore) {
    for (int depth = 0; depth <= 3; ++depth) {
        const std::string own = depth == 0 ? "Dig" : "Dig " + std::to_string(depth);
        const std::string next = R"({"task":"Dig )" + std::to_string(depth + 1) + R"("})";
        cast->parts[own] = {ScriptedReply::calls({{"agent_spawn", next}})};
        if (depth < 3) cast->parts[own].push_back(ScriptedReply::calls({{"agent_wait", "{}"}}));
        cast->parts[own].push_back(ScriptedReply::text("done " + own));
    }
    const auto run = *p.say(session, "Dig");
    EXPECT_EQ(p.answer(run)->text, "done Dig");
    const auto all = tree(run);
    ASSERT_EQ(all.size(), 4U) << "depths 0 to 3";
    EXPECT_EQ(all[3].depth, 3);
    const auto refused = result(all[3], 2);
    EXPECT_TRUE(refused.failed);
    EXPECT_THAT(refused.text, HasSubstr("the deepest there is"));
}

TEST_F(SubAgents, AnAgentHasNoMoreRightsThanItsParent) {
    p.tool("safe");
    p.tool("danger");
    const auto own = p.session(p.bot_with({"agent", "safe"}));
    cast->parts["Go"] = {
        ScriptedReply::calls({{"agent_spawn", R"({"task":"Try it.","tools":["safe","danger","all"]})"}}),
        ScriptedReply::text("Waiting."), ScriptedReply::text("Done.")};
    cast->parts["Try it."] = {ScriptedReply::calls({{"danger", "{}"}, {"safe", "{}"}}),
                              ScriptedReply::text("tried")};
    const auto run = *p.say(own, "Go");
    ASSERT_TRUE(p.answer(run));
    const auto agent = tree(run)[1];
    EXPECT_THAT(agent.settings.tools, ::testing::Not(::testing::Contains("danger")));
    EXPECT_TRUE(result(agent, 2).failed);
    EXPECT_FALSE(result(agent, 3).failed);
}

TEST_F(SubAgents, ARunHasSoManyAtWorkAndNoMore) {
    std::vector<std::pair<std::string, std::string>> calls;
    for (int i = 0; i < 9; ++i) calls.emplace_back("agent_spawn", R"({"task":"Wait."})");
    cast->parts["Go"] = {ScriptedReply::calls(calls), ScriptedReply::text("Given away."),
                         ScriptedReply::text("All back.")};
    cast->parts["Wait."] = {ScriptedReply::text("ok")};
    const auto run = *p.say(session, "Go");
    ASSERT_TRUE(p.answer(run));
    EXPECT_FALSE(result(run, 9).failed);
    EXPECT_TRUE(result(run, 10).failed);
    EXPECT_THAT(result(run, 10).text, HasSubstr("8 of your agents"));
    EXPECT_EQ(tree(run).size(), 9U);
}

TEST_F(SubAgents, TheyWriteToEachOther) {
    cast->parts["Go"] = {
        ScriptedReply::calls({{"agent_spawn", R"({"name":"a","task":"Ask me."})"}}),
        ScriptedReply::calls({{"agent_wait", "{}"}}),
        ScriptedReply::calls({{"agent_send", R"({"to":"a","text":"Blue."})"}, {"agent_wait", "{}"}}),
        ScriptedReply::text("Done.")};
    cast->parts["Ask me."] = {
        ScriptedReply::calls(
            {{"agent_send", R"({"to":"parent","text":"Which colour?"})"}, {"agent_wait", "{}"}}),
        ScriptedReply::text("It is blue.")};
    const auto run = *p.say(session, "Go");
    EXPECT_EQ(p.answer(run)->text, "Done.");
    EXPECT_EQ(result(run, 4).text, "[Message from a]\nWhich colour?");
    EXPECT_EQ(result(run, 7).text, "[Result of agent a]\nIt is blue.");
    EXPECT_EQ(result(tree(run)[1], 3).text, "[Message from parent]\nBlue.");
}

TEST_F(SubAgents, ACancelReachesTheWholeTree) {
    auto gate = std::make_shared<Gate>();
    cast->parts["Go"] = {ScriptedReply::calls({{"agent_spawn", R"({"task":"Deeper."})"}}),
                         ScriptedReply::text("ok")};
    cast->parts["Deeper."] = {ScriptedReply::calls({{"agent_spawn", R"({"task":"Hang."})"}}),
                              ScriptedReply::text("ok")};
    cast->parts["Hang."] = {ScriptedReply{.open_gate = gate}};
    const auto run = *p.say(session, "Go");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    EXPECT_EQ(p.run(p.runs.cancel(run.id.text(), {}))->state, RunState::Cancelled);
    testing::run_until(p.io, [&] { return p.scheduler.active() == 0; });
    for (const core::Run& one : tree(run)) EXPECT_EQ(one.state, RunState::Cancelled) << one.depth;
}

TEST_F(SubAgents, OneIsCancelledByItsParent) {
    auto gate = std::make_shared<Gate>();
    cast->parts["Go"] = {ScriptedReply::calls({{"agent_spawn", R"({"name":"a","task":"Hang."})"}}),
                         ScriptedReply::calls({{"agent_cancel", R"({"agent":"a"})"}, {"agent_wait", "{}"}}),
                         ScriptedReply::text("Stopped it.")};
    cast->parts["Hang."] = {ScriptedReply{.open_gate = gate}};
    const auto run = *p.say(session, "Go");
    EXPECT_EQ(p.answer(run)->text, "Stopped it.");
    EXPECT_THAT(result(run, 5).text, HasSubstr("[Agent a failed]\nThe call was cancelled."));
    EXPECT_EQ(tree(run)[1].state, RunState::Cancelled);
}

TEST_F(SubAgents, AWaitHasAnEnd) {
    auto gate = std::make_shared<Gate>();
    cast->parts["Go"] = {ScriptedReply::calls({{"agent_spawn", R"({"name":"a","task":"Hang."})"}}),
                         ScriptedReply::calls({{"agent_wait", R"({"seconds":0})"}}),
                         ScriptedReply::calls({{"agent_cancel", R"({"agent":"a"})"}}),
                         ScriptedReply::text("x"), ScriptedReply::text("y")};
    cast->parts["Hang."] = {ScriptedReply{.open_gate = gate}};
    const auto run = *p.say(session, "Go");
    ASSERT_TRUE(p.answer(run));
    EXPECT_THAT(result(run, 4).text, HasSubstr("Still at work: a"));
}

TEST_F(SubAgents, AParentThatFailsEndsThem) {
    auto gate = std::make_shared<Gate>();
    cast->parts["Go"] = {
        ScriptedReply::calls({{"agent_spawn", R"({"task":"Hang."})"}}),
        ScriptedReply{.open_error = Error{.code = ErrorCode::UpstreamAuth, .message = "Set KEY."}}};
    cast->parts["Hang."] = {ScriptedReply{.open_gate = gate}};
    const auto run = *p.say(session, "Go");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::UpstreamAuth);
    testing::run_until(p.io, [&] { return p.scheduler.active() == 0; });
    EXPECT_EQ(tree(run)[1].state, RunState::Cancelled);
}

TEST_F(SubAgents, AfterACrashResultsStillArriveOnce) {
    auto gate = std::make_shared<Gate>();
    cast->parts["Go"] = {ScriptedReply::calls({{"agent_spawn", R"({"name":"a","task":"One."})"},
                                               {"agent_spawn", R"({"name":"b","task":"Two."})"}}),
                         ScriptedReply::text("Given away."), ScriptedReply::text("Both came.")};
    cast->parts["One."] = {ScriptedReply::text("1")};
    cast->parts["Two."] = {ScriptedReply{.open_gate = gate}};
    const auto run = *p.say(session, "Go");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    testing::run_until(p.io, [&] { return tree(run).at(1).state == RunState::Completed; });

    cast->parts["Two."] = {ScriptedReply::text("2")};
    NextServer after(p);
    ASSERT_EQ(after.recover(), 2) << "the root and b; a has ended";
    EXPECT_EQ(p.run(after.turns.answer(run.id.text(), {}))->text, "Given away.\n\nBoth came.");
    std::string received;
    for (const Step& step : p.steps(run)) {
        const auto* wait = std::get_if<WaitOutput>(&step.output);
        if (wait == nullptr) continue;
        for (const auto& message : wait->received) received += message.sender + "=" + message.text + " ";
    }
    EXPECT_THAT(received, ::testing::AnyOf("a=1 b=2 ", "b=2 a=1 "));
    gate->open();
    after.idle();
}

TEST_F(SubAgents, TheyShareAWorkspaceWithoutLosingAWrite) {
    for (auto& tool : workspace_tools(p.store.workspaces(), p.clock))
        ASSERT_TRUE(p.tools.add(std::move(tool)));
    const auto own = p.session(p.bot_with({"agent", "workspace"}));
    cast->parts["Go"] = {
        ScriptedReply::calls({{"workspace_write", R"({"path":"plan.md","text":"one\ntwo\nthree\n"})"}}),
        ScriptedReply::calls({{"agent_spawn", R"({"name":"a","task":"First line.","workspace":true})"},
                              {"agent_spawn", R"({"name":"b","task":"Last line.","workspace":true})"},
                              {"agent_spawn", R"({"name":"c","task":"No rights."})"}}),
        ScriptedReply::text("Given."),
        ScriptedReply::calls({{"workspace_read", R"({"path":"plan.md"})"}, {"workspace_list", "{}"}}),
        ScriptedReply::text("Done.")};
    cast->parts["First line."] = {
        ScriptedReply::calls(
            {{"workspace_write", R"({"path":"plan.md","text":"ONE\ntwo\nthree\n","base_version":1})"}}),
        ScriptedReply::text("ok")};
    cast->parts["Last line."] = {
        ScriptedReply::calls(
            {{"workspace_write", R"({"path":"plan.md","text":"one\ntwo\nTHREE\n","base_version":1})"},
             {"workspace_append", R"({"path":"log.txt","text":"b was here\n"})"}}),
        ScriptedReply::text("ok")};
    cast->parts["No rights."] = {ScriptedReply::calls({{"workspace_read", R"({"path":"plan.md"})"}}),
                                 ScriptedReply::text("ok")};
    const auto run = *p.say(own, "Go");
    ASSERT_TRUE(p.answer(run));
    const auto file = *p.run(p.store.workspaces().read(run.id, "plan.md", 0));
    EXPECT_EQ(file.text, "ONE\ntwo\nTHREE\n");
    EXPECT_EQ(file.version, 3);
    const auto entries = *p.run(p.store.workspaces().entries(run.id, "plan.md"));
    std::set<RunId> authors;
    for (const auto& entry : entries) authors.insert(entry.author);
    EXPECT_EQ(authors.size(), 3U) << "each entry has its author";
    for (const core::Run& one : tree(run)) {
        if (one.brief && one.brief->name == "c") EXPECT_TRUE(result(one, 2).failed);
    }
}

}  // namespace
}  // namespace boternity::core
