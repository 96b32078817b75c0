#include "infra/clock/system_clock.hpp"

namespace boternity::infra {

Timestamp SystemClock::now() const noexcept {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

std::chrono::steady_clock::time_point SystemClock::steady() const noexcept {
    return std::chrono::steady_clock::now();
}

}  // namespace boternity::infra
