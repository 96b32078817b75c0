#pragma once

#include "core/ports/bot_copies.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

class SociBotCopies final : public core::BotCopies {
public:
    explicit SociBotCopies(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::BotCopy>> read(core::BotRef ref, core::CopyExtent extent) override;
    core::Task<Result<core::Receipt>> insert(core::BotCopy copy, core::Events events,
                                             core::Mutation mutation) override;
    core::Task<Result<core::Receipt>> extend(core::BotCopy copy, core::Events events,
                                             core::Mutation mutation) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
