#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

#include <deque>
#include <memory>
#include <utility>

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

core::EventKinds kind_from(int kind) {
    using Wanted = v1::StreamEventsRequest;
    switch (kind) {
    case Wanted::bot_created: return core::kind_of<core::BotCreated>();
    case Wanted::bot_changed: return core::kind_of<core::BotChanged>();
    case Wanted::bot_state_changed: return core::kind_of<core::BotStateChanged>();
    case Wanted::soul_version_made: return core::kind_of<core::SoulVersionMade>();
    case Wanted::session_created: return core::kind_of<core::SessionCreated>();
    case Wanted::run_queued: return core::kind_of<core::RunQueued>();
    case Wanted::step_moved: return core::kind_of<core::StepMoved>();
    case Wanted::decision_asked: return core::kind_of<core::DecisionAsked>();
    case Wanted::decision_made: return core::kind_of<core::DecisionMade>();
    case Wanted::run_resumed: return core::kind_of<core::RunResumed>();
    case Wanted::run_ended: return core::kind_of<core::RunEnded>();
    case Wanted::provider_added: return core::kind_of<core::ProviderAdded>();
    case Wanted::provider_changed: return core::kind_of<core::ProviderChanged>();
    case Wanted::provider_removed: return core::kind_of<core::ProviderRemoved>();
    default: return 0;
    }
}

Result<core::EventKinds> kinds_of(const v1::StreamEventsRequest& request) {
    core::EventKinds kinds = 0;
    for (const int wanted : request.kinds()) {
        const auto kind = kind_from(wanted);
        if (kind == 0) return fail(invalid_argument("kinds has what is no kind of event.", "kinds"));
        kinds |= kind;
    }
    return kinds;
}

class EventStream final : public MessageStream {
public:
    explicit EventStream(core::EventReader reader) : reader_(std::move(reader)) {}

    Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) override {
        if (ready_.empty()) {
            BOT_CO_TRY(items, co_await reader_.next(deadline, std::move(stop)));
            ready_.assign(std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
        }
        MessagePtr message = std::make_unique<v1::Event>(to_contract(ready_.front()));
        ready_.pop_front();
        co_return message;
    }

    bool ready() const noexcept override { return !ready_.empty(); }

private:
    core::EventReader reader_;
    std::deque<core::FeedItem> ready_;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the service outlives the table
Task<Result<MessageStreamPtr>> stream_events(core::EventService& events, v1::StreamEventsRequest request) {
    BOT_CO_TRY(kinds, kinds_of(request));
    core::EventWish wish{.bot = request.bot(),
                         .session = request.session(),
                         .run = request.run(),
                         .root = request.root(),
                         .kinds = kinds};
    if (request.has_after()) wish.after = request.after();
    BOT_CO_TRY(reader, co_await events.open(std::move(wish)));
    MessageStreamPtr stream = std::make_unique<EventStream>(std::move(reader));
    co_return stream;
}

}  // namespace

void add_event_methods(MethodTable& table, core::EventService& events) {
    table.stream<v1::StreamEventsRequest, v1::Event>(
        "boternity.v1.EventService.StreamEvents",
        [&events](v1::StreamEventsRequest request, const CallContext&) {
            return stream_events(events, std::move(request));
        });
}

}  // namespace boternity::api
