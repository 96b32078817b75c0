#pragma once

#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "infra/store/soci/transactions.hpp"

#include <functional>
#include <string>

namespace boternity::infra::store {

/// The receipt of an earlier change under the mutation's key, if there is one that is not too old.
/// IdempotencyReuse when the key was used for another request.
Result<std::optional<core::Receipt>> find_receipt(Change change, const core::Mutation& mutation);

/// Makes a change at most once for its key: answers the receipt there is, else applies, then writes `events`
/// (as they are after `apply`) and the receipt of the subject that `apply` answers.
Result<core::Receipt> once(Change change, const core::Mutation& mutation, const core::Events& events,
                           const std::function<Result<std::string>()>& apply);

/// Drops receipts that are too old; a bounded number at a time.
void purge_receipts(Change change);

class SociReceipts final : public core::Receipts {
public:
    explicit SociReceipts(Transactions& transactions) : transactions_(transactions) {}
    core::Task<Result<std::optional<core::Receipt>>> find(core::Mutation mutation) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
