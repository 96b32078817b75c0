#pragma once

#include "core/ports/ids.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace boternity::testing {

/// Ids 1, 2, 3 and so on, in the shape of version 7. The same test makes the
/// same ids. Threads: any.
class SequentialIds final : public core::Ids {
public:
    Uuid next() override {
        constexpr std::uint64_t kBase = 1'767'225'600'000;
        return Uuid::v7(kBase + count_.fetch_add(1) + 1, std::array<std::uint8_t, 10>{});
    }

private:
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace boternity::testing
