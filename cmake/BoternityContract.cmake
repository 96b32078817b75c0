# contract/proto -> target `contract`: protobuf messages in C++ (no gRPC stubs: one generic service answers every
# method) and build/<preset>/contract/contract.binpb, the descriptors with the comments, for tests and tools.

file(GLOB_RECURSE protos CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/contract/proto
    ${CMAKE_SOURCE_DIR}/contract/proto/*.proto)
if(NOT protos)
    return()
endif()

set(out ${CMAKE_BINARY_DIR}/contract)
set(google google/api/http.proto google/api/annotations.proto google/api/httpbody.proto google/rpc/status.proto google/rpc/error_details.proto)
set(generated)
set(inputs)
foreach(proto IN LISTS protos)
    list(APPEND inputs ${CMAKE_SOURCE_DIR}/contract/proto/${proto})
endforeach()
foreach(proto IN LISTS protos google)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    list(APPEND generated ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
endforeach()
file(MAKE_DIRECTORY ${out})
add_custom_command(
    OUTPUT ${generated} ${out}/contract.binpb
    COMMAND protobuf::protoc -I ${CMAKE_SOURCE_DIR}/contract/proto -I ${BOTERNITY_PROTOS_DIR}
        --cpp_out=${out} --include_imports --include_source_info --descriptor_set_out=${out}/contract.binpb
        ${protos} ${google}
    DEPENDS ${inputs}
    COMMENT "contract: generating C++ from contract/proto"
    VERBATIM)
list(FILTER generated INCLUDE REGEX "\\.cc$")
# The descriptors with their comments, inside the binary: the server describes itself from them.
set(BOTERNITY_CONTRACT_BINPB ${out}/contract.binpb)
configure_file(${CMAKE_SOURCE_DIR}/contract/descriptors.cpp.in ${out}/boternity/descriptors.cpp @ONLY)
configure_file(${CMAKE_SOURCE_DIR}/contract/descriptors.hpp ${out}/boternity/descriptors.hpp COPYONLY)
set_property(SOURCE ${out}/boternity/descriptors.cpp PROPERTY OBJECT_DEPENDS ${out}/contract.binpb)
# So is the schema of the configuration, the one place where a setting is written.
configure_file(${CMAKE_SOURCE_DIR}/contract/config_schema.cpp.in ${out}/boternity/config_schema.cpp @ONLY)
configure_file(${CMAKE_SOURCE_DIR}/contract/config_schema.hpp ${out}/boternity/config_schema.hpp COPYONLY)
set_property(SOURCE ${out}/boternity/config_schema.cpp PROPERTY OBJECT_DEPENDS
    ${CMAKE_SOURCE_DIR}/contract/config.schema.json)
add_library(contract STATIC ${generated} ${out}/boternity/descriptors.cpp ${out}/boternity/config_schema.cpp)
set_target_properties(contract PROPERTIES ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
target_compile_options(contract PRIVATE -w)
target_include_directories(contract SYSTEM PUBLIC ${out})
target_link_libraries(contract PUBLIC bot::protobuf)
