#pragma once

#include "api/grpc/grpc_service.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <stop_token>

namespace boternity::api {

/// One call of a method of the table, unary or server-streaming.
///
/// gRPC's threads tell it of reads, writes and cancellation; the handler runs as a coroutine on the server's
/// io threads. It lives until gRPC is done with it and the coroutine has ended, whichever is later.
class GrpcCall final : public grpc::ServerGenericBidiReactor, public std::enable_shared_from_this<GrpcCall> {
public:
    static GrpcCall* make(GrpcService& service, grpc::GenericCallbackServerContext& context,
                          const Method& method, Caller caller, CallPlace place);

    void OnReadDone(bool ok) override;
    void OnWriteDone(bool ok) override;
    void OnCancel() override { stop_.request_stop(); }
    void OnDone() override;

private:
    GrpcCall(GrpcService& service, grpc::GenericCallbackServerContext& context, const Method& method,
             Caller caller, CallPlace place);

    void expect_request();
    Result<MessagePtr> read_request();
    static core::Task<Status> run(std::shared_ptr<GrpcCall> call, MessagePtr request);
    core::Task<Status> answer(MessagePtr request);
    core::Task<Status> stream(MessagePtr request);
    /// False when the client is gone.
    core::Task<bool> write(MessagePtr message);
    void end(const Status& status);
    /// Once the strand comes to it.
    void end_soon(Status status);

    GrpcService& service_;
    CallPlace place_;
    grpc::GenericCallbackServerContext& rpc_;  ///< gRPC's; until OnDone
    const Method& method_;
    core::CallContext context_;
    std::stop_source stop_;
    core::Strand strand_;
    boost::asio::steady_timer patience_;  ///< for the request message
    bool heard_ = false;                  ///< it came, or none will; on the strand only
    bool own_deadline_ = false;           ///< rather than one that the caller chose
    grpc::ByteBuffer in_;
    grpc::ByteBuffer out_;
    bool writing_ = false;  ///< on the strand only
    std::function<void(bool)> written_;
    std::shared_ptr<GrpcCall> self_;
};

}  // namespace boternity::api
