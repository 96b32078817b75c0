#include "infra/clock/random_ids.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace boternity::infra {
namespace {

constexpr std::uint32_t kCounterLimit = 1U << 12;
// A new millisecond starts in the lower half, so that there is room to count.
constexpr std::uint32_t kCounterStartMask = (1U << 11) - 1;

}  // namespace

Uuid RandomIds::next() {
    std::array<std::uint8_t, 10> random{};
    // Without randomness no id can be trusted to be new; OpenSSL fails here only on a broken machine.
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) std::abort();
    const auto now = static_cast<std::uint64_t>(clock_.now().micros / 1000);
    std::uint64_t millis = 0;
    std::uint32_t counter = 0;
    {
        const std::lock_guard lock(mutex_);
        if (now > last_millis_) {
            last_millis_ = now;
            counter_ = (std::uint32_t{random[0]} << 8 | random[1]) & kCounterStartMask;
        } else if (++counter_ >= kCounterLimit) {
            // More than 2,048 ids in a millisecond, or a clock that was set back: borrow from the next one.
            ++last_millis_;
            counter_ = 0;
        }
        millis = last_millis_;
        counter = counter_;
    }
    random[0] = static_cast<std::uint8_t>(counter >> 8);
    random[1] = static_cast<std::uint8_t>(counter);
    return Uuid::v7(millis, random);
}

}  // namespace boternity::infra
