#pragma once

#include "core/ports/run_claims.hpp"
#include "infra/store/soci/run_owner.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Who executes which run. A claim takes every run that has not ended: one server at a time holds the data
/// folder, so that whoever held a run before is gone.
class SociRunClaims final : public core::RunClaims {
public:
    SociRunClaims(Transactions& transactions, RunOwner& owner) : transactions_(transactions), owner_(owner) {}

    core::Task<Result<std::vector<core::Run>>> claim_unfinished(std::string owner, Timestamp now) override;
    core::Task<Result<core::Run>> reopen(RunId run, Timestamp now, core::Events events) override;
    core::Task<Status> release(std::string owner) override;

private:
    Transactions& transactions_;
    RunOwner& owner_;
};

}  // namespace boternity::infra::store
