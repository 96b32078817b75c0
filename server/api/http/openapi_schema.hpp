#pragma once

#include <boost/json/object.hpp>
#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

namespace boternity::api {

/// The comment above a descriptor, or behind it, as one paragraph; empty when it has none.
template <class Descriptor>
std::string comment_of(const Descriptor& descriptor);

/// The JSON Schema (2020-12) of one field, as protobuf's JSON mapping writes its values.
boost::json::object field_schema(const google::protobuf::FieldDescriptor& field);

/// {"$ref": "#/components/schemas/Name"}
boost::json::object reference_to(const google::protobuf::Descriptor& message);

/// The field that stands for the header Idempotency-Key: described once, as the header.
inline constexpr std::string_view kKeyField = "idempotency_key";

/// A text without the controls of ASCII and Latin-1, as core's rule for one line has it.
inline constexpr std::string_view kLine = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// Whether a request without the field is refused, as the contract says.
bool is_required(const google::protobuf::FieldDescriptor& field);

/// A request's body: its fields without those that stand in the path or a header.
boost::json::object body_schema(const google::protobuf::Descriptor& message,
                                const std::set<std::string>& in_path);

/// The messages that a document refers to, each once.
class SchemaSet {
public:
    /// The message and all that it refers to.
    void need(const google::protobuf::Descriptor& message);
    /// Only what the message refers to.
    void need_fields(const google::protobuf::Descriptor& message);
    boost::json::object take() { return std::move(schemas_); }

private:
    boost::json::object schemas_;
};

}  // namespace boternity::api
