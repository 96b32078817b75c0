#include "infra/llm/catalog/model_catalog.hpp"

#include "infra/llm/wire/json_reading.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace boternity::infra {

std::string_view built_in_catalog() noexcept;  // made from catalog.json

namespace json = boost::json;

namespace {

using Thinking = ModelTraits::Thinking;

// A hidden chain of thought counts as output: the usual limit is used up before the first word.
constexpr int kReasoningOutput = 16'384;

/// A careful default for names nobody has heard of.
const ModelFacts& unknown_model() {
    static const ModelFacts facts{
        .card = {.window_tokens = 128'000, .max_output_tokens = 4'096, .tools = true}};
    return facts;
}

bool flag_in(const json::object& row, std::string_view name, bool otherwise) {
    const json::value* value = row.if_contains(json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::optional<Thinking> thinking_from(std::string_view name) noexcept {
    if (name.empty() || name == "none") return Thinking::None;
    if (name == "budget") return Thinking::Budget;
    if (name == "adaptive") return Thinking::Adaptive;
    if (name == "level") return Thinking::Level;
    return std::nullopt;
}

Error broken_catalog(const std::string& what) {
    return invalid_argument("The catalog of models cannot be used: " + what + ".", "catalog");
}

Result<ModelFacts> facts_in(const json::object& row, const std::string& name) {
    const auto window = count_in(row, "window_tokens");
    const auto most = count_in(row, "max_output_tokens");
    const auto thinking = thinking_from(string_in(row, "thinking"));
    if (name.empty() || !window || !most || *window < 256 || *most < 1) {
        return fail(broken_catalog("the row of model \"" + name + "\" lacks its name, window or limit"));
    }
    if (!thinking) return fail(broken_catalog("the row of model \"" + name + "\" names no known thinking"));
    return ModelFacts{.card = {.window_tokens = *window,
                               .max_output_tokens = *most,
                               .tools = flag_in(row, "tools", true),
                               .images = flag_in(row, "images", false),
                               .documents = flag_in(row, "documents", false),
                               .json_schema = flag_in(row, "json_schema", false),
                               .reasoning = flag_in(row, "reasoning", false)},
                      .traits = {.sampling = flag_in(row, "sampling", true),
                                 .forced_tools = flag_in(row, "forced_tools", true),
                                 .prefill = flag_in(row, "prefill", true),
                                 .thinking_off = flag_in(row, "thinking_off", true),
                                 .completion_limit = flag_in(row, "completion_limit", false),
                                 .thinking = *thinking}};
}

Result<core::ProviderPreset> preset_in(const json::object& row) {
    core::ProviderPreset preset{.name = std::string(string_in(row, "name")),
                                .title = std::string(string_in(row, "title")),
                                .kind = std::string(string_in(row, "kind")),
                                .base_url = std::string(string_in(row, "base_url")),
                                .key = std::string(string_in(row, "key"))};
    if (preset.name.empty() || preset.kind.empty() || preset.base_url.empty()) {
        return fail(broken_catalog("a preset lacks its name, kind or base_url"));
    }
    return preset;
}

}  // namespace

Result<ModelCatalog> ModelCatalog::parse(std::string_view text) {
    const auto value = parse_vendor_json(text);
    const json::object* object = value ? value->if_object() : nullptr;
    const json::array* models = object == nullptr ? nullptr : array_in(*object, "models");
    const json::array* presets = object == nullptr ? nullptr : array_in(*object, "presets");
    if (models == nullptr && presets == nullptr) {
        return fail(broken_catalog("it is no JSON object with models or presets"));
    }
    static const json::array none;
    ModelCatalog catalog;
    for (const json::value& row : models ? *models : none) {
        if (!row.is_object()) return fail(broken_catalog("a row of models is no object"));
        std::string name(string_in(row.get_object(), "model"));
        BOT_TRY(facts, facts_in(row.get_object(), name));
        catalog.rows_.push_back({.beginning = std::move(name), .facts = facts});
    }
    for (const json::value& row : presets ? *presets : none) {
        if (!row.is_object()) return fail(broken_catalog("a row of presets is no object"));
        BOT_TRY(preset, preset_in(row.get_object()));
        catalog.presets_.push_back(std::move(preset));
    }
    return catalog;
}

Result<ModelCatalog> ModelCatalog::with_file_blocking(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return fail(broken_catalog("the file " + file.string() + " cannot be read"));
    auto stated = parse(text);
    if (!stated) {
        Error error = std::move(stated).error();
        error.message = file.string() + ": " + error.message;
        return fail(std::move(error));
    }
    ModelCatalog catalog = built_in();
    for (Row& row : stated->rows_) {
        std::erase_if(catalog.rows_, [&](const Row& there) { return there.beginning == row.beginning; });
        catalog.rows_.push_back(std::move(row));
    }
    for (core::ProviderPreset& preset : stated->presets_) {
        const auto there = std::ranges::find(catalog.presets_, preset.name, &core::ProviderPreset::name);
        if (there != catalog.presets_.end()) {
            *there = std::move(preset);
        } else {
            catalog.presets_.push_back(std::move(preset));
        }
    }
    return catalog;
}

const ModelCatalog& ModelCatalog::built_in() {
    static const ModelCatalog catalog = [] {
        auto parsed = parse(built_in_catalog());
        if (!parsed) std::abort();  // a test reads it at every build
        return std::move(*parsed);
    }();
    return catalog;
}

ModelFacts ModelCatalog::facts_of(std::string_view model, const core::ToldModel* told,
                                  std::optional<int> window_tokens) const {
    const std::string_view name = model.substr(model.rfind('/') + 1);
    const ModelFacts* best = &unknown_model();
    std::size_t length = 0;
    for (const Row& row : rows_) {
        if (!name.starts_with(row.beginning) || row.beginning.size() <= length) continue;
        best = &row.facts;
        length = row.beginning.size();
    }
    ModelFacts facts = *best;
    core::ModelCard& card = facts.card;
    card.name = std::string(model);
    if (told != nullptr) {
        card.window_tokens = told->window_tokens.value_or(card.window_tokens);
        card.max_output_tokens = told->max_output_tokens.value_or(card.max_output_tokens);
        card.tools = told->tools.value_or(card.tools);
        card.images = told->images.value_or(card.images);
        card.documents = told->documents.value_or(card.documents);
        card.json_schema = told->json_schema.value_or(card.json_schema);
        card.reasoning = told->reasoning.value_or(card.reasoning);
    }
    card.window_tokens = window_tokens.value_or(card.window_tokens);
    card.max_output_tokens = std::min(card.max_output_tokens, card.window_tokens);
    if (card.reasoning) card.default_output_tokens = std::min(kReasoningOutput, card.max_output_tokens);
    return facts;
}

}  // namespace boternity::infra
