#include "api/tests/served_gateway.hpp"

#include "core/runtime/pause.hpp"

#include <condition_variable>
#include <deque>
#include <stdexcept>

namespace boternity::testing {

using api::MessagePtr;
using api::MessageStreamPtr;
using core::CallContext;
using core::Task;

struct ServedGateway::Shared {
    explicit Shared(core::Clock& of) : clock(of) {}

    core::Clock& clock;
    mutable std::mutex mutex{};
    mutable std::condition_variable changed{};
    Seen seen{};

    template <class Change>
    void note(Change change) {
        const std::lock_guard lock(mutex);
        change(seen);
        changed.notify_all();
    }
};

namespace {

using Shared = std::shared_ptr<ServedGateway::Shared>;

v1::Bot bot_named(const std::string& name) {
    v1::Bot bot;
    bot.set_id("bot-1");
    bot.set_name(name);
    bot.set_etag("\"7\"");
    bot.mutable_created_at()->set_seconds(1'767'225'600);
    return bot;
}

/// Counts up from `after`: three events, then silence ("quiet"), an error ("broken"), a flood ("flood") or
/// the end.
class Counting final : public api::MessageStream {
public:
    Counting(Shared shared, std::string run, std::uint32_t after)
        : shared_(std::move(shared)), run_(std::move(run)), seq_(after) {}
    ~Counting() override {
        shared_->note([](ServedGateway::Seen& seen) { ++seen.streams_gone; });
    }

    Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) override {
        if (run_ == "broken_at_once") co_return fail(ErrorCode::StorageFull, "The disk is full.");
        if (seq_ < 3 || run_ == "flood") {
            auto event = std::make_unique<v1::RunEvent>();
            event->set_run(run_);
            event->set_seq(++seq_);
            event->mutable_delta()->set_text(run_ == "flood" ? std::string(8'000, 'x')
                                                             : "line one\nline two");
            co_return MessagePtr(std::move(event));
        }
        if (run_ == "broken") co_return fail(ErrorCode::UpstreamFailed, "The provider hung up.", "private");
        if (run_ != "quiet") co_return MessagePtr{};
        auto pausing = core::pause_until(deadline, stop);
        co_await std::move(pausing);
        if (stop.stop_requested()) {
            shared_->note([](ServedGateway::Seen& seen) { ++seen.streams_stopped; });
            co_return fail(ErrorCode::Cancelled, "The client is gone.");
        }
        co_return fail(ErrorCode::DeadlineExceeded, "Nothing came.");
    }

    bool ready() const noexcept override { return seq_ < 3 || run_ == "flood"; }

private:
    Shared shared_;
    std::string run_;
    std::uint32_t seq_;
};

Task<Result<v1::Bot>> get_bot(Shared shared, v1::GetBotRequest request, CallContext context) {
    shared->note([&](ServedGateway::Seen& seen) { seen.contexts.push_back(context); });
    if (request.bot() == "nobody") co_return fail(not_found("There is no bot \"nobody\"."));
    if (request.bot() == "defect") co_return fail(internal_error("the secret detail"));
    if (request.bot() == "throws") throw std::runtime_error("the secret exception");
    if (request.bot() == "busy") {
        co_return fail(Error{.code = ErrorCode::RateLimited,
                             .message = "Too many turns wait; try again.",
                             .retry_after = std::chrono::milliseconds(1'500)});
    }
    if (request.bot() == "slow") {
        auto pausing = core::pause_until(shared->clock.in(std::chrono::milliseconds(300)), context.stop);
        co_await std::move(pausing);
        if (context.stop.stop_requested()) co_return fail(ErrorCode::Cancelled, "Cancelled.");
    }
    if (request.bot() == "until_stopped") {
        auto pausing = core::pause_until(shared->clock.in(std::chrono::seconds(30)), context.stop);
        co_await std::move(pausing);
        shared->note([](ServedGateway::Seen& seen) { ++seen.streams_stopped; });
        co_return fail(ErrorCode::Cancelled, "Cancelled.");
    }
    auto bot = bot_named(request.bot());
    if (request.bot() == "long") bot.set_description(std::string(5'000, 'd'));
    co_return bot;
}

Task<Result<v1::Bot>> create_bot(Shared shared, v1::CreateBotRequest request, CallContext context) {
    shared->note([&](ServedGateway::Seen& seen) {
        seen.created.push_back(request);
        seen.contexts.push_back(context);
    });
    co_return bot_named(request.name());
}

Task<Result<v1::Bot>> update_bot(Shared shared, v1::UpdateBotRequest request, CallContext) {
    shared->note([&](ServedGateway::Seen& seen) { seen.updated.push_back(request); });
    co_return bot_named(request.bot());
}

Task<Result<v1::ListBotsResponse>> list_bots(Shared, v1::ListBotsRequest request, CallContext) {
    v1::ListBotsResponse response;
    for (int i = 0; i < request.page_size(); ++i) *response.add_bots() = bot_named(std::to_string(i));
    co_return response;
}

Task<Result<MessageStreamPtr>> events(Shared shared, v1::StreamRunEventsRequest request, CallContext) {
    shared->note([&](ServedGateway::Seen& seen) { seen.after = request.after(); });
    if (request.run() == "nobody") co_return fail(not_found("There is no such run."));
    co_return MessageStreamPtr(std::make_unique<Counting>(shared, request.run(), request.after()));
}

Task<Result<v1::Message>> send_message(Shared, v1::SendMessageRequest request, CallContext) {
    v1::Message message;
    message.set_session(request.session());
    message.set_text("You said: " + request.text());
    co_return message;
}

Task<Result<MessageStreamPtr>> stream_message(Shared shared, v1::SendMessageRequest request, CallContext) {
    co_return MessageStreamPtr(std::make_unique<Counting>(shared, request.session(), 0));
}

template <class Request, class Answer>
auto bind(Shared shared, Task<Result<Answer>> (*handler)(Shared, Request, CallContext)) {
    return [shared = std::move(shared), handler](Request request, CallContext context) {
        return handler(shared, std::move(request), std::move(context));
    };
}

}  // namespace

ServedGateway::ServedGateway(std::function<void(api::GatewayOptions&)> change)
    : shared_(std::make_shared<Shared>(clock_)) {
    methods_.unary<v1::GetBotRequest, v1::Bot>("boternity.v1.BotService.GetBot", bind(shared_, get_bot));
    methods_.unary<v1::CreateBotRequest, v1::Bot>("boternity.v1.BotService.CreateBot",
                                                  bind(shared_, create_bot));
    methods_.unary<v1::UpdateBotRequest, v1::Bot>("boternity.v1.BotService.UpdateBot",
                                                  bind(shared_, update_bot));
    methods_.unary<v1::ListBotsRequest, v1::ListBotsResponse>("boternity.v1.BotService.ListBots",
                                                              bind(shared_, list_bots));
    methods_.unary<v1::SendMessageRequest, v1::Message>("boternity.v1.SessionService.SendMessage",
                                                        bind(shared_, send_message));
    methods_.stream<v1::SendMessageRequest, v1::RunEvent>("boternity.v1.SessionService.StreamMessage",
                                                          bind(shared_, stream_message));
    methods_.stream<v1::StreamRunEventsRequest, v1::RunEvent>("boternity.v1.RunService.StreamRunEvents",
                                                              bind(shared_, events));
    api::GatewayOptions options{
        .listen = "127.0.0.1:0", .token = std::string(kToken), .version = "0.0.0-test"};
    options.health = [] { return api::HealthReport{}; };
    if (change) change(options);
    gateway_ =
        std::make_unique<api::Gateway>(options, methods_, log_, clock_, ids_, io_.get_executor(), scope_);
    auto listening = gateway_->listen();
    if (!listening) throw std::runtime_error(listening.error().message);
    port_ = static_cast<std::uint16_t>(std::stoi(listening->substr(listening->rfind(':') + 1)));
    gateway_->serve();
}

ServedGateway::~ServedGateway() {
    drain(std::chrono::milliseconds(0));
    scope_.stop_and_wait(clock_.in(std::chrono::seconds(10)));
    io_.stop();
    io_.join();
}

void ServedGateway::drain(std::chrono::milliseconds grace) {
    if (std::exchange(drained_, true)) return;
    gateway_->drain_blocking(clock_.in(grace));
}

std::string ServedGateway::usual_fields() const {
    return "Host: " + address() + "\r\nAuthorization: Bearer " + std::string(kToken) + "\r\n";
}

ServedGateway::Seen ServedGateway::seen() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->seen;
}

bool ServedGateway::eventually(std::function<bool(const Seen&)> done) const {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, std::chrono::seconds(10), [&] { return done(shared_->seen); });
}

}  // namespace boternity::testing
