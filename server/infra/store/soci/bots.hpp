#pragma once

#include "core/ports/bot_store.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>

namespace boternity::infra::store {

/// The bot as it is stored, also when it is deleted.
std::optional<core::Bot> load_bot(Change change, BotId id);

/// Adds a bot with one of its souls. AlreadyExists when its id or its slug is taken. Answers its id.
Result<std::string> add_bot(Change change, const core::Bot& bot, const core::Soul& soul);

/// By id, else by slug; NotFound for deleted ones too.
Result<core::Bot> find_bot(Change change, const core::BotRef& ref);

/// Writes a bot whole but for its soul version. AlreadyExists when another one has its slug.
Status rewrite_bot(Change change, const core::Bot& bot);

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
