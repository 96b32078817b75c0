#pragma once

#include "core/ports/provider_store.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

class SociProviderStore final : public core::ProviderStore {
public:
    explicit SociProviderStore(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::Receipt>> insert(core::ProviderConfig provider, core::Events events,
                                             core::Mutation mutation) override;
    core::Task<Result<core::Receipt>> update(core::ProviderConfig provider, core::Events events,
                                             core::Mutation mutation) override;
    core::Task<Result<core::Receipt>> erase(ProviderId id, core::Events events,
                                            core::Mutation mutation) override;
    core::Task<Result<std::vector<core::ProviderConfig>>> all() override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
