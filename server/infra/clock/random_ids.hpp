#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"

#include <cstdint>
#include <mutex>

namespace boternity::infra {

/// UUIDv7 ids from the clock and OpenSSL's random generator, rising strictly within this process: ids of one
/// millisecond count up in the 12 bits behind the time (RFC 9562 section 6.2, method 1).
class RandomIds final : public core::Ids {
public:
    explicit RandomIds(const core::Clock& clock) : clock_(clock) {}
    Uuid next() override;

private:
    const core::Clock& clock_;
    std::mutex mutex_;  // for two integers; never held over a wait
    std::uint64_t last_millis_ = 0;
    std::uint32_t counter_ = 0;
};

}  // namespace boternity::infra
