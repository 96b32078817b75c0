#pragma once

#include "core/ports/receipts.hpp"
#include "types/time.hpp"

#include <stop_token>
#include <string>

namespace boternity::core {

/// Who asks. Only the owner exists today; scopes come from the stored credential, never from the request.
struct Principal {
    std::string name = "owner";
    bool operator==(const Principal&) const = default;
};

/// What every call carries downwards: until when, whether still wanted, by whom, and what names it.
///
/// Copied by value; `stop` is thread-safe. A callee that waits ends at the earlier of deadline and stop.
struct CallContext {
    Deadline deadline = Deadline::never();
    std::stop_token stop{};
    Principal principal{};
    Mutation mutation{};       ///< empty key: the caller did not ask for idempotency
    std::string request_id{};  ///< for logs
};

}  // namespace boternity::core
