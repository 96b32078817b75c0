#pragma once

#include "core/events/event.hpp"
#include "core/llm/provider.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <vector>

namespace boternity::core {

/// Providers that a person added. At most kMaxProviders, so they are read whole.
///
/// Threads, atomicity and errors as BotStore.
class ProviderStore {
public:
    static constexpr int kMaxProviders = 200;

    virtual ~ProviderStore() = default;

    /// AlreadyExists when the name is taken. Subject: the provider's id.
    virtual Task<Result<Receipt>> insert(ProviderConfig provider, Events events, Mutation mutation) = 0;

    /// Takes the place of the provider with its id, whose name, kind and age stay. NotFound when there is
    /// none. Subject: the provider's id.
    virtual Task<Result<Receipt>> update(ProviderConfig provider, Events events, Mutation mutation) = 0;

    /// NotFound when there is none. Subject: the provider's id.
    virtual Task<Result<Receipt>> erase(ProviderId id, Events events, Mutation mutation) = 0;

    /// By name.
    virtual Task<Result<std::vector<ProviderConfig>>> all() = 0;
};

}  // namespace boternity::core
