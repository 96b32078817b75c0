#pragma once

#include "core/events/event.hpp"
#include "core/ports/event_log.hpp"
#include "infra/store/soci/transactions.hpp"

#include <cstdint>

namespace boternity::infra::store {

/// Writes events to the outbox, in the transaction of their change.
void announce(Change change, const core::Events& events);

/// The outbox as it is read.
class SociEventLog final : public core::EventLog {
public:
    explicit SociEventLog(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::EventPage>> read(std::int64_t after, int most) override;

private:
    Transactions& transactions_;
};

/// Drops the oldest events beyond the newest `keep`; a bounded number at a time.
void trim_outbox(Change change, long long keep);

}  // namespace boternity::infra::store
