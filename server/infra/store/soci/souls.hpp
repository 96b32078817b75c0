#pragma once

#include "core/ports/bot_store.hpp"
#include "infra/store/soci/transactions.hpp"

#include <vector>

namespace boternity::infra::store {

/// Writes one soul version; its bot must be there.
void add_soul(Change change, const core::Soul& soul);

/// NotFound when the bot has no such version.
Result<core::Soul> load_soul(Change change, BotId bot, int version);

/// What a copy of souls is bounded by: how many there are, and the bytes of their texts.
struct SoulsSize {
    long long count = 0;
    long long bytes = 0;
};
SoulsSize size_of_souls(Change change, BotId bot);

/// All versions with their texts, oldest first.
std::vector<core::Soul> load_souls(Change change, BotId bot);

/// Makes a version the newest of its bot.
void set_newest(Change change, BotId bot, int version);

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
