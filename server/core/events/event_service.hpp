#pragma once

#include "core/bots/bot.hpp"
#include "core/events/event_reader.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/run_records.hpp"
#include "core/ports/session_store.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace boternity::core {

/// Which events a client asks for; empty texts are not looked at.
struct EventWish {
    BotRef bot{""};
    std::string session{};
    std::string run{};
    std::string root{};
    EventKinds kinds = 0;
    std::optional<std::int64_t> after{};
};

/// Opens readers of what happens. Threads  any strand.
class EventService {
public:
    EventService(BotStore& bots, SessionStore& sessions, RunRecords& records, EventBus& bus, EventLog& log)
        : bots_(bots), sessions_(sessions), records_(records), bus_(bus), log_(log) {}

    /// NotFound when there is no such bot, session or run; InvalidArgument for a place below 0; those of the
    /// store.
    Task<Result<EventReader>> open(EventWish wish);

private:
    BotStore& bots_;
    SessionStore& sessions_;
    RunRecords& records_;
    EventBus& bus_;
    EventLog& log_;
};

}  // namespace boternity::core
