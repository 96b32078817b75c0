#pragma once

#include "boternity/v1/bots.pb.h"
#include "boternity/v1/events.pb.h"
#include "boternity/v1/providers.pb.h"
#include "boternity/v1/runs.pb.h"
#include "boternity/v1/sessions.pb.h"
#include "core/bots/bot.hpp"
#include "core/events/event_reader.hpp"
#include "core/llm/model_directory.hpp"
#include "core/ports/tool.hpp"
#include "core/runs/run_diff.hpp"
#include "core/runs/run_event.hpp"
#include "core/runs/step.hpp"
#include "core/sessions/session.hpp"
#include "types/page.hpp"

#include <google/protobuf/timestamp.pb.h>

namespace boternity::api {

/// What core knows, as the contract says it. Pure functions; one for each message.
google::protobuf::Timestamp to_contract(Timestamp at);
v1::Bot to_contract(const core::Bot& bot);
v1::Soul to_contract(const core::Soul& soul);
v1::Session to_contract(const core::Session& session);
v1::Attachment to_contract(const core::Attachment& attachment);
v1::Message to_contract(const core::Message& message);
v1::Usage to_contract(const core::Usage& usage);
v1::ContextCut to_contract(const core::ContextCut& cut);
v1::Run to_contract(const core::Run& run);
v1::RunEvent to_contract(const core::RunEvent& event);
v1::Event to_contract(const core::FeedItem& item);
v1::Step to_contract(const core::Step& step);
v1::RunDiff to_contract(const core::RunDiff& diff);
v1::Tool to_contract(const core::ToolCard& card);
v1::BotSettings to_contract(const core::BotSettings& settings);
v1::Provider to_contract(const core::ProviderConfig& provider);

core::BotSettings from_contract(const v1::BotSettings& settings);

/// The page that a list request asks for: 50 when no size is given. InvalidArgument beyond 1 to 200.
Result<PageRequest> page_of(int page_size, const std::string& page_token);

}  // namespace boternity::api
