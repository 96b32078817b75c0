#pragma once

#include "core/ports/run_records.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Runs and their steps as they are read.
class SociRunRecords final : public core::RunRecords {
public:
    explicit SociRunRecords(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::Run>> find(RunId id) override;
    core::Task<Result<Page<core::Run>>> list(core::RunFilter filter, PageRequest page) override;
    core::Task<Result<std::vector<core::Run>>> tree(RunId run) override;
    core::Task<Result<std::vector<core::Step>>> steps(RunId run) override;
    core::Task<Result<std::vector<core::AgentMessage>>> inbox(RunId run) override;
    core::Task<Result<core::RunInput>> input(RunId run, std::size_t history_bytes) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
