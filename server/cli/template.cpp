#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <memory>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct NoOptions {};

Answer<ExitCode> list_templates(Invocation& invocation, const NoOptions&) {
    BOT_TRY(answer, invocation.server().call({.path = "/api/v1/templates"}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(answer);
        return ExitCode::Ok;
    }
    Table table({{.title = "TEMPLATE"},
                 {.title = "NAME"},
                 {.title = "WHAT FOR", .fit = Fit::Shrinks},
                 {.title = "WHAT IT SHOWS", .fit = Fit::Shrinks}});
    for (const auto& value : array_field(answer, "templates")) {
        if (!value.is_object()) continue;
        const auto& one = value.get_object();
        table.add({text_field(one, "slug"), text_field(one, "name"), text_field(one, "description"),
                   text_field(one, "shows")});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

struct ShowOptions {
    std::string name;
};

Answer<ExitCode> show_template(Invocation& invocation, const ShowOptions& options) {
    BOT_TRY(one, invocation.server().call({.path = "/api/v1/templates/" + segment(options.name)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(one);
    } else {
        out.write(safe_text(text_field(one, "soul")));
        out.note(fmt::format("Make a bot of it: `boternity bot create NAME --template {}`",
                             safe_line(text_field(one, "slug"))));
    }
    return ExitCode::Ok;
}

}  // namespace

void add_template_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "template", "Shows the example bots that new ones can be made of");
    auto none = std::make_shared<NoOptions>();
    on_call(add_command(*noun, "list", "Lists the templates", {"boternity template list"}), invocation, none,
            list_templates);
    auto show = std::make_shared<ShowOptions>();
    auto* show_verb =
        add_command(*noun, "show", "Shows a template's soul", {"boternity template show tutor"});
    show_verb->add_option("TEMPLATE", show->name, "Its name, as `template list` shows it")->required();
    on_call(show_verb, invocation, show, show_template);
}

}  // namespace boternity::cli
