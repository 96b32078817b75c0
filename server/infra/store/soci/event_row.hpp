#pragma once

#include "core/events/event.hpp"
#include "types/id.hpp"
#include "types/result.hpp"

#include <optional>
#include <string>

namespace boternity::infra::store {

/// An event as its row of the outbox.
struct EventRow {
    std::string type{};
    std::string subject{};  ///< what it is about: an id, or a name
    std::optional<BotId> bot{};
    std::optional<SessionId> session{};
    std::optional<RunId> run{};
    std::string body{};  ///< JSON; what else there is to say of it
};

EventRow row_of(const core::Event& event);

/// Back again. Internal when it is not what was written.
Result<core::Event> event_from_row(const EventRow& row);

}  // namespace boternity::infra::store
