#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

#include <deque>
#include <optional>

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

class RunEventStream final : public MessageStream {
public:
    explicit RunEventStream(core::RunEventReader reader) : reader_(std::move(reader)) {}

    Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) override {
        if (ready_.empty()) {
            BOT_CO_TRY(events, co_await reader_.next(deadline, std::move(stop)));
            for (const auto& event : events) ready_.push_back(to_contract(event));
        }
        if (ready_.empty()) co_return MessagePtr{};
        MessagePtr message = std::make_unique<v1::RunEvent>(std::move(ready_.front()));
        ready_.pop_front();
        co_return message;
    }

    bool ready() const noexcept override { return !ready_.empty(); }

private:
    core::RunEventReader reader_;
    std::deque<v1::RunEvent> ready_;
};

/// The RPCs of RunService. Copied into the method table: it only holds a reference.
struct RunMethods {
    core::RunService& runs;
    core::ForkService& forks;
    const core::Toolbox& tools;

    static Task<Result<v1::ListRunsResponse>> list(RunMethods self, v1::ListRunsRequest request,
                                                   CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        std::optional<core::RunState> state;
        if (request.state() != v1::Run::unspecified) {
            state = core::run_state_from(v1::Run::State_Name(request.state()));
            if (!state) co_return fail(invalid_argument("state is not a state of runs.", "state"));
        }
        core::RunQuery query{.bot = request.bot(), .session = request.session(), .state = state};
        if (request.kind() != v1::Run::kind_unspecified) {
            query.kind = core::run_kind_from(v1::Run::Kind_Name(request.kind()));
            if (!query.kind) co_return fail(invalid_argument("kind is not a kind of run.", "kind"));
        }
        BOT_CO_TRY(runs, co_await self.runs.list(std::move(query), page));
        v1::ListRunsResponse response;
        for (const auto& run : runs.items) *response.add_runs() = to_contract(run);
        response.set_next_page_token(runs.next_token);
        co_return response;
    }

    static Task<Result<v1::Run>> get(RunMethods self, v1::GetRunRequest request, CallContext) {
        BOT_CO_TRY(run, co_await self.runs.get(request.run()));
        co_return to_contract(run);
    }

    static Task<Result<MessageStreamPtr>> events(RunMethods self, v1::StreamRunEventsRequest request,
                                                 CallContext) {
        BOT_CO_TRY(reader, co_await self.runs.events(request.run(), request.after()));
        co_return run_event_stream(std::move(reader));
    }

    static Task<Result<v1::Run>> cancel(RunMethods self, v1::CancelRunRequest request, CallContext context) {
        BOT_CO_TRY(run, co_await self.runs.cancel(request.run(), std::move(context)));
        co_return to_contract(run);
    }

    static Task<Result<v1::ListStepsResponse>> steps(RunMethods self, v1::ListStepsRequest request,
                                                     CallContext) {
        BOT_CO_TRY(steps, co_await self.runs.steps(request.run()));
        v1::ListStepsResponse response;
        for (const auto& step : steps) *response.add_steps() = to_contract(step);
        co_return response;
    }

    static Task<Result<v1::RunTree>> tree(RunMethods self, v1::GetRunTreeRequest request, CallContext) {
        BOT_CO_TRY(runs, co_await self.runs.tree(request.run()));
        v1::RunTree response;
        for (const auto& run : runs) *response.add_runs() = to_contract(run);
        co_return response;
    }

    static Task<Result<v1::Step>> decide(RunMethods self, v1::DecideRunRequest request, CallContext context) {
        BOT_CO_TRY(step, co_await self.runs.decide(request.run(), request.step(), request.answer(),
                                                   std::move(context)));
        co_return to_contract(step);
    }

    static Task<Result<v1::Run>> resume(RunMethods self, v1::ResumeRunRequest request, CallContext context) {
        BOT_CO_TRY(run, co_await self.runs.resume(request.run(), std::move(context)));
        co_return to_contract(run);
    }

    static Task<Result<v1::Run>> begin_fork(RunMethods self, v1::ForkRunRequest request,
                                            CallContext context) {
        core::ForkWish wish{.step = request.step(),
                            .soul_version = request.soul_version(),
                            .model = request.model(),
                            .message = request.message()};
        BOT_CO_TRY(run, co_await self.forks.begin(request.run(), std::move(wish), std::move(context)));
        co_return to_contract(run);
    }

    static Task<Result<v1::Replay>> replay(RunMethods self, v1::ReplayRunRequest request,
                                           CallContext context) {
        BOT_CO_TRY(report, co_await self.runs.replay(request.run(), std::move(context)));
        v1::Replay response;
        response.set_identical(!report.difference);
        response.set_steps(report.steps);
        if (report.difference) {
            auto& difference = *response.mutable_difference();
            difference.set_step(report.difference->step);
            difference.set_what(report.difference->what);
            difference.set_journaled(report.difference->journaled);
            difference.set_replayed(report.difference->replayed);
        }
        co_return response;
    }

    static Task<Result<v1::RunDiff>> diff(RunMethods self, v1::DiffRunsRequest request, CallContext) {
        BOT_CO_TRY(diff, co_await self.runs.diff(request.a(), request.b()));
        co_return to_contract(diff);
    }

    static Task<Result<v1::ListToolsResponse>> list_tools(RunMethods self, v1::ListToolsRequest,
                                                          CallContext) {
        v1::ListToolsResponse response;
        for (const auto& entry : self.tools.all()) *response.add_tools() = to_contract(entry.card);
        co_return response;
    }
};

}  // namespace

MessageStreamPtr run_event_stream(core::RunEventReader reader) {
    return std::make_unique<RunEventStream>(std::move(reader));
}

void add_run_methods(MethodTable& table, core::RunService& runs, core::ForkService& forks,
                     const core::Toolbox& tools) {
    const auto bind = [self = RunMethods{runs, forks, tools}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::ListRunsRequest, v1::ListRunsResponse>("boternity.v1.RunService.ListRuns",
                                                           bind(&RunMethods::list));
    table.unary<v1::GetRunRequest, v1::Run>("boternity.v1.RunService.GetRun", bind(&RunMethods::get));
    table.stream<v1::StreamRunEventsRequest, v1::RunEvent>("boternity.v1.RunService.StreamRunEvents",
                                                           bind(&RunMethods::events));
    table.unary<v1::ListStepsRequest, v1::ListStepsResponse>("boternity.v1.RunService.ListSteps",
                                                             bind(&RunMethods::steps));
    table.unary<v1::GetRunTreeRequest, v1::RunTree>("boternity.v1.RunService.GetRunTree",
                                                    bind(&RunMethods::tree));
    table.unary<v1::DecideRunRequest, v1::Step>("boternity.v1.RunService.DecideRun",
                                                bind(&RunMethods::decide));
    table.unary<v1::ResumeRunRequest, v1::Run>("boternity.v1.RunService.ResumeRun",
                                               bind(&RunMethods::resume));
    table.unary<v1::ForkRunRequest, v1::Run>("boternity.v1.RunService.ForkRun",
                                             bind(&RunMethods::begin_fork));
    table.unary<v1::ReplayRunRequest, v1::Replay>("boternity.v1.RunService.ReplayRun",
                                                  bind(&RunMethods::replay));
    table.unary<v1::DiffRunsRequest, v1::RunDiff>("boternity.v1.RunService.DiffRuns",
                                                  bind(&RunMethods::diff));
    table.unary<v1::ListToolsRequest, v1::ListToolsResponse>("boternity.v1.RunService.ListTools",
                                                             bind(&RunMethods::list_tools));
    table.unary<v1::CancelRunRequest, v1::Run>("boternity.v1.RunService.CancelRun",
                                               bind(&RunMethods::cancel));
}

}  // namespace boternity::api
