#pragma once

#include <string_view>

namespace boternity::contract {

/// The contract as a serialised google.protobuf.FileDescriptorSet, with the comments of the .proto files (the
/// descriptors that the generated code carries have none). Lives as long as the process.
std::string_view descriptors() noexcept;

}  // namespace boternity::contract
