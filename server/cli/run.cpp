#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/pages.hpp"
#include "cli/run_fork.hpp"
#include "cli/run_steering.hpp"
#include "cli/run_view.hpp"
#include "cli/run_words.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

std::string tokens_text(const json::object& run) {
    const auto& usage = object_field(run, "usage");
    if (number_field(usage, "input_tokens") == 0 && number_field(usage, "output_tokens") == 0) return {};
    return fmt::format("{} in, {} out{}", number_field(usage, "input_tokens"),
                       number_field(usage, "output_tokens"),
                       true_field(usage, "estimated") ? " (estimated)" : "");
}

struct ListOptions {
    std::string bot;
    std::string session;
    std::string state;
    std::string kind;
    int limit = 100;
};

Answer<ExitCode> list_runs(Invocation& invocation, const ListOptions& options) {
    auto& out = invocation.out();
    const auto now = invocation.platform().clock.now();
    Table table({{.title = "RUN"},
                 {.title = "KIND"},
                 {.title = "STATE"},
                 {.title = "MODEL", .fit = Fit::Shrinks},
                 {.title = "TOKENS"},
                 {.title = "TOOK", .align = Align::Right},
                 {.title = "CREATED"}});
    Request request{.path = "/api/v1/runs",
                    .query = {{"bot", options.bot},
                              {"session", options.session},
                              {"state", options.state},
                              {"kind", options.kind}}};
    BOT_CHECK(show_list(invocation, std::move(request), "runs", options.limit, [&](const json::object& run) {
        const auto created = parse_time(text_field(run, "created_at"));
        table.add({text_field(run, "id"), text_field(run, "kind"), text_field(run, "state"),
                   text_field(run, "model"), tokens_text(run), took_text(run),
                   created ? relative_time(*created, now) : std::string()});
    }));
    if (out.json()) return ExitCode::Ok;
    if (table.empty()) {
        out.note("No such runs.");
    } else {
        out.write(table.text(out.width(), out.dim(), out.reset()));
    }
    return ExitCode::Ok;
}

struct RunOptions {
    std::string run;
    std::uint32_t after = 0;
};

/// What a fork came to: no session has it, its last step does.
Answer<std::string> answer_of_fork(Invocation& invocation, const std::string& run) {
    BOT_TRY(answer, invocation.server().call({.path = run_path(run) + "/steps"}));
    std::string said;
    for (const auto& step : array_field(answer, "steps")) {
        if (!step.is_object()) continue;
        const auto& sent = object_field(step.get_object(), "sent");
        if (!sent.empty()) said = text_field(sent, "text");
    }
    return said;
}

Answer<ExitCode> show_run(Invocation& invocation, const RunOptions& options) {
    BOT_TRY(run, invocation.server().call({.path = run_path(options.run)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(run);
        return ExitCode::Ok;
    }
    const auto time = [&](std::string_view field) {
        const auto at = parse_time(text_field(run, field));
        return at ? local_time(*at) : std::string();
    };
    const auto& error = object_field(run, "error");
    const auto& cut = object_field(run, "context_cut");
    Details details;
    details.add("Run", text_field(run, "id"));
    details.add("State", text_field(run, "state"));
    details.add("Error", text_field(error, "message"));
    details.add("Error code", text_field(error, "code"));
    details.add("Kind", text_field(run, "kind"));
    details.add("Bot", text_field(run, "bot"));
    details.add("Parent", text_field(run, "parent"));
    details.add("Task", text_field(object_field(run, "agent_brief"), "task"));
    const auto& from = object_field(run, "forked_from");
    if (!from.empty()) {
        details.add("Forked from",
                    fmt::format("{}, step {}", text_field(from, "run"), number_field(from, "step")));
        details.add("Message", text_field(from, "message"));
    }
    details.add("Session", text_field(run, "session"));
    details.add("Model", text_field(run, "model"));
    details.add("Soul version", std::to_string(number_field(run, "soul_version")));
    details.add("Attempt", std::to_string(number_field(run, "attempt")));
    details.add("Tokens", tokens_text(run));
    details.add("Stop reason", text_field(run, "stop_reason"));
    if (!cut.empty()) {
        details.add("Context cut",
                    fmt::format("{} messages left out, {} kept", number_field(cut, "dropped_messages"),
                                number_field(cut, "kept_messages")));
    }
    details.add("Created", time("created_at"));
    details.add("Started", time("started_at"));
    details.add("Ended", time("ended_at"));
    details.add("Took", took_text(run));
    if (text_field(run, "kind") == "fork") {
        BOT_TRY(answer, answer_of_fork(invocation, options.run));
        details.add("Answer", answer);
    }
    out.write(details.text(out.dim(), out.reset()));
    return ExitCode::Ok;
}

Answer<ExitCode> cancel_run(Invocation& invocation, const RunOptions& options) {
    BOT_TRY(run, invocation.server().call(
                     {.method = "POST",
                      .path = run_path(options.run) + ":cancel",
                      .body = json::object{{"idempotency_key", invocation.server().new_key()}}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(run);
    } else {
        out.line("Cancelled " + safe_line(text_field(run, "id")));
    }
    return ExitCode::Ok;
}

Answer<ExitCode> tail_run(Invocation& invocation, const RunOptions& options) {
    return follow_run(invocation, options.run, options.after);
}

CLI::App* add_run_verb(CLI::App& noun, const std::string& name, const std::string& description,
                       const std::vector<std::string>& examples, RunOptions& options) {
    auto* command = add_command(noun, name, description, examples);
    command->add_option("RUN", options.run, "Id")->required();
    return command;
}

}  // namespace

void add_run_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "run", "Lists, shows, watches and steers what bots do");
    const std::string id = "0197c1de-0000-7000-8000-000000000000";

    auto list = std::make_shared<ListOptions>();
    auto* list_command = add_command(*noun, "list", "Lists runs, newest first",
                                     {"boternity run list --bot ada --state failed"});
    list_command->add_option("--bot", list->bot, "Only this bot's")->type_name("BOT");
    list_command->add_option("--session", list->session, "Only this session's")->type_name("SESSION");
    one_of(invocation, list_command->add_option("--state", list->state, "Only those in this state"),
           {"queued", "running", "waiting", "completed", "failed", "cancelled"});
    one_of(invocation, list_command->add_option("--kind", list->kind, "Only those of this kind"),
           {"turn", "agent", "fork"});
    add_limit(list_command, list->limit);
    on_call(list_command, invocation, list, list_runs);

    auto show = std::make_shared<RunOptions>();
    auto* show_command = add_run_verb(*noun, "show", "Shows one run", {"boternity run show " + id}, *show);
    on_call(show_command, invocation, show, show_run);

    auto cancel = std::make_shared<RunOptions>();
    auto* cancel_command =
        add_run_verb(*noun, "cancel", "Ends a run and all below it; what was said so far is kept",
                     {"boternity run cancel " + id}, *cancel);
    on_call(cancel_command, invocation, cancel, cancel_run);

    auto tail = std::make_shared<RunOptions>();
    auto* tail_command =
        add_run_verb(*noun, "tail", "Follows a run to its end; of one that has ended, shows what it said",
                     {"boternity run tail " + id, "boternity run tail " + id + " --after 12 --json"}, *tail);
    tail_command->add_option("--after", tail->after, "Begin behind the event with this number")
        ->type_name("N");
    on_call(tail_command, invocation, tail, tail_run);

    add_run_fork(*noun, invocation);
    add_run_steering(*noun, invocation);
}

}  // namespace boternity::cli
