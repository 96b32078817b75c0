#include "api/methods/pages_in_memory.hpp"
#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

v1::Model to_contract(const core::ListedModel& model, const std::string& default_model) {
    v1::Model out;
    out.set_name(model.provider + "/" + model.card.name);
    out.set_provider(model.provider);
    out.set_window_tokens(model.card.window_tokens);
    out.set_max_output_tokens(model.card.max_output_tokens);
    out.set_tools(model.card.tools);
    out.set_images(model.card.images);
    out.set_documents(model.card.documents);
    out.set_json_schema(model.card.json_schema);
    out.set_reasoning(model.card.reasoning);
    out.set_streaming(model.card.streaming);
    out.set_embeddings(model.card.embeddings);
    out.set_is_default(out.name() == default_model);
    return out;
}

/// The RPCs of ProviderService and ModelService. Copied into the method table: it only holds a reference.
struct ProviderMethods {
    core::ModelDirectory& models;

    static Task<Result<v1::Provider>> create(ProviderMethods self, v1::CreateProviderRequest request,
                                             CallContext context) {
        core::NewProvider wanted{.name = request.name(),
                                 .preset = request.preset(),
                                 .kind = request.kind(),
                                 .base_url = request.base_url(),
                                 .key = request.key(),
                                 .models = {request.models().begin(), request.models().end()}};
        if (request.has_window_tokens()) wanted.window_tokens = request.window_tokens();
        BOT_CO_TRY(provider, co_await self.models.add(std::move(wanted), std::move(context)));
        co_return api::to_contract(provider);
    }

    static Task<Result<v1::ListProvidersResponse>> list(ProviderMethods self,
                                                        v1::ListProvidersRequest request, CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(providers, slice(self.models.providers(), page));
        v1::ListProvidersResponse response;
        for (const auto& provider : providers.items) *response.add_providers() = api::to_contract(provider);
        response.set_next_page_token(providers.next_token);
        co_return response;
    }

    static Task<Result<v1::Provider>> refresh(ProviderMethods self, v1::RefreshProviderRequest request,
                                              CallContext context) {
        BOT_CO_TRY(provider, co_await self.models.refresh(request.provider(), std::move(context)));
        co_return api::to_contract(provider);
    }

    static Task<Result<v1::ListPresetsResponse>> list_presets(ProviderMethods self,
                                                              v1::ListPresetsRequest request, CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(presets, slice(self.models.presets(), page));
        v1::ListPresetsResponse response;
        for (const auto& preset : presets.items) {
            v1::Preset& out = *response.add_presets();
            out.set_name(preset.name);
            out.set_title(preset.title);
            out.set_kind(preset.kind);
            out.set_base_url(preset.base_url);
            out.set_key(preset.key);
        }
        response.set_next_page_token(presets.next_token);
        co_return response;
    }

    static Task<Result<v1::Provider>> erase(ProviderMethods self, v1::DeleteProviderRequest request,
                                            CallContext context) {
        BOT_CO_TRY(provider, co_await self.models.remove(request.provider(), std::move(context)));
        co_return api::to_contract(provider);
    }

    static Task<Result<v1::ListModelsResponse>> list_models(ProviderMethods self,
                                                            v1::ListModelsRequest request, CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(models, slice(self.models.models(), page));
        v1::ListModelsResponse response;
        for (const auto& model : models.items) {
            *response.add_models() = to_contract(model, self.models.default_model());
        }
        response.set_next_page_token(models.next_token);
        co_return response;
    }
};

}  // namespace

void add_provider_methods(MethodTable& table, core::ModelDirectory& models) {
    const auto bind = [self = ProviderMethods{models}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::CreateProviderRequest, v1::Provider>("boternity.v1.ProviderService.CreateProvider",
                                                         bind(&ProviderMethods::create));
    table.unary<v1::ListProvidersRequest, v1::ListProvidersResponse>(
        "boternity.v1.ProviderService.ListProviders", bind(&ProviderMethods::list));
    table.unary<v1::RefreshProviderRequest, v1::Provider>("boternity.v1.ProviderService.RefreshProvider",
                                                          bind(&ProviderMethods::refresh));
    table.unary<v1::ListPresetsRequest, v1::ListPresetsResponse>("boternity.v1.ProviderService.ListPresets",
                                                                 bind(&ProviderMethods::list_presets));
    table.unary<v1::DeleteProviderRequest, v1::Provider>("boternity.v1.ProviderService.DeleteProvider",
                                                         bind(&ProviderMethods::erase));
    table.unary<v1::ListModelsRequest, v1::ListModelsResponse>("boternity.v1.ModelService.ListModels",
                                                               bind(&ProviderMethods::list_models));
}

}  // namespace boternity::api
