#include "cli/run_fork.hpp"

#include "cli/json_fields.hpp"
#include "cli/run_view.hpp"
#include "cli/run_words.hpp"
#include "cli/safe_text.hpp"

#include <memory>
#include <string>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct ForkOptions {
    std::string run;
    int step = 0;
    int soul_version = 0;
    std::string model;
    std::string message;
    bool detach = false;
};

Answer<ExitCode> fork_run(Invocation& invocation, const ForkOptions& options) {
    json::object body{{"step", options.step}, {"idempotency_key", invocation.server().new_key()}};
    if (options.soul_version > 0) body["soul_version"] = options.soul_version;
    if (!options.model.empty()) body["model"] = options.model;
    if (!options.message.empty()) body["message"] = options.message;
    BOT_TRY(run, invocation.server().call(
                     {.method = "POST", .path = run_path(options.run) + ":fork", .body = std::move(body)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(run);
        return ExitCode::Ok;
    }
    const auto id = text_field(run, "id");
    if (options.detach) {
        out.line("Forked as " + safe_line(id) + "; `boternity run tail " + safe_line(id) + "` follows it.");
        return ExitCode::Ok;
    }
    out.note("Forked as " + safe_line(id));
    return follow_run(invocation, id, 0);
}

}  // namespace

void add_run_fork(CLI::App& noun, Invocation& invocation) {
    const std::string id = "0197c1de-0000-7000-8000-000000000000";
    auto options = std::make_shared<ForkOptions>();
    auto* command = add_command(
        noun, "fork",
        "Does a turn again from one of its steps on, beside the conversation, and follows it; with --json or "
        "--detach it only begins it",
        {"boternity run fork " + id, "boternity run fork " + id + " --step 3 --model openai/gpt-4o",
         "boternity run fork " + id + " --soul-version 2 --message \"Shorter, please.\" --detach"});
    command->add_option("RUN", options->run, "Id of a turn or a fork")->required();
    command
        ->add_option("--step", options->step, "Keep what was done up to this step; 0, the start, unless told")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--soul-version", options->soul_version, "Another version of the bot's soul")
        ->type_name("V")
        ->check(CLI::PositiveNumber);
    command->add_option("--model", options->model, "Another model")->type_name("MODEL");
    command->add_option("--message", options->message, "Another message; only from the start")
        ->type_name("TEXT");
    command->add_flag("--detach", options->detach, "Do not follow it");
    on_call(command, invocation, options, fork_run);
}

}  // namespace boternity::cli
