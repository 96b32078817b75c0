#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/table.hpp"

#include <memory>

namespace boternity::cli {
namespace {

struct ListOptions {};

/// What a bot's owner has to know before granting it.
std::string effect_of(const boost::json::object& tool) {
    if (true_field(tool, "read_only")) return "reads only";
    return true_field(tool, "idempotent") ? "changes, twice is as once" : "changes";
}

Answer<ExitCode> list_tools(Invocation& invocation, const ListOptions&) {
    BOT_TRY(answer, invocation.server().call({.path = "/api/v1/tools"}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(answer);
        return ExitCode::Ok;
    }
    Table table({{.title = "TOOL"},
                 {.title = "EFFECT"},
                 {.title = "ALL"},
                 {.title = "DESCRIPTION", .fit = Fit::Shrinks}});
    for (const auto& entry : array_field(answer, "tools")) {
        if (!entry.is_object()) continue;
        const auto& tool = entry.get_object();
        table.add({text_field(tool, "name"), effect_of(tool), true_field(tool, "named_only") ? "no" : "yes",
                   text_field(tool, "description")});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

}  // namespace

void add_tool_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "tool", "Lists the tools that bots can be allowed to use");
    auto options = std::make_shared<ListOptions>();
    auto* list =
        add_command(*noun, "list", "Lists the tools; a bot may use those that its --tool options name",
                    {"boternity tool list"});
    on_call(list, invocation, options, list_tools);
}

}  // namespace boternity::cli
