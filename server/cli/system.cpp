#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct NoOptions {};

Answer<ExitCode> show_system(Invocation& invocation, const NoOptions&) {
    BOT_TRY(system, invocation.server().call({.path = "/api/v1/system"}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(system);
        return ExitCode::Ok;
    }
    Details details;
    details.add("Health", text_field(system, "health"));
    details.add("Version", text_field(system, "version"));
    details.add("Address", text_field(system, "address"));
    details.add("Data folder", text_field(system, "data_folder"));
    details.add("Process", std::to_string(number_field(system, "pid")));
    details.add("Up for", duration_text(real_field(system, "uptime_seconds")));
    details.add("Memory", fmt::format("{:.0f} MiB", real_field(system, "resident_memory_mib")));
    details.add("Cores", std::to_string(number_field(system, "cores")));
    details.add("Active runs", std::to_string(number_field(system, "active_runs")));
    details.add("Default model", text_field(system, "default_model"));
    details.add("SQLite", text_field(system, "sqlite_version"));
    details.add("Schema version", std::to_string(number_field(system, "schema_version")));
    out.write(details.text(out.dim(), out.reset()));
    for (const auto& problem : array_field(system, "problems")) {
        if (!problem.is_string()) continue;
        out.line(fmt::format("{}!{} {}", out.red(), out.reset(), safe_line(problem.get_string().c_str())));
    }
    return ExitCode::Ok;
}

}  // namespace

void say_version(Invocation& invocation) {
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(json::object{{"version", invocation.version}});
    } else {
        out.line(fmt::format("boternity {}", invocation.version));
    }
}

void add_system_command(CLI::App& app, Invocation& invocation) {
    on_call(add_command(app, "system", "Shows how the server is",
                        {"boternity system", "boternity system --json"}),
            invocation, std::make_shared<NoOptions>(), show_system);
}

void add_version_command(CLI::App& app, Invocation& invocation) {
    on_call(add_command(app, "version", "Prints the version of this program", {"boternity version"}),
            invocation, std::make_shared<NoOptions>(), [](Invocation& call, const NoOptions&) {
                say_version(call);
                return Answer<ExitCode>(ExitCode::Ok);
            });
}

}  // namespace boternity::cli
