#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace boternity::api {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

/// The answers of a server-streaming method, pulled by the transport.
class MessageStream {
public:
    virtual ~MessageStream() = default;

    /// The next message; null at the end. DeadlineExceeded when none came until `deadline`: the transport may
    /// send a keep-alive and call again. Cancelled on a stop request.
    virtual core::Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) = 0;

    /// Whether `next` would answer at once: a transport may send several in one write.
    virtual bool ready() const noexcept { return false; }
};

using MessageStreamPtr = std::unique_ptr<MessageStream>;

using UnaryHandler =
    std::function<core::Task<Result<MessagePtr>>(MessagePtr request, core::CallContext context)>;
using StreamHandler =
    std::function<core::Task<Result<MessageStreamPtr>>(MessagePtr request, core::CallContext context)>;

/// One RPC of the contract and the one function that answers it, on every transport.
struct Method {
    const google::protobuf::MethodDescriptor* descriptor = nullptr;
    std::variant<UnaryHandler, StreamHandler> handler;

    bool streams() const noexcept { return std::holds_alternative<StreamHandler>(handler); }
};

/// Every RPC of the contract, by full name ("boternity.v1.BotService.CreateBot"). Filled at start, read-only
/// then.
class MethodTable {
public:
    /// A unary method from a typed function `Task<Result<Response>>(Request, CallContext)`. Aborts the start
    /// when the name or the types do not match the contract: that is a defect, not input.
    template <class Request, class Response, class Call>
    void unary(std::string_view full_name, Call call) {
        add(full_name, Request::descriptor(), Response::descriptor(),
            UnaryHandler(UnaryAdapter<Request, Response, Call>{std::move(call)}), false);
    }

    /// A server-streaming method from `Task<Result<MessageStreamPtr>>(Request, CallContext)`.
    template <class Request, class Response, class Call>
    void stream(std::string_view full_name, Call call) {
        add(full_name, Request::descriptor(), Response::descriptor(),
            StreamHandler(StreamAdapter<Request, Call>{std::move(call)}), true);
    }

    const Method* find(std::string_view full_name) const noexcept;
    const std::map<std::string, Method, std::less<>>& all() const noexcept { return methods_; }

    /// RPCs of the contract's `boternity.v1` services that have no handler; empty in a correct build.
    std::vector<std::string> missing() const;

private:
    // Named function objects rather than capturing coroutine lambdas: a coroutine keeps its parameters, not
    // captures.
    template <class Request, class Response, class Call>
    struct UnaryAdapter {
        Call call;
        core::Task<Result<MessagePtr>> operator()(MessagePtr request, core::CallContext context) const {
            return run(call, std::move(request), std::move(context));
        }
        static core::Task<Result<MessagePtr>> run(Call call, MessagePtr request, core::CallContext context) {
            Result<Response> answer =
                co_await call(std::move(static_cast<Request&>(*request)), std::move(context));
            if (!answer) co_return fail(std::move(answer).error());
            co_return std::make_unique<Response>(std::move(*answer));
        }
    };

    template <class Request, class Call>
    struct StreamAdapter {
        Call call;
        core::Task<Result<MessageStreamPtr>> operator()(MessagePtr request, core::CallContext context) const {
            return call(std::move(static_cast<Request&>(*request)), std::move(context));
        }
    };

    void add(std::string_view full_name, const google::protobuf::Descriptor* request,
             const google::protobuf::Descriptor* response, std::variant<UnaryHandler, StreamHandler> handler,
             bool streams);

    std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace boternity::api
