#pragma once

#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <optional>
#include <string>

namespace boternity::core {

/// Names one change, so that asking for it twice makes it once
/// (draft-ietf-httpapi-idempotency-key-header-07).
struct Mutation {
    std::string key{};          ///< the caller's, 1 to 255 visible ASCII characters; empty: no promise wanted
    std::string operation{};    ///< the request's full name, e.g. "boternity.v1.CreateBotRequest"
    std::string fingerprint{};  ///< hash of the request without its key: the same key with another is refused

    bool named() const noexcept { return !key.empty(); }
    bool operator==(const Mutation&) const = default;
};

enum class Outcome {
    Applied,   ///< this call made the change
    Repeated,  ///< an earlier call with the same key made it; nothing was changed now
};

/// What a mutating store operation answers. `subject` is the id (or version) that the first call made or
/// changed.
struct Receipt {
    Outcome outcome = Outcome::Applied;
    std::string subject{};
    bool operator==(const Receipt&) const = default;
};

/// Receipts of earlier changes. Every mutating store operation writes its receipt in its own transaction and
/// answers `Repeated` when there is one; this port lets a service look before it checks preconditions.
///
/// Threads  any. Errors  IdempotencyReuse when the key was used for another request; Unavailable.
/// Bound    receipts older than 48 hours are dropped.
class Receipts {
public:
    virtual ~Receipts() = default;
    virtual Task<Result<std::optional<Receipt>>> find(Mutation mutation) = 0;
};

}  // namespace boternity::core
