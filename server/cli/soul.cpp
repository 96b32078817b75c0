#include "cli/commands.hpp"
#include "cli/editor.hpp"
#include "cli/input.hpp"
#include "cli/json_fields.hpp"
#include "cli/pages.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

std::string souls_path(const std::string& bot) {
    return "/api/v1/bots/" + segment(bot) + "/souls";
}

/// One version with its text; 0 is the newest.
Answer<json::object> get_soul(Invocation& invocation, const std::string& bot, std::int64_t version) {
    if (version == 0) {
        BOT_TRY(found, invocation.server().call({.path = "/api/v1/bots/" + segment(bot)}));
        version = number_field(found, "soul_version");
    }
    return invocation.server().call({.path = souls_path(bot) + "/" + std::to_string(version)});
}

Answer<ExitCode> say_version(Invocation& invocation, const Answer<json::object>& soul,
                             std::string_view what) {
    if (!soul) return std::unexpected(soul.error());
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(*soul);
    } else {
        out.line(
            fmt::format("{} version {}{}{}", what, out.bold(), number_field(*soul, "version"), out.reset()));
    }
    return ExitCode::Ok;
}

struct SoulOptions {
    std::string bot;
    int version = 0;
    int to = 0;
    std::string file;
    std::string note;
    int limit = 0;
};

Answer<ExitCode> list_souls(Invocation& invocation, const SoulOptions& options) {
    auto& out = invocation.out();
    const auto now = invocation.platform().clock.now();
    Table table({{.title = "VERSION", .align = Align::Right},
                 {.title = "CREATED"},
                 {.title = "AUTHOR"},
                 {.title = "BYTES", .align = Align::Right},
                 {.title = "NOTE", .fit = Fit::Shrinks}});
    BOT_CHECK(show_list(
        invocation, {.path = souls_path(options.bot)}, "souls", options.limit, [&](const json::object& soul) {
            const auto created = parse_time(text_field(soul, "created_at"));
            std::string note = text_field(soul, "note");
            if (const auto restored = number_field(soul, "restores"); restored != 0) {
                note = fmt::format("(version {} again) {}", restored, note);
            }
            table.add({std::to_string(number_field(soul, "version")),
                       created ? relative_time(*created, now) : std::string(), text_field(soul, "author"),
                       std::to_string(number_field(soul, "size_bytes")), note});
        }));
    if (!out.json()) out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

Answer<ExitCode> show_soul(Invocation& invocation, const SoulOptions& options) {
    BOT_TRY(soul, get_soul(invocation, options.bot, options.version));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(soul);
        return ExitCode::Ok;
    }
    // A file or a pipe gets the very bytes, so that they can be set again; a terminal gets nothing that acts
    // on it.
    const std::string text = text_field(soul, "text");
    out.write(out.on_terminal() ? safe_text(text) : text);
    if (out.on_terminal() && !text.ends_with('\n')) out.write("\n");
    return ExitCode::Ok;
}

Answer<ExitCode> set_soul(Invocation& invocation, const SoulOptions& options) {
    BOT_TRY(text, read_input(invocation, options.file));
    json::object body{
        {"text", text}, {"note", options.note}, {"idempotency_key", invocation.server().new_key()}};
    return say_version(invocation,
                       invocation.server().call(
                           {.method = "POST", .path = souls_path(options.bot), .body = std::move(body)}),
                       "The soul is now");
}

Answer<ExitCode> edit_soul(Invocation& invocation, const SoulOptions& options) {
    if (!stdin_is_terminal(invocation)) {
        return usage_error("`soul edit` needs a terminal; `soul set BOT FILE` takes a file.");
    }
    BOT_TRY(soul, get_soul(invocation, options.bot, 0));
    const std::string before = text_field(soul, "text");
    BOT_TRY(draft, Draft::make("SOUL.md", before));
    BOT_CHECK(draft.edit(invocation.platform().env));
    BOT_TRY(after, read_input(invocation, draft.path()));
    if (after == before) {
        draft.remove();
        invocation.out().note("The soul was not changed.");
        return ExitCode::Ok;
    }
    json::object body{{"text", after},
                      {"note", options.note},
                      {"expected_version", number_field(soul, "version")},
                      {"idempotency_key", invocation.server().new_key()}};
    auto made = invocation.server().call(
        {.method = "POST", .path = souls_path(options.bot), .body = std::move(body)});
    if (!made) {
        invocation.out().note(fmt::format("Your text is kept in {}", draft.path()));
        return std::unexpected(std::move(made).error());
    }
    draft.remove();
    return say_version(invocation, made, "The soul is now");
}

void write_diff(Output& out, std::string_view diff) {
    while (!diff.empty()) {
        const auto end = diff.find('\n');
        const std::string_view line = diff.substr(0, end);
        std::string_view colour;
        if (line.starts_with("@@")) {
            colour = out.cyan();
        } else if (line.starts_with("+++") || line.starts_with("---")) {
            colour = out.bold();
        } else if (line.starts_with('+')) {
            colour = out.green();
        } else if (line.starts_with('-')) {
            colour = out.red();
        }
        out.line(fmt::format("{}{}{}", colour, safe_text(line), colour.empty() ? "" : out.reset()));
        diff = end == std::string_view::npos ? std::string_view() : diff.substr(end + 1);
    }
}

Answer<ExitCode> diff_souls(Invocation& invocation, const SoulOptions& options) {
    Request request{.path = souls_path(options.bot) + ":diff",
                    .query = {{"from", std::to_string(options.version)}, {"to", std::to_string(options.to)}}};
    BOT_TRY(answer, invocation.server().call(std::move(request)));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(answer);
        return ExitCode::Ok;
    }
    const std::string diff = text_field(answer, "diff");
    if (diff.empty()) out.note("The two versions have the same text.");
    write_diff(out, diff);
    return ExitCode::Ok;
}

Answer<ExitCode> roll_back(Invocation& invocation, const SoulOptions& options) {
    Request request{
        .method = "POST",
        .path = fmt::format("{}/{}:rollback", souls_path(options.bot), options.version),
        .body = json::object{{"note", options.note}, {"idempotency_key", invocation.server().new_key()}}};
    return say_version(invocation, invocation.server().call(std::move(request)), "The soul is now");
}

CLI::Option* add_version(CLI::App* command, const std::string& name, int& version,
                         const std::string& description) {
    return command->add_option(name, version, description)
        ->type_name("")
        ->check(CLI::PositiveNumber.description(""));
}

}  // namespace

void add_soul_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "soul", "Reads and changes a bot's SOUL.md, whose versions are all kept");
    const auto verb = [&](const std::string& name, const std::string& description,
                          const std::vector<std::string>& examples, auto action) {
        auto options = std::make_shared<SoulOptions>();
        auto* command = add_command(*noun, name, description, examples);
        command->add_option("BOT", options->bot, "Slug or id")->required();
        on_call(command, invocation, options, action);
        return std::pair(command, options);
    };
    const auto add_note = [](CLI::App* command, SoulOptions& options) {
        command->add_option("--note", options.note, "Why, in at most 500 characters")->type_name("TEXT");
    };

    const auto [list, list_options] =
        verb("list", "Lists versions, newest first", {"boternity soul list ada"}, list_souls);
    add_limit(list, list_options->limit);

    const auto [show, show_options] =
        verb("show", "Prints a version's text",
             {"boternity soul show ada", "boternity soul show ada 3 > SOUL.md"}, show_soul);
    add_version(show, "VERSION", show_options->version, "The newest when left out");

    const auto [set, set_options] = verb("set", "Makes a new version from a file",
                                         {"boternity soul set ada SOUL.md --note 'friendlier'",
                                          "sed s/Ada/Eve/ SOUL.md | boternity soul set ada -"},
                                         set_soul);
    set->add_option("FILE", set_options->file, "The text; `-` reads stdin")->required();
    add_note(set, *set_options);

    const auto [edit, edit_options] = verb("edit", "Edits the newest version with $VISUAL or $EDITOR",
                                           {"boternity soul edit ada"}, edit_soul);
    add_note(edit, *edit_options);

    const auto [diff, diff_options] =
        verb("diff", "Shows what changed between two versions",
             {"boternity soul diff ada 1", "boternity soul diff ada 1 3"}, diff_souls);
    add_version(diff, "FROM", diff_options->version, "The older version")->required();
    add_version(diff, "TO", diff_options->to, "The newest when left out");

    const auto [back, back_options] = verb("rollback", "Makes a new version with the text of an older one",
                                           {"boternity soul rollback ada 1 --note 'too chatty'"}, roll_back);
    add_version(back, "VERSION", back_options->version, "The version to restore")->required();
    add_note(back, *back_options);
}

}  // namespace boternity::cli
