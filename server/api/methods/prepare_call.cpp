#include "api/methods/prepare_call.hpp"

#include "core/runtime/content_hash.hpp"
#include "google/api/httpbody.pb.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

namespace boternity::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// The path of the first text that holds U+0000: no store and no terminal agrees on what it means.
std::string find_nul(const Message& message) {
    const auto* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> set;
    reflection->ListFields(message, &set);
    std::string scratch;
    for (const auto* field : set) {
        const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
        for (int i = 0; i < count; ++i) {
            std::string inner;
            if (field->type() == FieldDescriptor::TYPE_STRING) {
                const auto& text = field->is_repeated()
                                       ? reflection->GetRepeatedStringReference(message, field, i, &scratch)
                                       : reflection->GetStringReference(message, field, &scratch);
                if (text.find('\0') == std::string::npos) continue;
            } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
                inner = find_nul(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                      : reflection->GetMessage(message, field));
                if (inner.empty()) continue;
            } else {
                continue;
            }
            auto path = field->is_repeated() ? fmt::format("{}[{}]", field->name(), i) : field->name();
            return inner.empty() ? path : path + "." + inner;
        }
    }
    return {};
}

/// The bytes of an HttpBody among the request's fields, or null. They may be many.
std::string* raw_bytes(Message& request) {
    const auto* reflection = request.GetReflection();
    std::vector<const FieldDescriptor*> set;
    reflection->ListFields(request, &set);
    for (const auto* field : set) {
        if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        if (field->message_type() != google::api::HttpBody::descriptor()) continue;
        return dynamic_cast<google::api::HttpBody&>(*reflection->MutableMessage(&request, field))
            .mutable_data();
    }
    return nullptr;
}

std::string fingerprint_of_fields(const Message& request, const FieldDescriptor* key_field) {
    const std::unique_ptr<Message> copy(request.New());
    copy->CopyFrom(request);
    copy->GetReflection()->ClearField(copy.get(), key_field);
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream out(&stream);
        out.SetSerializationDeterministic(true);
        copy->SerializeToCodedStream(&out);
    }
    return core::content_hash(bytes);
}

/// The same bytes for the same request, whatever order its fields and map entries came in. Instead of a file
/// in it, its hash is taken: the request is copied.
std::string fingerprint(Message& request, const FieldDescriptor* key_field) {
    std::string* raw = raw_bytes(request);
    if (raw == nullptr) return fingerprint_of_fields(request, key_field);
    std::string bytes = std::exchange(*raw, core::content_hash(*raw));
    auto print = fingerprint_of_fields(request, key_field);
    *raw = std::move(bytes);
    return print;
}

Status check_key(std::string_view key) {
    const bool visible = std::ranges::all_of(key, [](char c) { return c >= 0x21 && c <= 0x7e; });
    if (key.size() <= 255 && visible) return {};
    return fail(invalid_argument(
        "The idempotency key must be 1 to 255 visible ASCII characters without spaces.", "idempotency_key"));
}

}  // namespace

Result<std::string> read_idempotency_key(const std::vector<std::string_view>& fields) {
    if (fields.empty()) return std::string();
    if (fields.size() > 1) {
        return fail(invalid_argument("Idempotency-Key stands more than once; send one.", "idempotency_key"));
    }
    const std::string_view header = fields.front();
    if (header.empty()) {
        return fail(
            invalid_argument("Idempotency-Key is empty; give it a key, or leave it out.", "idempotency_key"));
    }
    if (!header.starts_with('"')) return std::string(header);
    const auto malformed = [] {
        return fail(invalid_argument("Idempotency-Key begins with a quote but is not a quoted string.",
                                     "idempotency_key"));
    };
    std::string key;
    for (std::size_t i = 1; i < header.size(); ++i) {
        if (header[i] == '"') {
            if (i + 1 != header.size()) return malformed();
            return key;
        }
        if (header[i] == '\\' && (++i == header.size() || (header[i] != '"' && header[i] != '\\'))) {
            return malformed();
        }
        key += header[i];
    }
    return malformed();
}

Result<core::Mutation> prepare_call(const Method& method, Message& request, std::string key) {
    if (auto path = find_nul(request); !path.empty()) {
        return fail(invalid_argument(path + ": the character U+0000 is not allowed in text.", path));
    }
    BOT_CHECK(check_key(key));
    const auto* field = request.GetDescriptor()->FindFieldByName("idempotency_key");
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) {
        return core::Mutation{};  // the method changes nothing; asking twice is the same by itself
    }
    const auto* reflection = request.GetReflection();
    std::string given = reflection->GetString(request, field);
    if (!given.empty() && !key.empty() && given != key) {
        return fail(invalid_argument(
            "The Idempotency-Key header and the field idempotency_key differ; send one.", "idempotency_key"));
    }
    if (given.empty() && !key.empty()) {
        reflection->SetString(&request, field, key);
    } else {
        key = std::move(given);
    }
    BOT_CHECK(check_key(key));
    // Named by the request, not by the method: SendMessage and StreamMessage ask for the same change, and who
    // loses a stream may ask again without one.
    const std::string& operation = method.descriptor->input_type()->full_name();
    if (key.empty()) return core::Mutation{.operation = operation};
    return core::Mutation{
        .key = std::move(key), .operation = operation, .fingerprint = fingerprint(request, field)};
}

}  // namespace boternity::api
