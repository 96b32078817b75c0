#pragma once

#include "core/ports/bot_store.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>

namespace boternity::infra::store {

/// The bot as it is stored, also when it is deleted.
std::optional<core::Bot> load_bot(Change change, BotId id);

/// Moves a bot as `wanted` says, unless it has moved on since `wanted` was read. Only a bot that is still in
/// its first state is moved whatever else has changed of it. False when nothing was changed.
bool move_bot(Change change, const core::Bot& wanted);

class SociBotStore final : public core::BotStore {
public:
    explicit SociBotStore(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::Receipt>> insert(core::Bot bot, core::Soul soul, core::Events events,
                                             core::Mutation mutation) override;
    core::Task<Result<core::Bot>> find(core::BotRef ref) override;
    core::Task<Result<Page<core::Bot>>> list(PageRequest page) override;
    core::Task<Result<core::BotUpdated>> update(core::BotRef ref, core::DecideBot decide,
                                                core::Mutation mutation) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
