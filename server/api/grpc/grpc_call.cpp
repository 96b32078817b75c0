#include "api/grpc/grpc_call.hpp"

#include "api/grpc/grpc_status.hpp"
#include "api/methods/log_failure.hpp"
#include "api/methods/prepare_call.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace boternity::api {
namespace {

namespace asio = boost::asio;
using std::chrono::system_clock;

/// The client's deadline on our clock. Without one a unary call may take `limits.unary_time`, a stream as
/// long as it likes; a stranger's ends in any case.
Deadline deadline_of(const grpc::GenericCallbackServerContext& context, const Method& method,
                     const Caller& caller, const Limits& limits, const core::Clock& clock) {
    const auto wanted = context.deadline();
    const auto longest = caller.known ? Deadline::never() : clock.in(limits.grpc_stranger_time);
    if (wanted == system_clock::time_point::max()) {
        return method.streams() ? longest : clock.in(limits.unary_time);
    }
    const system_clock::time_point now{std::chrono::microseconds(clock.now().micros)};
    const auto left = std::chrono::duration_cast<std::chrono::steady_clock::duration>(wanted - now);
    constexpr std::chrono::hours kLongest{24 * 365};
    return {std::min(clock.in(std::min<std::chrono::steady_clock::duration>(left, kLongest)).at, longest.at)};
}

MessagePtr new_message(const google::protobuf::Descriptor* type) {
    return MessagePtr(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace

GrpcCall* GrpcCall::make(GrpcService& service, grpc::GenericCallbackServerContext& context,
                         const Method& method, Caller caller, CallPlace place) {
    // Owned by itself until gRPC says that it is done.
    std::shared_ptr<GrpcCall> call(
        new GrpcCall(service, context, method, std::move(caller), std::move(place)));
    call->self_ = call;
    call->expect_request();
    call->StartRead(&call->in_);
    return call.get();
}

GrpcCall::GrpcCall(GrpcService& service, grpc::GenericCallbackServerContext& context, const Method& method,
                   Caller caller, CallPlace place)
    : service_(service),
      place_(std::move(place)),
      rpc_(context),
      method_(method),
      strand_(asio::make_strand(service.ports().executor)),
      patience_(strand_, service.limits().body_time) {
    const auto& ports = service.ports();
    context_.deadline = deadline_of(context, method, caller, service.limits(), ports.clock);
    own_deadline_ = caller.known && context.deadline() == system_clock::time_point::max();
    context_.stop = stop_.get_token();
    context_.principal = std::move(caller.principal);
    context_.request_id = ports.ids.next().text();
    context.AddTrailingMetadata("x-request-id", context_.request_id);
}

/// A call that never says what it wants would keep its place for ever.
void GrpcCall::expect_request() {
    patience_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto call = error ? nullptr : weak.lock();
        if (call && !call->heard_) call->rpc_.TryCancel();
    });
}

void GrpcCall::OnReadDone(bool ok) {
    if (!ok) {
        end_soon(fail(invalid_argument("The call ended without a request message.")));
        return;
    }
    auto request = read_request();
    if (!request) {
        end_soon(fail(std::move(request).error()));
        return;
    }
    if (!service_.ports().scope.start("grpc " + std::string(method_.descriptor->full_name()), strand_,
                                      run(self_, std::move(*request)))) {
        end_soon(fail(ErrorCode::Unavailable, "The server is shutting down; call again in a moment."));
    }
}

Result<MessagePtr> GrpcCall::read_request() {
    auto request = new_message(method_.descriptor->input_type());
    const auto parsed =
        grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(&in_, request.get());
    if (!parsed.ok()) {
        return fail(invalid_argument("The request is no valid " +
                                     method_.descriptor->input_type()->full_name() + "."));
    }
    BOT_TRY(key, read_idempotency_key(metadata_of(rpc_, "idempotency-key")));
    BOT_TRY(mutation, prepare_call(method_, *request, std::move(key)));
    context_.mutation = std::move(mutation);
    return request;
}

core::Task<Status> GrpcCall::run(std::shared_ptr<GrpcCall> call, MessagePtr request) {
    call->heard_ = true;
    call->patience_.cancel();
    const bool unary = std::holds_alternative<UnaryHandler>(call->method_.handler);
    auto answering = unary ? call->answer(std::move(request)) : call->stream(std::move(request));
    Status status;
    try {
        status = co_await std::move(answering);
    } catch (const std::exception& thrown) {
        // Without an end the client would wait for ever, and so would the drain.
        status = fail(internal_error(thrown.what()));
    }
    call->end(status);
    co_return Status{};
}

core::Task<Status> GrpcCall::answer(MessagePtr request) {
    const auto& handler = std::get<UnaryHandler>(method_.handler);
    BOT_CO_TRY(response, co_await handler(std::move(request), context_));
    const bool sent = co_await write(std::move(response));
    if (!sent) co_return fail(ErrorCode::Cancelled, "The client is gone.");
    co_return Status{};
}

core::Task<Status> GrpcCall::stream(MessagePtr request) {
    const auto& handler = std::get<StreamHandler>(method_.handler);
    BOT_CO_TRY(messages, co_await handler(std::move(request), context_));
    for (;;) {
        BOT_CO_TRY(message, co_await messages->next(context_.deadline, context_.stop));
        if (!message) co_return Status{};
        const bool sent = co_await write(std::move(message));
        if (!sent) co_return fail(ErrorCode::Cancelled, "The client is gone.");
    }
}

core::Task<bool> GrpcCall::write(MessagePtr message) {
    bool own = false;
    out_.Clear();  // gRPC asserts that the buffer is empty, also for the second message of a stream
    const auto packed =
        grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(*message, &out_, &own);
    if (!packed.ok()) co_return false;
    // A client that takes nothing for so long is cut; gRPC then tells of it in OnWriteDone.
    asio::steady_timer patience(co_await asio::this_coro::executor, service_.limits().write_time);
    patience.async_wait([weak = std::weak_ptr(self_)](boost::system::error_code error) {
        const auto call = error ? nullptr : weak.lock();
        if (call && call->writing_) call->rpc_.TryCancel();
    });
    // The next message is pulled only after gRPC has taken this one: a slow client slows the stream.
    auto begin = [this](auto handler) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        written_ = [waiting](bool ok) {
            const auto home = asio::get_associated_executor(*waiting);
            asio::post(home, [waiting, ok] { std::move (*waiting)(ok); });
        };
        StartWrite(&out_);
    };
    writing_ = true;
    auto writing =
        asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(begin, asio::use_awaitable);
    const bool sent = co_await std::move(writing);
    writing_ = false;
    co_return sent;
}

void GrpcCall::OnWriteDone(bool ok) {
    const auto written = std::exchange(written_, nullptr);
    written(ok);
}

void GrpcCall::end(const Status& status) {
    heard_ = true;
    if (status) {
        Finish(grpc::Status::OK);
        return;
    }
    const Error& error = status.error();
    // A deadline that the caller chose is no fault of ours, and who chooses short ones would fill the log.
    if (error.code != ErrorCode::DeadlineExceeded || own_deadline_) {
        log_failure(service_.ports().log, error, method_.descriptor->full_name(), context_.request_id);
    }
    Finish(to_grpc_status(error));
}

void GrpcCall::end_soon(Status status) {
    asio::post(strand_, [call = self_, status = std::move(status)] { call->end(status); });
}

void GrpcCall::OnDone() {
    // May destroy this.
    const auto last = std::move(self_);
}

}  // namespace boternity::api
