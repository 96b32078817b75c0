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
    out.set_sha256(model.sha256);
    out.set_source(model.source);
    if (model.added_at) *out.mutable_added_at() = to_contract(*model.added_at);
    return out;
}

v1::PullProgress to_progress(const core::PullStep& step) {
    v1::PullProgress out;
    switch (step.phase) {
    case core::PullPhase::Finding: out.set_phase(v1::PullProgress::finding); break;
    case core::PullPhase::Fetching: out.set_phase(v1::PullProgress::fetching); break;
    case core::PullPhase::Checking: out.set_phase(v1::PullProgress::checking); break;
    case core::PullPhase::Unpacking: out.set_phase(v1::PullProgress::unpacking); break;
    case core::PullPhase::Done: out.set_phase(v1::PullProgress::done); break;
    }
    out.set_done_bytes(step.done_bytes);
    out.set_total_bytes(step.total_bytes);
    out.set_license(step.license);
    if (step.model) *out.mutable_model() = to_local_model(*step.model);
    return out;
}

class PullStream final : public MessageStream {
public:
    explicit PullStream(std::unique_ptr<core::ModelPull> pull) : pull_(std::move(pull)) {}

    Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) override {
        if (ended_) co_return MessagePtr{};
        auto going_on = pull_->next({.deadline = deadline, .stop = std::move(stop)});
        BOT_CO_TRY(step, co_await std::move(going_on));
        ended_ = step.model.has_value();
        co_return std::make_unique<v1::PullProgress>(to_progress(step));
    }

private:
    std::unique_ptr<core::ModelPull> pull_;
    bool ended_ = false;
};

core::NewModelFile wanted_file(std::string source, std::string name, std::string sha256) {
    return {.source = std::move(source), .name = std::move(name), .sha256 = std::move(sha256)};
}

struct LocalModelMethods {
    core::ModelFileService& models;
    const core::ModelDirectory& directory;
    const core::Clock& clock;

    static Task<Result<v1::LocalModel>> find(LocalModelMethods self, v1::GetLocalModelRequest request,
                                             CallContext context) {
        BOT_CO_TRY(model, co_await self.models.find(request.model(), std::move(context)));
        co_return to_local_model(model);
    }

    static Task<Result<v1::LocalModel>> add(LocalModelMethods self, v1::AddLocalModelRequest request,
                                            CallContext context) {
        auto wanted = wanted_file(request.path(), request.name(), request.sha256());
        auto adding = self.models.add(std::move(wanted), std::move(context));
        BOT_CO_TRY(model, co_await std::move(adding));
        co_return to_local_model(model);
    }

    static Task<Result<v1::LocalModel>> pull(LocalModelMethods self, v1::PullLocalModelRequest request,
                                             CallContext context) {
        auto wanted = wanted_file(request.source(), request.name(), request.sha256());
        auto beginning = self.models.pull(std::move(wanted), context);
        BOT_CO_TRY(work, co_await std::move(beginning));
        while (true) {
            auto going_on = work->next(context);
            BOT_CO_TRY(step, co_await std::move(going_on));
            if (step.model) co_return to_local_model(*step.model);
        }
    }

    static Task<Result<MessageStreamPtr>>
    stream_pull(LocalModelMethods self, v1::PullLocalModelRequest request, CallContext context) {
        auto wanted = wanted_file(request.source(), request.name(), request.sha256());
        auto beginning = self.models.pull(std::move(wanted), std::move(context));
        BOT_CO_TRY(work, co_await std::move(beginning));
        co_return std::make_unique<PullStream>(std::move(work));
    }

    static Task<Result<v1::RemoveLocalModelResponse>>
    remove(LocalModelMethods self, v1::RemoveLocalModelRequest request, CallContext context) {
        auto removing = self.models.remove(request.model(), request.force(), std::move(context));
        BOT_CO_CHECK(co_await std::move(removing));
        co_return v1::RemoveLocalModelResponse{};
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

void add_local_model_methods(MethodTable& table, core::ModelFileService& models,
                             const core::ModelDirectory& directory, const core::Clock& clock) {
    const auto bind = [self = LocalModelMethods{models, directory, clock}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::GetLocalModelRequest, v1::LocalModel>("boternity.v1.ModelService.GetLocalModel",
                                                          bind(&LocalModelMethods::find));
    table.unary<v1::AddLocalModelRequest, v1::LocalModel>("boternity.v1.ModelService.AddLocalModel",
                                                          bind(&LocalModelMethods::add));
    table.unary<v1::PullLocalModelRequest, v1::LocalModel>("boternity.v1.ModelService.PullLocalModel",
                                                           bind(&LocalModelMethods::pull));
    table.stream<v1::PullLocalModelRequest, v1::PullProgress>(
        "boternity.v1.ModelService.StreamPullLocalModel", bind(&LocalModelMethods::stream_pull));
    table.unary<v1::RemoveLocalModelRequest, v1::RemoveLocalModelResponse>(
        "boternity.v1.ModelService.RemoveLocalModel", bind(&LocalModelMethods::remove));
    table.unary<v1::BenchLocalModelRequest, v1::ModelSpeed>("boternity.v1.ModelService.BenchLocalModel",
                                                            bind(&LocalModelMethods::bench));
}

}  // namespace boternity::api
