#include "infra/store/soci/providers.hpp"

#include "infra/store/soci/provider_columns.hpp"
#include "infra/store/soci/receipts.hpp"

namespace boternity::infra::store {
namespace {

Result<std::string> add_provider(Change change, const core::ProviderConfig& provider) {
    ProviderId holder;
    {
        Query query = change.db.query("SELECT id FROM providers WHERE name = :name OR id = :id");
        query.with(provider.name).with(provider.id).into(holder);
        if (query.next()) {
            return fail(ErrorCode::AlreadyExists, "There is a provider \"" + provider.name +
                                                      "\" already; remove it first or choose another name.");
        }
    }
    int count = 0;
    {
        Query query = change.db.query("SELECT COUNT(*) FROM providers");
        query.into(count).next();
    }
    if (count >= core::ProviderStore::kMaxProviders) {
        return fail(ErrorCode::WrongState, "There are 200 providers already; remove one first.");
    }
    const std::string models = models_column(provider.models);
    const std::string told = told_column(provider.told);
    change.db
        .query("INSERT INTO providers (id, name, kind, base_url, key_reference, models, told,"
               " created_at, window_tokens)"
               " VALUES (:id, :name, :kind, :base_url, :key_reference, :models, :told, :created_at,"
               " :window_tokens)")
        .with(provider.id)
        .with(provider.name)
        .with(provider.kind)
        .with(provider.base_url)
        .with(provider.key)
        .with(models)
        .with(told)
        .with(provider.created_at)
        .with(provider.window_tokens)
        .run();
    return provider.id.text();
}

Status must_exist(Change change, ProviderId id) {
    std::string name;
    Query query = change.db.query("SELECT name FROM providers WHERE id = :id");
    query.with(id).into(name);
    if (!query.next()) return fail(not_found("There is no such provider; list the providers."));
    return {};
}

Result<std::string> update_provider(Change change, const core::ProviderConfig& provider) {
    BOT_CHECK(must_exist(change, provider.id));
    const std::string models = models_column(provider.models);
    const std::string told = told_column(provider.told);
    change.db
        .query("UPDATE providers SET base_url = :base_url, key_reference = :key_reference,"
               " models = :models, told = :told, window_tokens = :window_tokens WHERE id = :id")
        .with(provider.base_url)
        .with(provider.key)
        .with(models)
        .with(told)
        .with(provider.window_tokens)
        .with(provider.id)
        .run();
    return provider.id.text();
}

Result<std::string> erase_provider(Change change, ProviderId id) {
    BOT_CHECK(must_exist(change, id));
    change.db.query("DELETE FROM providers WHERE id = :id").with(id).run();
    return id.text();
}

Result<std::vector<core::ProviderConfig>> load_providers(Change change) {
    core::ProviderConfig provider;
    std::string models;
    std::string told;
    std::vector<core::ProviderConfig> all;
    Query query = change.db.query(
        "SELECT id, name, kind, base_url, key_reference, models, told, created_at, window_tokens"
        " FROM providers ORDER BY name");
    query.into(provider.id).into(provider.name).into(provider.kind).into(provider.base_url);
    query.into(provider.key).into(models).into(told).into(provider.created_at);
    query.into(provider.window_tokens);
    while (query.next()) {
        BOT_TRY(names, models_of(models));
        BOT_TRY(said, told_of(told));
        provider.models = std::move(names);
        provider.told = std::move(said);
        all.push_back(provider);
    }
    return all;
}

}  // namespace

core::Task<Result<core::Receipt>> SociProviderStore::insert(core::ProviderConfig provider,
                                                            core::Events events, core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::AddProvider, [=](Change change) {
        return once(change, mutation, events, [&] { return add_provider(change, provider); });
    });
}

core::Task<Result<core::Receipt>> SociProviderStore::update(core::ProviderConfig provider,
                                                            core::Events events, core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::ChangeProvider, [=](Change change) {
        return once(change, mutation, events, [&] { return update_provider(change, provider); });
    });
}

core::Task<Result<core::Receipt>> SociProviderStore::erase(ProviderId id, core::Events events,
                                                           core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::RemoveProvider, [=](Change change) {
        return once(change, mutation, events, [&] { return erase_provider(change, id); });
    });
}

core::Task<Result<std::vector<core::ProviderConfig>>> SociProviderStore::all() {
    return transactions_.read<std::vector<core::ProviderConfig>>(
        [](Change change) { return load_providers(change); });
}

}  // namespace boternity::infra::store
