#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/json_fields.hpp"
#include "cli/pages.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"

#include <boost/json/value_from.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct AddOptions {
    std::string name;
    std::string preset;
    std::string kind;
    std::string base_url;
    std::vector<std::string> models;
    std::string key;
    std::optional<int> window_tokens;
};

std::string joined(const json::array& texts) {
    std::vector<std::string> parts;
    for (const auto& text : texts) {
        if (text.is_string()) parts.emplace_back(text.get_string().c_str());
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string told_models(const json::array& models) {
    return fmt::format("It has {} model{}: {}", models.size(), models.size() == 1 ? "" : "s",
                       safe_line(joined(models)));
}

Answer<ExitCode> add_provider(Invocation& invocation, const AddOptions& options) {
    // Caught here, so that a key that was typed by mistake goes nowhere; nor is it repeated.
    if (!options.key.empty() && !options.key.starts_with("env:")) {
        return usage_error(
            "--key takes env:NAME, the name of a variable of the server's environment, never the key.",
            "--key");
    }
    json::object body{{"name", options.name}};
    // A name alone is a preset's: `provider add groq`.
    const bool alone = options.preset.empty() && options.kind.empty() && options.base_url.empty();
    const std::string& preset = alone ? options.name : options.preset;
    if (!preset.empty()) body["preset"] = preset;
    if (!options.kind.empty()) body["kind"] = options.kind;
    body["base_url"] = options.base_url;
    body["key"] = options.key;
    body["models"] = json::value_from(options.models);
    body["idempotency_key"] = invocation.server().new_key();
    if (options.window_tokens) body["window_tokens"] = *options.window_tokens;
    BOT_TRY(provider, invocation.server().call(
                          {.method = "POST", .path = "/api/v1/providers", .body = std::move(body)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(provider);
        return ExitCode::Ok;
    }
    const std::string name = safe_line(text_field(provider, "name"));
    out.line(fmt::format("Added {}{}{}", out.bold(), name, out.reset()));
    const auto& models = array_field(provider, "models");
    if (options.models.empty()) out.note(told_models(models));
    if (!models.empty() && models.front().is_string()) {
        out.note(fmt::format("Give its model to a bot with `boternity bot update BOT --model {}/{}`", name,
                             safe_line(std::string(models.front().get_string()))));
    }
    return ExitCode::Ok;
}

struct NoOptions {};

Answer<ExitCode> list_presets(Invocation& invocation, const NoOptions&) {
    auto& out = invocation.out();
    Table table({{.title = "PRESET"},
                 {.title = "WHAT", .fit = Fit::Shrinks},
                 {.title = "KIND"},
                 {.title = "ADDRESS", .fit = Fit::Shrinks},
                 {.title = "KEY"}});
    BOT_CHECK(
        show_list(invocation, {.path = "/api/v1/presets"}, "presets", 0, [&](const json::object& preset) {
            table.add({text_field(preset, "name"), text_field(preset, "title"), text_field(preset, "kind"),
                       text_field(preset, "base_url"), text_field(preset, "key")});
        }));
    if (!out.json()) out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

struct RefreshOptions {
    std::string provider;
};

Answer<ExitCode> refresh_provider(Invocation& invocation, const RefreshOptions& options) {
    BOT_TRY(provider, invocation.server().call(
                          {.method = "POST",
                           .path = "/api/v1/providers/" + segment(options.provider) + ":refresh",
                           .body = json::object{{"idempotency_key", invocation.server().new_key()}}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(provider);
    } else {
        out.line(fmt::format("{}: {}", safe_line(text_field(provider, "name")),
                             told_models(array_field(provider, "models"))));
    }
    return ExitCode::Ok;
}

Answer<ExitCode> list_providers(Invocation& invocation, const NoOptions&) {
    auto& out = invocation.out();
    Table table({{.title = "PROVIDER"},
                 {.title = "KIND"},
                 {.title = "ADDRESS", .fit = Fit::Shrinks},
                 {.title = "KEY"},
                 {.title = "MODELS", .fit = Fit::Shrinks}});
    BOT_CHECK(show_list(invocation, {.path = "/api/v1/providers"}, "providers", 0,
                        [&](const json::object& provider) {
                            table.add({text_field(provider, "name"), text_field(provider, "kind"),
                                       text_field(provider, "base_url"), text_field(provider, "key"),
                                       joined(array_field(provider, "models"))});
                        }));
    if (!out.json()) out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

struct RemoveOptions {
    std::string provider;
    bool yes = false;
};

Answer<ExitCode> remove_provider(Invocation& invocation, const RemoveOptions& options) {
    if (!options.yes) {
        BOT_TRY(sure, confirm(invocation, fmt::format("Remove provider {}?", safe_line(options.provider))));
        if (!sure) {
            invocation.out().note("Nothing was removed.");
            return ExitCode::Failed;
        }
    }
    BOT_TRY(provider,
            invocation.server().call({.method = "DELETE",
                                      .path = "/api/v1/providers/" + segment(options.provider),
                                      .query = {{"idempotency_key", invocation.server().new_key()}}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(provider);
    } else {
        out.line("Removed " + safe_line(text_field(provider, "name")));
    }
    return ExitCode::Ok;
}

}  // namespace

void add_provider_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "provider", "Adds, lists, refreshes and removes servers that have models");

    auto add = std::make_shared<AddOptions>();
    auto* add_verb = add_command(
        *noun, "add", "Adds a server that has models; a preset's name alone is enough",
        {"boternity provider add groq", "boternity provider add anthropic --model claude-sonnet-5",
         "boternity provider add home --kind ollama --base-url http://nas:11434",
         "boternity provider add work --preset vllm --base-url http://gpu:8000/v1",
         "boternity provider add openai --base-url https://api.openai.com/v1 "
         "--model gpt-4o-mini --key env:OPENAI_API_KEY"});
    add_verb->add_option("NAME", add->name, "The part of its models' names before the slash")->required();
    add_verb
        ->add_option("--preset", add->preset, "Fills in what is not given; see `boternity provider presets`")
        ->type_name("PRESET");
    one_of(invocation, add_verb->add_option("--kind", add->kind, "What it speaks; openai unless told"),
           {"openai", "openai-responses", "anthropic", "google", "ollama"});
    add_verb->add_option("--base-url", add->base_url, "http or https; for openai up to and including /v1")
        ->type_name("URL");
    add_verb
        ->add_option("--model", add->models,
                     "A model it has; may be given many times; without it the server is asked")
        ->type_name("M")
        ->expected(1)
        ->take_all();
    add_verb
        ->add_option("--key", add->key, "env:NAME, a variable of the server's environment that holds the key")
        ->type_name("env:NAME");
    add_verb
        ->add_option("--window-tokens", add->window_tokens,
                     "Window of its models, where their names do not tell it; input and output together")
        ->type_name("N");
    on_call(add_verb, invocation, add, add_provider);

    auto none = std::make_shared<NoOptions>();
    on_call(add_command(*noun, "list", "Lists providers", {"boternity provider list"}), invocation, none,
            list_providers);

    on_call(add_command(*noun, "presets", "Lists servers that many people use, to be added by name",
                        {"boternity provider presets"}),
            invocation, none, list_presets);

    auto refresh = std::make_shared<RefreshOptions>();
    auto* refresh_verb =
        add_command(*noun, "refresh", "Asks a provider which models it has now, and takes those",
                    {"boternity provider refresh groq"});
    refresh_verb->add_option("PROVIDER", refresh->provider, "Name or id")->required();
    on_call(refresh_verb, invocation, refresh, refresh_provider);

    auto remove = std::make_shared<RemoveOptions>();
    auto* remove_verb =
        add_command(*noun, "remove", "Removes a provider that was added; asks first on a terminal",
                    {"boternity provider remove ollama --yes"});
    remove_verb->add_option("PROVIDER", remove->provider, "Name or id")->required();
    remove_verb->add_flag("--yes,-y", remove->yes, "Do not ask");
    on_call(remove_verb, invocation, remove, remove_provider);
}

}  // namespace boternity::cli
