#pragma once

#include "core/ports/run_journal.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Runs and steps. A claim takes every run that has not ended: one server at a time holds the data folder, so
/// that whoever held a run before is gone.
class SociRunJournal final : public core::RunJournal {
public:
    explicit SociRunJournal(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::TurnBegun>> begin(SessionId session, core::DecideTurn decide,
                                              core::ReadAhead read_ahead, core::Mutation mutation) override;
    core::Task<Result<core::TurnInput>> input(RunId run, std::size_t history_bytes) override;
    core::Task<Result<core::Message>> end(core::TurnEnd turn) override;
    core::Task<Result<core::Run>> find(RunId id) override;
    core::Task<Result<Page<core::Run>>> list(core::RunFilter filter, PageRequest page) override;
    core::Task<Result<std::vector<core::Step>>> steps(RunId run) override;
    core::Task<Result<std::vector<core::Run>>> claim_unfinished(std::string owner, Timestamp now) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
