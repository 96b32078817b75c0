#include "infra/templates/embedded_templates.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <exception>

namespace boternity::infra {
namespace {

namespace json = boost::json;

core::Template read(const ExampleBot& example) {
    const json::value parsed = json::parse(example.facts);
    const json::object& facts = parsed.as_object();
    core::Template out{.slug = std::string(example.slug),
                       .name = std::string(facts.at("name").as_string()),
                       .description = std::string(facts.at("description").as_string()),
                       .shows = std::string(facts.at("shows").as_string()),
                       .soul = std::string(example.soul)};
    if (const auto* settings = facts.if_contains("settings")) {
        const json::object& given = settings->as_object();
        if (const auto* value = given.if_contains("temperature"))
            out.settings.temperature = value->to_number<double>();
        if (const auto* value = given.if_contains("max_output_tokens"))
            out.settings.max_output_tokens = value->to_number<int>();
    }
    return out;
}

}  // namespace

Result<std::vector<core::Template>> embedded_templates() {
    std::vector<core::Template> all;
    for (const ExampleBot& example : example_bots()) {
        try {
            all.push_back(read(example));
        } catch (const std::exception& error) {
            return fail(
                internal_error(fmt::format("examples/bots/{}/bot.json: {}", example.slug, error.what())));
        }
    }
    return all;
}

}  // namespace boternity::infra
