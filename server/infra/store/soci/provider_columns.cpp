#include "infra/store/soci/provider_columns.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace boternity::infra::store {
namespace {

namespace json = boost::json;
using core::ToldModel;

constexpr std::array<std::pair<std::string_view, std::optional<int> ToldModel::*>, 2> kCounts{
    {{"window_tokens", &ToldModel::window_tokens}, {"max_output_tokens", &ToldModel::max_output_tokens}}};

constexpr std::array<std::pair<std::string_view, std::optional<bool> ToldModel::*>, 5> kAbilities{
    {{"tools", &ToldModel::tools},
     {"images", &ToldModel::images},
     {"documents", &ToldModel::documents},
     {"json_schema", &ToldModel::json_schema},
     {"reasoning", &ToldModel::reasoning}}};

Result<json::array> array_of(const std::string& column) {
    json::error_code error;
    json::value value = json::parse(column, error);
    if (error || !value.is_array()) return fail(internal_error("a provider's column is no list"));
    return std::move(value.get_array());
}

}  // namespace

std::string models_column(const std::vector<std::string>& models) {
    json::array array;
    for (const auto& model : models) array.emplace_back(model);
    return json::serialize(array);
}

std::string told_column(const std::vector<ToldModel>& told) {
    json::array array;
    for (const auto& model : told) {
        json::object object{{"name", model.name}};
        for (const auto& [name, member] : kCounts)
            if (model.*member) object[name] = *(model.*member);
        for (const auto& [name, member] : kAbilities)
            if (model.*member) object[name] = *(model.*member);
        array.push_back(std::move(object));
    }
    return json::serialize(array);
}

Result<std::vector<std::string>> models_of(const std::string& column) {
    BOT_TRY(array, array_of(column));
    std::vector<std::string> models;
    for (const auto& model : array) {
        if (!model.is_string()) return fail(internal_error("a provider's model is not a name"));
        models.emplace_back(model.get_string());
    }
    return models;
}

Result<std::vector<ToldModel>> told_of(const std::string& column) {
    BOT_TRY(array, array_of(column));
    std::vector<ToldModel> told;
    for (const auto& value : array) {
        const json::object* object = value.if_object();
        const json::value* model_name = object ? object->if_contains("name") : nullptr;
        if (model_name == nullptr || !model_name->is_string())
            return fail(internal_error("what a provider told of a model has no name"));
        ToldModel& model = told.emplace_back(ToldModel{.name = std::string(model_name->get_string())});
        for (const auto& [name, member] : kCounts)
            if (const auto* count = object->if_contains(name); count && count->is_int64())
                model.*member = static_cast<int>(count->get_int64());
        for (const auto& [name, member] : kAbilities)
            if (const auto* able = object->if_contains(name); able && able->is_bool())
                model.*member = able->get_bool();
    }
    return told;
}

}  // namespace boternity::infra::store
