#include "cli/run_steering.hpp"

#include "cli/json_fields.hpp"
#include "cli/run_words.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <memory>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct RunOptions {
    std::string run;
};

struct DecideOptions {
    std::string run;
    std::string answer;
    int step = 0;
};

/// What a step was given, in a few words.
std::string what_of(const json::object& step) {
    if (const auto& tool = object_field(step, "tool"); !tool.empty())
        return text_field(tool, "tool") + " " + text_field(tool, "arguments");
    if (const auto& model = object_field(step, "model"); !model.empty()) return text_field(model, "model");
    if (const auto& asked = object_field(step, "asked"); !asked.empty()) return text_field(asked, "question");
    return {};
}

/// What it came to.
std::string result_of(const json::object& step) {
    if (const auto& error = object_field(step, "error"); !error.empty()) return text_field(error, "message");
    if (const auto& tool = object_field(step, "tool"); !tool.empty()) return text_field(tool, "result");
    if (const auto& asked = object_field(step, "asked"); !asked.empty()) return text_field(asked, "answer");
    const auto& model = object_field(step, "model");
    if (const auto text = text_field(model, "text"); !text.empty()) return text;
    std::string calls;
    for (const auto& call : array_field(model, "calls")) {
        if (!call.is_object()) continue;
        calls += (calls.empty() ? "calls " : ", ") + text_field(call.get_object(), "name");
    }
    return calls;
}

std::string first_line(const std::string& text) {
    constexpr std::size_t kMost = 200;
    return text.substr(0, std::min(text.find('\n'), kMost));
}

Answer<ExitCode> show_steps(Invocation& invocation, const RunOptions& options) {
    BOT_TRY(answer, invocation.server().call({.path = run_path(options.run) + "/steps"}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(answer);
        return ExitCode::Ok;
    }
    Table table({{.title = "#", .align = Align::Right},
                 {.title = "KIND"},
                 {.title = "STATE"},
                 {.title = "WHAT", .fit = Fit::Shrinks},
                 {.title = "RESULT", .fit = Fit::Shrinks},
                 {.title = "TOOK", .align = Align::Right}});
    for (const auto& entry : array_field(answer, "steps")) {
        if (!entry.is_object()) continue;
        const auto& step = entry.get_object();
        table.add({std::to_string(number_field(step, "position")), text_field(step, "kind"),
                   text_field(step, "state"), first_line(what_of(step)), first_line(result_of(step)),
                   took_text(step)});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

Answer<ExitCode> show_tree(Invocation& invocation, const RunOptions& options) {
    BOT_TRY(answer, invocation.server().call({.path = run_path(options.run) + "/tree"}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(answer);
        return ExitCode::Ok;
    }
    Table table({{.title = "RUN"},
                 {.title = "WHO", .fit = Fit::Shrinks},
                 {.title = "STATE"},
                 {.title = "MODEL", .fit = Fit::Shrinks},
                 {.title = "TOOK", .align = Align::Right}});
    std::int64_t top = -1;
    for (const auto& entry : array_field(answer, "runs")) {
        if (!entry.is_object()) continue;
        const auto& run = entry.get_object();
        const auto depth = number_field(run, "depth");
        if (top < 0) top = depth;
        const auto& brief = object_field(run, "agent_brief");
        const std::string who = brief.empty() ? text_field(run, "kind") : text_field(brief, "name");
        table.add({text_field(run, "id"), std::string(static_cast<std::size_t>(depth - top) * 2, '.') + who,
                   text_field(run, "state"), text_field(run, "model"), took_text(run)});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

Answer<ExitCode> decide_run(Invocation& invocation, const DecideOptions& options) {
    json::object body{{"answer", options.answer}, {"idempotency_key", invocation.server().new_key()}};
    if (options.step > 0) body["step"] = options.step;
    BOT_TRY(step,
            invocation.server().call(
                {.method = "POST", .path = run_path(options.run) + ":decide", .body = std::move(body)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(step);
    } else {
        out.line("Answered: " + safe_line(text_field(object_field(step, "asked"), "question")));
    }
    return ExitCode::Ok;
}

Answer<ExitCode> resume_run(Invocation& invocation, const RunOptions& options) {
    BOT_TRY(run, invocation.server().call(
                     {.method = "POST",
                      .path = run_path(options.run) + ":resume",
                      .body = json::object{{"idempotency_key", invocation.server().new_key()}}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(run);
    } else {
        const auto id = safe_line(text_field(run, "id"));
        out.line("Resumed " + id + "; `boternity run tail " + id + "` follows it.");
    }
    return ExitCode::Ok;
}

Answer<ExitCode> replay_run(Invocation& invocation, const RunOptions& options) {
    BOT_TRY(replay,
            invocation.server().call(
                {.method = "POST", .path = run_path(options.run) + ":replay", .body = json::object{}}));
    auto& out = invocation.out();
    const bool same = true_field(replay, "identical");
    if (out.json()) {
        out.json_document(replay);
    } else if (same) {
        out.line(fmt::format("The same: {} steps.", number_field(replay, "steps")));
    } else {
        const auto& difference = object_field(replay, "difference");
        out.line(fmt::format("Step {} differs in {}:", number_field(difference, "step"),
                             safe_line(text_field(difference, "what"))));
        out.line("  journaled: " + safe_line(text_field(difference, "journaled")));
        out.line("  replayed:  " + safe_line(text_field(difference, "replayed")));
    }
    return same ? ExitCode::Ok : ExitCode::Failed;
}

struct DiffOptions {
    std::string a;
    std::string b;
};

std::string joined(const json::array& words) {
    std::string text;
    for (const auto& word : words)
        if (word.is_string()) text += (text.empty() ? "" : ", ") + std::string(word.get_string());
    return text;
}

Answer<ExitCode> diff_runs(Invocation& invocation, const DiffOptions& options) {
    BOT_TRY(diff, invocation.server().call(
                      {.path = "/api/v1/runs:diff", .query = {{"a", options.a}, {"b", options.b}}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(diff);
        return ExitCode::Ok;
    }
    const auto differs = joined(array_field(diff, "differs_in"));
    out.line(differs.empty() ? std::string("They are the same.") : "They differ in " + differs + ".");
    for (const auto& entry : array_field(diff, "steps")) {
        if (!entry.is_object()) continue;
        const auto& step = entry.get_object();
        const auto& a = object_field(step, "a");
        const auto& b = object_field(step, "b");
        const auto in = joined(array_field(step, "differs_in"));
        if (in.empty() && !a.empty() && !b.empty()) continue;
        const std::string kind = text_field(a.empty() ? b : a, "kind");
        const std::string where = a.empty() ? "only in b" : b.empty() ? "only in a" : in;
        out.line(fmt::format("{}step {} {}: {}{}", out.bold(), number_field(step, "position"), kind, where,
                             out.reset()));
        const auto text = text_field(step, "text_diff");
        if (!text.empty()) out.write(safe_text(text));
    }
    return ExitCode::Ok;
}

}  // namespace

void add_run_steering(CLI::App& noun, Invocation& invocation) {
    const std::string id = "0197c1de-0000-7000-8000-000000000000";
    const auto add = [&](const std::string& name, const std::string& description, auto action) {
        auto options = std::make_shared<RunOptions>();
        auto* command = add_command(noun, name, description, {"boternity run " + name + " " + id});
        command->add_option("RUN", options->run, "Id")->required();
        on_call(command, invocation, options, action);
    };
    add("steps", "Shows what a run did, step by step", show_steps);
    add("tree", "Shows a run and all the agents below it", show_tree);
    add("replay", "Does an ended run again from its journal, calling nobody, and compares", replay_run);
    add("resume", "Goes on with a turn or a fork that has failed, behind its last done step", resume_run);

    auto diff = std::make_shared<DiffOptions>();
    auto* compare = add_command(noun, "diff", "Shows two runs side by side, step by step",
                                {"boternity run diff " + id + " 0197c1de-0000-7000-8000-000000000001"});
    compare->add_option("A", diff->a, "Id")->required();
    compare->add_option("B", diff->b, "Id of another")->required();
    on_call(compare, invocation, diff, diff_runs);

    auto decide = std::make_shared<DecideOptions>();
    auto* command = add_command(
        noun, "decide", "Answers what a run asks a person",
        {"boternity run decide " + id + " yes", "boternity run decide " + id + " \"call again\" --step 3"});
    command->add_option("RUN", decide->run, "Id")->required();
    command->add_option("ANSWER", decide->answer, "One of the options where there are some, else any text")
        ->required();
    command
        ->add_option("--step", decide->step,
                     "The position of the question; what it waits for now unless told")
        ->type_name("N");
    on_call(command, invocation, decide, decide_run);
}

}  // namespace boternity::cli
