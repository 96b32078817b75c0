#pragma once

#include "api/grpc/grpc_service.hpp"

#include <string>

namespace boternity::api {

/// Is this the method of grpc.reflection.v1 or v1alpha?
bool is_reflection(const std::string& full_name);

/// What the server says of its contract to one reflection request: `request` and the answer are serialised
/// messages of v1 or v1alpha, which are the same bytes. `services` are those it has. Empty when the request
/// cannot be read.
std::string reflect(const std::string& request, const std::vector<std::string>& services);

/// One call of ServerReflectionInfo: answers each request as it comes, until the client sends no more.
class ReflectionCall final : public grpc::ServerGenericBidiReactor {
public:
    ReflectionCall(GrpcService& service, CallPlace place);

    void OnReadDone(bool ok) override;
    void OnWriteDone(bool ok) override;
    void OnDone() override;

private:
    CallPlace place_;
    std::vector<std::string> services_;
    grpc::ByteBuffer in_;
    grpc::ByteBuffer out_;
};

}  // namespace boternity::api
