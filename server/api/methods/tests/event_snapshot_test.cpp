// What clients are told, as bytes: a change inside that reaches them fails here. The snapshots are part of
// the contract; they change only with it.
#include "api/http/message_to_json.hpp"
#include "api/methods/to_contract.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace boternity::api {
namespace {

const BotId kBot = *BotId::parse("0197c1de-0000-7000-8000-00000000000b");
const SessionId kSession = *SessionId::parse("0197c1de-0000-7000-8000-00000000000c");
const RunId kRun = *RunId::parse("0197c1de-0000-7000-8000-00000000000d");
const RunId kRoot = *RunId::parse("0197c1de-0000-7000-8000-00000000000e");
const MessageId kMessage = *MessageId::parse("0197c1de-0000-7000-8000-00000000000f");
constexpr Timestamp kAt{1'795'426'200'123'456};

/// Compares with a file of one JSON text a line.
void expect_snapshot(const std::string& name, const std::vector<std::string>& told) {
    std::ifstream file(std::string(BOTERNITY_SNAPSHOTS) + "/" + name);
    ASSERT_TRUE(file) << name;
    std::vector<std::string> kept;
    for (std::string line; std::getline(file, line);) kept.push_back(line);
    EXPECT_EQ(told, kept) << "what clients are told is not what " << name << " of the contract says";
}

TEST(Snapshot, OfEveryEvent) {
    const std::vector<core::Event> events{
        core::BotCreated{kBot, "ada"},
        core::BotChanged{kBot},
        core::BotStateChanged{kBot, core::BotState::Running, core::BotState::Stopped},
        core::SoulVersionMade{kBot, 7, "sha256:abc"},
        core::SessionCreated{kBot, kSession},
        core::RunQueued{kRun, kSession, kBot, kRoot, kRoot},
        core::StepMoved{kRun, kSession, kBot, kRoot, 3, core::StepKind::ToolCall, core::StepState::Done,
                        "calculate"},
        core::DecisionAsked{kRun, kSession, kBot, kRoot, 4, "Really?"},
        core::DecisionMade{kRun, kSession, kBot, kRoot, 4},
        core::RunResumed{kRun, kSession, kBot, kRoot},
        core::RunEnded{kRun, kSession, kBot, kRoot, core::RunState::Failed},
        core::ProviderAdded{"acme"},
        core::ProviderChanged{"acme"},
        core::ProviderRemoved{"acme"},
    };
    ASSERT_EQ(events.size(), std::variant_size_v<core::Event>) << "one of each";
    std::vector<std::string> told;
    std::int64_t id = 100;
    for (const auto& item : {core::FeedItem{.id = id, .what = core::FeedOpened{}},
                             core::FeedItem{.id = id, .what = core::FeedMissed{.from = 1, .to = 100}},
                             core::FeedItem{.id = id, .what = core::FeedPassed{}}})
        told.push_back(message_to_json(to_contract(item)));
    for (const auto& event : events) {
        ++id;
        const core::FeedItem item{.id = id,
                                  .what = std::make_shared<const core::EventRecord>(
                                      core::EventRecord{.id = id, .at = kAt, .what = event})};
        told.push_back(message_to_json(to_contract(item)));
    }
    expect_snapshot("events.jsonl", told);
}

TEST(Snapshot, OfEveryRunEvent) {
    const core::Message message{.id = kMessage,
                                .session = kSession,
                                .run = kRun,
                                .role = core::Role::Assistant,
                                .text = "Hello.",
                                .position = 2,
                                .created_at = kAt};
    const core::RunError error{.code = ErrorCode::UpstreamFailed, .message = "The provider hung up."};
    const std::vector<decltype(core::RunEvent::what)> events{
        core::RunStarted{.attempt = 2,
                         .bot = kBot,
                         .session = kSession,
                         .model = "acme/m",
                         .soul_version = 3,
                         .input_message = kMessage,
                         .steps = 1},
        core::ContextCut{.dropped_messages = 4, .kept_messages = 5, .window_tokens = 6},
        core::RunDelta{"Hel"},
        core::StepBegan{.position = 2, .name = "calculate", .arguments = "{}"},
        core::StepBegan{
            .position = 3, .kind = core::StepKind::Decision, .question = "Really?", .options = {"yes", "no"}},
        core::StepEnded{.position = 2, .failed = true, .text = "42", .agent = kRoot},
        core::RunFinished{.message = message,
                          .usage = {.input_tokens = 1, .output_tokens = 2, .estimated = true},
                          .stop_reason = core::StopReason::Stop},
        core::RunFinished{.state = core::RunState::Failed, .message = message, .error = error},
        core::RunFinished{.state = core::RunState::Cancelled},
    };
    std::vector<std::string> told;
    std::uint32_t sequence = 0;
    for (const auto& event : events)
        told.push_back(message_to_json(to_contract({.run = kRun, .sequence = ++sequence, .what = event})));
    expect_snapshot("run_events.jsonl", told);
}

}  // namespace
}  // namespace boternity::api
