#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

#include <string>
#include <utility>

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

v1::LocalModel to_local_model(const core::LocalModel& model) {
    v1::LocalModel out;
    out.set_name(model.name);
    out.set_path(model.path);
    out.set_file_bytes(static_cast<std::int64_t>(model.file_bytes));
    out.set_title(model.title);
    out.set_architecture(model.architecture);
    out.set_license(model.license);
    out.set_window_tokens(model.window_tokens);
    out.set_trained_window_tokens(model.trained_window_tokens);
    out.set_has_chat_template(model.has_chat_template);
    out.set_loaded(model.loaded);
    out.set_memory_bytes(static_cast<std::int64_t>(model.memory_bytes));
    out.set_memory_limit_bytes(static_cast<std::int64_t>(model.memory_limit_bytes));
    out.set_memory_used_bytes(static_cast<std::int64_t>(model.memory_used_bytes));
    out.set_threads(model.threads);
    return out;
}

struct LocalModelMethods {
    core::LocalModels& models;

    static Task<Result<v1::LocalModel>> find(LocalModelMethods self, v1::GetLocalModelRequest request,
                                             CallContext context) {
        BOT_CO_TRY(model, co_await self.models.find(request.model(), std::move(context)));
        co_return to_local_model(model);
    }
};

}  // namespace

void add_local_model_methods(MethodTable& table, core::LocalModels& models) {
    table.unary<v1::GetLocalModelRequest, v1::LocalModel>(
        "boternity.v1.ModelService.GetLocalModel",
        [self = LocalModelMethods{models}](auto request, CallContext context) {
            return LocalModelMethods::find(self, std::move(request), std::move(context));
        });
}

}  // namespace boternity::api
