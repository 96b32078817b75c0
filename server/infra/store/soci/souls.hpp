#pragma once

#include "core/ports/bot_store.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Writes one soul version; its bot must be there.
void add_soul(Change change, const core::Soul& soul);

/// NotFound when the bot has no such version.
Result<core::Soul> load_soul(Change change, BotId bot, int version);

class SociSoulStore final : public core::SoulStore {
public:
    explicit SociSoulStore(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::SoulAppended>> append(BotId bot, core::DecideSoul decide,
                                                  core::Mutation mutation) override;
    core::Task<Result<core::Soul>> find(BotId bot, int version) override;
    core::Task<Result<Page<core::Soul>>> list(BotId bot, PageRequest page) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
