#include "infra/schemas/schemas.hpp"

#include "infra/schemas/constraints.hpp"
#include "infra/schemas/fault_text.hpp"
#include "infra/schemas/prepared_schema.hpp"
#include "infra/schemas/strict_json.hpp"
#include "infra/schemas/valijson.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

namespace json = boost::json;
using Adapter = valijson::adapters::BoostJsonAdapter;

constexpr std::size_t kMostSchemaBytes = 256 * 1024;
constexpr std::size_t kMostBytes = 1024 * 1024;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class ValijsonSchema final : public core::Schema {
public:
    ValijsonSchema(json::value prepared, std::unique_ptr<valijson::Schema> schema)
        : prepared_(std::move(prepared)), schema_(std::move(schema)) {}

    Result<Value> read(std::string_view text) const override {
        if (text.size() > kMostBytes) {
            return fail(ErrorCode::TooLarge,
                        fmt::format("more than {} KiB; make it shorter", kMostBytes / 1024));
        }
        BOT_TRY(value, parse_strict_json(is_blank(text) ? "{}" : text));
        BOT_CHECK(judge(value));
        return to_value(value);
    }

private:
    Status judge(const json::value& value) const {
        const WorkBudget budget;
        std::vector<RawFault> faults;
        valijson::ValidationResults results;
        bool all = true;
        try {
            valijson::Validator validator;
            if (validator.validate(*schema_, Adapter(value), &results)) return {};
        } catch (const EnoughWork&) {
            all = false;
        } catch (const std::exception& error) {
            return fail(ErrorCode::InvalidArgument, "not as the schema wants it", error.what());
        }
        for (const auto& one : results) faults.push_back({.path = one.context, .sentence = one.description});
        if (!all && faults.empty()) return fail(invalid_argument("too much to check; make it smaller"));
        return fail(invalid_argument(fault_text(faults, prepared_, value)));
    }

    json::value prepared_;
    std::unique_ptr<valijson::Schema> schema_;
};

class ValijsonSchemas final : public core::Schemas {
public:
    Result<std::shared_ptr<const core::Schema>> compile(std::string_view text) const override {
        const auto none = [](std::string_view why) {
            return fail(invalid_argument(fmt::format("This is no JSON Schema: {}.", why)));
        };
        if (text.size() > kMostSchemaBytes) return none("it has more than 256 KiB");
        const auto parsed = parse_strict_json(text);
        if (!parsed) return none(parsed.error().message);
        auto prepared = prepare_schema(*parsed);
        if (!prepared) return none(prepared.error().message);
        auto schema = std::make_unique<valijson::Schema>();
        try {
            valijson::SchemaParser parser;
            add_constraints(parser);
            parser.populateSchema(Adapter(*prepared), *schema);
        } catch (const std::exception& error) {
            std::string why = error.what();
            while (why.ends_with('.')) why.pop_back();
            return none(why);
        }
        return std::make_shared<const ValijsonSchema>(std::move(*prepared), std::move(schema));
    }
};

}  // namespace

std::unique_ptr<core::Schemas> make_schemas() {
    return std::make_unique<ValijsonSchemas>();
}

}  // namespace boternity::infra
