#include "api/methods/method_table.hpp"

#include "boternity/descriptors.hpp"

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstdio>
#include <cstdlib>

namespace boternity::api {
namespace {

/// A wrong table is a defect of the build, found at the first start of it: say what and stop.
[[noreturn]] void defect(const std::string& what) {
    fmt::print(stderr, "boternity: method table: {}\n", what);
    std::abort();
}

}  // namespace

void MethodTable::add(std::string_view full_name, const google::protobuf::Descriptor* request,
                      const google::protobuf::Descriptor* response,
                      std::variant<UnaryHandler, StreamHandler> handler, bool streams) {
    const auto* pool = google::protobuf::DescriptorPool::generated_pool();
    const auto* method = pool->FindMethodByName(std::string(full_name));
    if (method == nullptr) defect(fmt::format("the contract has no method {}", full_name));
    if (method->input_type() != request || method->output_type() != response) {
        defect(fmt::format("{} takes {} and answers {}", full_name, method->input_type()->full_name(),
                           method->output_type()->full_name()));
    }
    if (method->client_streaming() || method->server_streaming() != streams) {
        defect(fmt::format("{} is added as {}, which it is not", full_name, streams ? "a stream" : "unary"));
    }
    const auto [_, added] =
        methods_.emplace(std::string(full_name), Method{.descriptor = method, .handler = std::move(handler)});
    if (!added) defect(fmt::format("{} has two handlers", full_name));
}

const Method* MethodTable::find(std::string_view full_name) const noexcept {
    const auto found = methods_.find(full_name);
    return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::string> MethodTable::missing() const {
    google::protobuf::FileDescriptorSet contract;
    const auto bytes = contract::descriptors();
    if (!contract.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        defect("the embedded contract cannot be read");
    }
    std::vector<std::string> names;
    for (const auto& file : contract.file()) {
        if (file.package() != "boternity.v1") continue;
        for (const auto& service : file.service()) {
            for (const auto& method : service.method()) {
                const auto name = fmt::format("boternity.v1.{}.{}", service.name(), method.name());
                if (find(name) == nullptr) names.push_back(name);
            }
        }
    }
    return names;
}

}  // namespace boternity::api
