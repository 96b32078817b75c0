#pragma once

#include "core/ports/run_journal.hpp"
#include "infra/store/soci/run_owner.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Where runs and their steps are written. What begins is held by the process that is named at that time.
class SociRunJournal final : public core::RunJournal {
public:
    SociRunJournal(Transactions& transactions, RunOwner& owner)
        : transactions_(transactions), owner_(owner) {}

    core::Task<Result<core::TurnBegun>> begin(SessionId session, core::DecideTurn decide,
                                              core::ReadAhead read_ahead, core::Mutation mutation) override;
    core::Task<Result<core::Receipt>> begin_fork(RunId original, core::DecideFork decide,
                                                 core::Mutation mutation) override;
    core::Task<Status> append(core::RunAppend moved) override;
    core::Task<Result<core::Message>> end(core::RunEnd ended) override;
    core::Task<Result<core::Step>> decide(core::Decided decided, core::Mutation mutation) override;

private:
    Transactions& transactions_;
    RunOwner& owner_;
};

}  // namespace boternity::infra::store
