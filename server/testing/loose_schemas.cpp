#include "testing/loose_schemas.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <utility>
#include <vector>

namespace boternity::testing {
namespace {

namespace json = boost::json;

Value value_of(const json::value& from) {
    switch (from.kind()) {
    case json::kind::null: return {};
    case json::kind::bool_: return from.get_bool();
    case json::kind::int64: return Value(std::int64_t{from.get_int64()});
    case json::kind::uint64: return static_cast<double>(from.get_uint64());
    case json::kind::double_: return from.get_double();
    case json::kind::string: return std::string(from.get_string());
    case json::kind::array: {
        Value::List list;
        for (const auto& entry : from.get_array()) list.push_back(value_of(entry));
        return list;
    }
    case json::kind::object: {
        Value::Object object;
        for (const auto& member : from.get_object())
            object.emplace_back(std::string(member.key()), value_of(member.value()));
        return object;
    }
    }
    return {};
}

class LooseSchema final : public core::Schema {
public:
    explicit LooseSchema(std::vector<std::string> required) : required_(std::move(required)) {}

    Result<Value> read(std::string_view text) const override {
        json::error_code error;
        const auto parsed = text.empty() ? json::value(json::object()) : json::parse(text, error);
        if (error || !parsed.is_object()) return fail(invalid_argument("it must be a JSON object."));
        for (const auto& name : required_)
            if (!parsed.get_object().contains(name))
                return fail(invalid_argument(name + ": wanted, but is missing."));
        return value_of(parsed);
    }

private:
    std::vector<std::string> required_;
};

}  // namespace

Result<std::shared_ptr<const core::Schema>> LooseSchemas::compile(std::string_view text) const {
    json::error_code error;
    const auto parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return fail(invalid_argument("it is no schema."));
    std::vector<std::string> required;
    if (const auto* names = parsed.get_object().if_contains("required"); names && names->is_array())
        for (const auto& name : names->get_array()) required.emplace_back(name.get_string());
    return std::make_shared<const LooseSchema>(std::move(required));
}

}  // namespace boternity::testing
