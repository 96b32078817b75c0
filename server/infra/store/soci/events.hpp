#pragma once

#include "core/events/event.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Writes events to the outbox, in the transaction of their change.
void announce(Change change, const core::Events& events);

/// Drops the oldest events beyond the newest `keep`; a bounded number at a time.
void trim_outbox(Change change, long long keep);

}  // namespace boternity::infra::store
