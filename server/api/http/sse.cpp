#include "api/http/sse.hpp"

#include "api/http/answer.hpp"
#include "api/http/message_to_json.hpp"

#include <fmt/format.h>

namespace boternity::api {

void append_sse(const google::protobuf::Message& message, std::string& out) {
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    using Field = google::protobuf::FieldDescriptor;
    if (const auto* seq = type.FindFieldByName("seq"); seq && seq->cpp_type() == Field::CPPTYPE_UINT32) {
        out += fmt::format("id: {}\n", reflection.GetUInt32(message, seq));
    } else if (const auto* id = type.FindFieldByName("id"); id && id->cpp_type() == Field::CPPTYPE_INT64) {
        out += fmt::format("id: {}\n", reflection.GetInt64(message, id));
    }
    std::string_view event = "message";
    if (type.oneof_decl_count() > 0 && reflection.HasOneof(message, type.oneof_decl(0))) {
        event = reflection.GetOneofFieldDescriptor(message, type.oneof_decl(0))->name();
    }
    out += fmt::format("event: {}\ndata: ", event);
    message_to_json(message, out);
    out += "\n\n";
}

std::string sse_error(const Error& error, std::string_view path, std::string_view request_id) {
    return fmt::format("event: error\ndata: {}\n\n", problem_json(error, path, request_id));
}

}  // namespace boternity::api
