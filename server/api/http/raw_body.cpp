#include "api/http/raw_body.hpp"

#include "boternity/v1/rules.pb.h"
#include "boternity/v1/travel.pb.h"
#include "google/api/annotations.pb.h"
#include "google/api/httpbody.pb.h"

namespace boternity::api {
namespace {

constexpr std::string_view kHttpBody = "google.api.HttpBody";

bool is_raw(const google::protobuf::Descriptor& message) {
    return message.full_name() == kHttpBody;
}

}  // namespace

const google::protobuf::FieldDescriptor* raw_field(const google::protobuf::MethodDescriptor& method) {
    const auto& body = method.options().GetExtension(google::api::http).body();
    const auto* field = method.input_type()->FindFieldByName(body);
    const bool raw = field != nullptr &&
                     field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE &&
                     is_raw(*field->message_type());
    return raw ? field : nullptr;
}

bool answers_raw(const google::protobuf::MethodDescriptor& method) {
    return method.server_streaming() && is_raw(*method.output_type());
}

std::vector<std::string> media_types_of(const google::protobuf::FieldDescriptor& raw) {
    const auto& types = raw.options().GetExtension(v1::rule).media_types();
    return {types.begin(), types.end()};
}

const std::string& media_type_of(const google::protobuf::MethodDescriptor& method) {
    return method.options().GetExtension(v1::media_type);
}

std::string attachment(std::string_view file_name) {
    std::string safe;
    for (const char c : file_name.substr(0, 200)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || (c == '.' && !safe.empty());
        safe += plain ? c : '_';
    }
    return "attachment; filename=\"" + (safe.empty() ? std::string("download") : safe) + "\"";
}

std::string file_name_of(const google::protobuf::Message& http_body) {
    v1::FileName name;
    for (const auto& extension : dynamic_cast<const google::api::HttpBody&>(http_body).extensions()) {
        if (extension.UnpackTo(&name)) return name.name();
    }
    return {};
}

}  // namespace boternity::api
