#include "api/grpc/reflection.hpp"

#include "grpc/reflection/v1/reflection.pb.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace boternity::api {
namespace {

namespace v1 = grpc::reflection::v1;
namespace pb = google::protobuf;

/// The services of the table and those that every server here has.
std::vector<std::string> services_of(const MethodTable& methods) {
    std::set<std::string> names{"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                "grpc.reflection.v1alpha.ServerReflection"};
    for (const auto& [name, method] : methods.all()) names.insert(method.descriptor->service()->full_name());
    return {names.begin(), names.end()};
}

void add_with_imports(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& seen,
                      v1::FileDescriptorResponse& response) {
    if (!seen.insert(&file).second) return;
    pb::FileDescriptorProto proto;
    file.CopyTo(&proto);
    response.add_file_descriptor_proto(proto.SerializeAsString());
    for (int i = 0; i < file.dependency_count(); ++i) add_with_imports(*file.dependency(i), seen, response);
}

void say_file(const pb::FileDescriptor* file, v1::ServerReflectionResponse& response) {
    if (file == nullptr) {
        response.mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
        response.mutable_error_response()->set_error_message("The contract has nothing of that name.");
        return;
    }
    std::set<const pb::FileDescriptor*> seen;
    add_with_imports(*file, seen, *response.mutable_file_descriptor_response());
}

void say_extensions(const std::string& type, v1::ServerReflectionResponse& response) {
    const auto* pool = pb::DescriptorPool::generated_pool();
    const auto* descriptor = pool->FindMessageTypeByName(type);
    if (descriptor == nullptr) {
        say_file(nullptr, response);
        return;
    }
    std::vector<const pb::FieldDescriptor*> extensions;
    pool->FindAllExtensions(descriptor, &extensions);
    auto& found = *response.mutable_all_extension_numbers_response();
    found.set_base_type_name(type);
    for (const auto* extension : extensions) found.add_extension_number(extension->number());
}

const pb::FileDescriptor* file_of_extension(const v1::ExtensionRequest& wanted) {
    const auto* pool = pb::DescriptorPool::generated_pool();
    const auto* type = pool->FindMessageTypeByName(wanted.containing_type());
    const auto* extension = type ? pool->FindExtensionByNumber(type, wanted.extension_number()) : nullptr;
    return extension ? extension->file() : nullptr;
}

}  // namespace

bool is_reflection(const std::string& full_name) {
    return full_name == "grpc.reflection.v1.ServerReflection.ServerReflectionInfo" ||
           full_name == "grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo";
}

std::string reflect(const std::string& bytes, const std::vector<std::string>& services) {
    v1::ServerReflectionRequest request;
    if (!request.ParseFromString(bytes)) return {};
    v1::ServerReflectionResponse response;
    response.set_valid_host(request.host());
    *response.mutable_original_request() = request;
    const auto* pool = pb::DescriptorPool::generated_pool();
    using Wanted = v1::ServerReflectionRequest;
    switch (request.message_request_case()) {
    case Wanted::kFileByFilename: say_file(pool->FindFileByName(request.file_by_filename()), response); break;
    case Wanted::kFileContainingSymbol:
        say_file(pool->FindFileContainingSymbol(request.file_containing_symbol()), response);
        break;
    case Wanted::kFileContainingExtension:
        say_file(file_of_extension(request.file_containing_extension()), response);
        break;
    case Wanted::kAllExtensionNumbersOfType:
        say_extensions(request.all_extension_numbers_of_type(), response);
        break;
    case Wanted::kListServices:
        for (const auto& name : services)
            response.mutable_list_services_response()->add_service()->set_name(name);
        break;
    case Wanted::MESSAGE_REQUEST_NOT_SET:
        response.mutable_error_response()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
        response.mutable_error_response()->set_error_message("The request asks for nothing.");
        break;
    }
    return response.SerializeAsString();
}

ReflectionCall::ReflectionCall(GrpcService& service, CallPlace place)
    : place_(std::move(place)), services_(services_of(service.ports().methods)) {
    StartRead(&in_);
}

void ReflectionCall::OnReadDone(bool ok) {
    if (!ok) {
        Finish(grpc::Status::OK);
        return;
    }
    std::vector<grpc::Slice> slices;
    std::string request;
    if (in_.Dump(&slices).ok()) {
        for (const auto& slice : slices)
            request.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    const auto answer = reflect(request, services_);
    if (answer.empty()) {
        Finish({grpc::StatusCode::INVALID_ARGUMENT, "The request is no valid ServerReflectionRequest."});
        return;
    }
    const grpc::Slice slice(answer);
    out_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&out_);
}

void ReflectionCall::OnWriteDone(bool ok) {
    if (!ok) {
        Finish({grpc::StatusCode::CANCELLED, "The client is gone."});
        return;
    }
    StartRead(&in_);
}

void ReflectionCall::OnDone() {
    delete this;
}

}  // namespace boternity::api
