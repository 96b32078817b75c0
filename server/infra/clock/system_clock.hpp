#pragma once

#include "core/ports/clock.hpp"

namespace boternity::infra {

/// The machine's clocks.
class SystemClock final : public core::Clock {
public:
    Timestamp now() const noexcept override;
    std::chrono::steady_clock::time_point steady() const noexcept override;
};

}  // namespace boternity::infra
