#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"
#include "core/llm/model_bench.hpp"

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
    out.set_embeddings(model.embeddings);
    return out;
}

struct LocalModelMethods {
    core::LocalModels& models;
    const core::ModelDirectory& directory;
    const core::Clock& clock;

    static Task<Result<v1::LocalModel>> find(LocalModelMethods self, v1::GetLocalModelRequest request,
                                             CallContext context) {
        BOT_CO_TRY(model, co_await self.models.find(request.model(), std::move(context)));
        co_return to_local_model(model);
    }

    static Task<Result<v1::ModelSpeed>> bench(LocalModelMethods self, v1::BenchLocalModelRequest request,
                                              CallContext context) {
        auto finding = self.models.find(request.model(), context);
        BOT_CO_TRY(model, co_await std::move(finding));
        auto measuring =
            core::measure_model(&self.directory, &self.clock, "local/" + model.name, std::move(context));
        BOT_CO_TRY(speed, co_await std::move(measuring));
        v1::ModelSpeed out;
        out.set_model(speed.model);
        out.set_input_tokens(speed.input_tokens);
        out.set_output_tokens(speed.output_tokens);
        out.set_first_token_seconds(speed.first_token_seconds);
        out.set_input_tokens_a_second(speed.input_tokens_a_second);
        out.set_output_tokens_a_second(speed.output_tokens_a_second);
        co_return out;
    }
};

}  // namespace

void add_local_model_methods(MethodTable& table, core::LocalModels& models,
                             const core::ModelDirectory& directory, const core::Clock& clock) {
    const LocalModelMethods methods{models, directory, clock};
    table.unary<v1::GetLocalModelRequest, v1::LocalModel>(
        "boternity.v1.ModelService.GetLocalModel", [self = methods](auto request, CallContext context) {
            return LocalModelMethods::find(self, std::move(request), std::move(context));
        });
    table.unary<v1::BenchLocalModelRequest, v1::ModelSpeed>(
        "boternity.v1.ModelService.BenchLocalModel", [self = methods](auto request, CallContext context) {
            return LocalModelMethods::bench(self, std::move(request), std::move(context));
        });
}

}  // namespace boternity::api
