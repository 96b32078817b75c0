#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/pages.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct NoOptions {};

std::string abilities(const json::object& model) {
    std::string out;
    for (const auto* ability : {"streaming", "tools", "images", "json_schema"}) {
        if (true_field(model, ability)) out += (out.empty() ? "" : ", ") + std::string(ability);
    }
    return out;
}

Answer<ExitCode> list_models(Invocation& invocation, const NoOptions&) {
    auto& out = invocation.out();
    Table table({{.title = "MODEL"},
                 {.title = "WINDOW", .align = Align::Right},
                 {.title = "LONGEST ANSWER", .align = Align::Right},
                 {.title = "CAN", .fit = Fit::Shrinks},
                 {.title = ""}});
    BOT_CHECK(show_list(invocation, {.path = "/api/v1/models"}, "models", 0, [&](const json::object& model) {
        table.add({text_field(model, "name"), std::to_string(number_field(model, "window_tokens")),
                   std::to_string(number_field(model, "max_output_tokens")), abilities(model),
                   true_field(model, "is_default") ? "default" : ""});
    }));
    if (!out.json()) out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

}  // namespace

void add_model_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "model", "Lists the models that bots can have");
    on_call(
        add_command(*noun, "list", "Lists models by the name that --model takes", {"boternity model list"}),
        invocation, std::make_shared<NoOptions>(), list_models);
}

}  // namespace boternity::cli
