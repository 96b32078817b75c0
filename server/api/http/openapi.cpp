#include "api/http/openapi.hpp"

#include "api/http/openapi_schema.hpp"
#include "api/http/raw_body.hpp"
#include "boternity/descriptors.hpp"
#include "google/api/annotations.pb.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <utility>
#include <vector>

namespace boternity::api {
namespace {

namespace json = boost::json;
namespace pb = google::protobuf;

constexpr std::string_view kPackage = "boternity.v1";

struct Route {
    std::string verb;  ///< lower case, as OpenAPI writes it
    std::string path;
    bool body = false;
    std::string raw{};  ///< the field whose bytes are the body; empty when it is JSON
};

Route route_of(const pb::MethodDescriptor& method) {
    const auto& rule = method.options().GetExtension(google::api::http);
    using Rule = google::api::HttpRule;
    Route route{.verb = {}, .path = {}, .body = !rule.body().empty()};
    switch (rule.pattern_case()) {
    case Rule::kGet: route.verb = "get", route.path = rule.get(); break;
    case Rule::kPut: route.verb = "put", route.path = rule.put(); break;
    case Rule::kPost: route.verb = "post", route.path = rule.post(); break;
    case Rule::kDelete: route.verb = "delete", route.path = rule.delete_(); break;
    case Rule::kPatch: route.verb = "patch", route.path = rule.patch(); break;
    case Rule::kCustom:
    case Rule::PATTERN_NOT_SET: break;
    }
    if (const auto* raw = raw_field(method)) route.raw = raw->name();
    return route;
}

json::object bytes_schema() {
    return {{"type", "string"}, {"format", "binary"}};
}

std::set<std::string> variables_of(const std::string& path) {
    std::set<std::string> names;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
        names.insert(path.substr(open + 1, path.find('}', open) - open - 1));
    }
    return names;
}

/// What stands in a URL has no control characters, whatever the field may hold elsewhere.
json::object parameter_schema(const pb::FieldDescriptor& field) {
    auto schema = field_schema(field);
    if (schema["type"] == "string" && !schema.contains("enum") && !schema.contains("pattern"))
        schema["pattern"] = kLine;
    return schema;
}

json::array parameters_of(const pb::MethodDescriptor& method, const Route& route) {
    json::array parameters;
    const auto in_path = variables_of(route.path);
    const auto& input = *method.input_type();
    for (int i = 0; i < input.field_count(); ++i) {
        const auto& field = *input.field(i);
        const bool path = in_path.contains(field.name());
        const bool in_body = route.raw.empty() ? route.body : field.name() == route.raw;
        if ((!path && in_body) || field.name() == kKeyField) continue;
        json::object parameter{{"name", field.name()},
                               {"in", path ? "path" : "query"},
                               {"required", path || is_required(field)},
                               {"schema", parameter_schema(field)}};
        if (auto text = comment_of(field); !text.empty()) parameter["description"] = text;
        parameters.push_back(std::move(parameter));
    }
    if (input.FindFieldByName(std::string(kKeyField)) != nullptr) {
        parameters.push_back(
            json::object{{"name", "Idempotency-Key"},
                         {"in", "header"},
                         {"required", false},
                         {"description", "Asking again with the same key makes the change once."},
                         {"schema", json::object{{"type", "string"}, {"pattern", "^[!#-~][!-~]{0,254}$"}}}});
    }
    return parameters;
}

bool needs_body(const pb::Descriptor& input) {
    for (int i = 0; i < input.field_count(); ++i) {
        if (is_required(*input.field(i))) return true;
    }
    return false;
}

std::string first_sentence(const std::string& text) {
    auto sentence = text.substr(0, text.find(". "));
    while (sentence.ends_with('.') || sentence.ends_with(':')) sentence.pop_back();
    return sentence;
}

json::object content_of(const pb::MethodDescriptor& method) {
    if (answers_raw(method)) return {{media_type_of(method), json::object{{"schema", bytes_schema()}}}};
    json::object schema{{"schema", reference_to(*method.output_type())}};
    if (!method.server_streaming()) return {{"application/json", std::move(schema)}};
    return {{"text/event-stream", std::move(schema)}};
}

json::object request_content_of(const pb::MethodDescriptor& method, const Route& route) {
    json::object content;
    if (const auto* raw = method.input_type()->FindFieldByName(route.raw)) {
        for (const auto& type : media_types_of(*raw))
            content[type] = json::object{{"schema", bytes_schema()}};
        return content;
    }
    content["application/json"] =
        json::object{{"schema", body_schema(*method.input_type(), variables_of(route.path))}};
    return content;
}

json::object operation_of(const pb::MethodDescriptor& method, const Route& route) {
    json::object operation{
        {"operationId", method.name()},
        {"tags", json::array{json::value(method.service()->name())}},
        {"parameters", parameters_of(method, route)},
        {"responses",
         json::object{{"200", json::object{{"description", "Done."}, {"content", content_of(method)}}},
                      {"4XX", json::object{{"$ref", "#/components/responses/Problem"}}},
                      {"5XX", json::object{{"$ref", "#/components/responses/Problem"}}}}}};
    if (auto text = comment_of(method); !text.empty()) {
        operation["summary"] = first_sentence(text);
        operation["description"] = text;
    }
    if (route.body) {
        operation["requestBody"] = json::object{{"required", needs_body(*method.input_type())},
                                                {"content", request_content_of(method, route)}};
    }
    return operation;
}

/// Two methods may share a route, one of them streaming: `Accept` picks, so one operation answers both.
void add_operation(json::object& paths, const pb::MethodDescriptor& method, const Route& route) {
    auto& item = paths[route.path];
    if (!item.is_object()) item = json::object{};
    auto& operation = item.as_object()[route.verb];
    if (!operation.is_object()) {
        operation = operation_of(method, route);
        return;
    }
    auto& content = operation.as_object()["responses"].as_object()["200"].as_object()["content"].as_object();
    for (auto& entry : content_of(method)) content[entry.key()] = entry.value();
}

json::object problem_response() {
    const json::object text{{"type", "string"}};
    const json::object number{{"type", "integer"}};
    json::object properties{{"type", text},   {"title", text},      {"status", number},
                            {"detail", text}, {"code", text},       {"instance", text},
                            {"field", text},  {"request_id", text}, {"retry_after_ms", number}};
    json::object schema{{"type", "object"},
                        {"required", json::array{"type", "title", "status", "detail", "code"}},
                        {"properties", std::move(properties)}};
    return {
        {"description", "What went wrong, as RFC 9457 problem details."},
        {"content", json::object{{"application/problem+json", json::object{{"schema", std::move(schema)}}}}}};
}

json::object security_schemes() {
    return {{"bearer", json::object{{"type", "http"}, {"scheme", "bearer"}}},
            {"api_key", json::object{{"type", "apiKey"}, {"in", "header"}, {"name", "x-api-key"}}}};
}

}  // namespace

std::string openapi_document(std::string_view version) {
    pb::FileDescriptorSet files;
    const auto bytes = contract::descriptors();
    files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    // A pool of our own: the generated one has no comments.
    pb::DescriptorPool pool;
    json::object paths;
    json::array tags;
    SchemaSet schemas;
    for (const auto& proto : files.file()) {
        const auto* file = pool.BuildFile(proto);
        if (file == nullptr || file->package() != kPackage) continue;
        for (int s = 0; s < file->service_count(); ++s) {
            tags.push_back(json::object{{"name", file->service(s)->name()},
                                        {"description", comment_of(*file->service(s))}});
            for (int m = 0; m < file->service(s)->method_count(); ++m) {
                const auto& method = *file->service(s)->method(m);
                const auto route = route_of(method);
                if (route.path.empty()) continue;
                add_operation(paths, method, route);
                schemas.need(*method.output_type());
                schemas.need_fields(*method.input_type());
            }
        }
    }
    json::object document{
        {"openapi", "3.1.0"},
        {"info",
         json::object{{"title", "Boternity"},
                      {"version", version},
                      {"description",
                       "Bots that live for years: REST and server-sent events. The same calls are "
                       "there over gRPC on the same port."},
                      {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
        {"servers", json::array{json::object{{"url", "/"}}}},
        {"security",
         json::array{json::object{{"bearer", json::array{}}}, json::object{{"api_key", json::array{}}}}},
        {"tags", std::move(tags)},
        {"paths", std::move(paths)},
        {"components", json::object{{"schemas", schemas.take()},
                                    {"responses", json::object{{"Problem", problem_response()}}},
                                    {"securitySchemes", security_schemes()}}}};
    return json::serialize(document);
}

}  // namespace boternity::api
