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
    std::string kind = "openai";
    std::string base_url;
    std::vector<std::string> models;
    std::string key;
    std::optional<int> window_tokens;
};

Answer<ExitCode> add_provider(Invocation& invocation, const AddOptions& options) {
    // Caught here, so that a key that was typed by mistake goes nowhere; nor is it repeated.
    if (!options.key.empty() && !options.key.starts_with("env:")) {
        return usage_error(
            "--key takes env:NAME, the name of a variable of the server's environment, never the key.",
            "--key");
    }
    json::object body{{"name", options.name},
                      {"kind", options.kind},
                      {"base_url", options.base_url},
                      {"key", options.key},
                      {"models", json::value_from(options.models)},
                      {"idempotency_key", invocation.server().new_key()}};
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
    if (!options.models.empty()) {
        out.note(fmt::format("Give its model to a bot with `boternity bot update BOT --model {}/{}`", name,
                             options.models.front()));
    }
    return ExitCode::Ok;
}

std::string joined(const json::array& texts) {
    std::vector<std::string> parts;
    for (const auto& text : texts) {
        if (text.is_string()) parts.emplace_back(text.get_string().c_str());
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

struct NoOptions {};

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
    auto* noun = add_noun(app, "provider", "Adds, lists and removes servers that have models");

    auto add = std::make_shared<AddOptions>();
    auto* add_verb =
        add_command(*noun, "add", "Adds a server that speaks Chat Completions",
                    {"boternity provider add ollama --kind openai --base-url http://127.0.0.1:11434/v1 "
                     "--model llama3.2 --window-tokens 8192",
                     "boternity provider add openai --kind openai --base-url https://api.openai.com/v1 "
                     "--model gpt-4o-mini --key env:OPENAI_API_KEY"});
    add_verb->add_option("NAME", add->name, "The part of its models' names before the slash")->required();
    one_of(invocation, add_verb->add_option("--kind", add->kind, "What it speaks")->capture_default_str(),
           {"openai"});
    add_verb->add_option("--base-url", add->base_url, "http or https, up to and including /v1")
        ->type_name("URL")
        ->required();
    add_verb->add_option("--model", add->models, "A model it has; may be given many times")
        ->type_name("M")
        ->expected(1)
        ->take_all()
        ->required();
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

    auto remove = std::make_shared<RemoveOptions>();
    auto* remove_verb =
        add_command(*noun, "remove", "Removes a provider that was added; asks first on a terminal",
                    {"boternity provider remove ollama --yes"});
    remove_verb->add_option("PROVIDER", remove->provider, "Name or id")->required();
    remove_verb->add_flag("--yes,-y", remove->yes, "Do not ask");
    on_call(remove_verb, invocation, remove, remove_provider);
}

}  // namespace boternity::cli
