#include "cli/bot_travel.hpp"

#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/packed_folder.hpp"
#include "cli/plain_file.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct ExportOptions {
    std::string bot;
    std::string file;
    bool sessions = false;
    bool force = false;
};

Answer<ExitCode> export_bot(Invocation& invocation, const ExportOptions& options) {
    BOT_TRY(file, invocation.server().download({.path = "/api/v1/bots/" + segment(options.bot) + ":export",
                                                .query = {{"sessions", options.sessions ? "true" : ""}}}));
    return save_download(invocation, file, options.file, options.force, "bot.zip");
}

struct ImportOptions {
    std::string path;
    std::string slug;
    std::string on_conflict;
    bool preview = false;
};

std::string_view done_word(const json::object& report) {
    const bool preview = true_field(report, "preview");
    const std::string outcome = text_field(report, "outcome");
    if (outcome == "skipped") return preview ? "Would change nothing at" : "Changed nothing at";
    if (outcome == "replaced") return preview ? "Would add to" : "Added to";
    return preview ? "Would make" : "Made";
}

void show_report(Output& out, const json::object& report) {
    const auto count = [&](std::string_view field, std::string_view one) {
        const auto number = number_field(report, field);
        return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
    };
    out.line(fmt::format("{} {}{}{}: {}, {}, {}", done_word(report), out.bold(),
                         safe_line(text_field(object_field(report, "bot"), "slug")), out.reset(),
                         count("souls", "soul version"), count("sessions", "session"),
                         count("messages", "message")));
    Table table({{.title = "PART", .fit = Fit::Shrinks},
                 {.title = "TAKEN"},
                 {.title = "WHERE TO, OR WHY NOT", .fit = Fit::Shrinks}});
    for (const auto& value : array_field(report, "items")) {
        if (!value.is_object()) continue;
        const auto& item = value.get_object();
        const std::string place = text_field(item, "place");
        const std::string note = text_field(item, "note");
        table.add({text_field(item, "part"), true_field(item, "taken") ? "yes" : "no",
                   place + (place.empty() || note.empty() ? "" : "; ") + note});
    }
    if (!table.empty()) out.write(table.text(out.width(), out.dim(), out.reset()));
}

Answer<ExitCode> import_bot(Invocation& invocation, const ImportOptions& options) {
    BOT_TRY(bytes, archive_at(options.path));
    BOT_TRY(report, invocation.server().call(
                        {.method = "POST",
                         .path = "/api/v1/bots:import",
                         .query = {{"preview", options.preview ? "true" : ""},
                                   {"on_conflict", options.on_conflict},
                                   {"slug", options.slug},
                                   {"idempotency_key", options.preview ? "" : invocation.server().new_key()}},
                         .raw = RawBody{.type = "application/octet-stream", .bytes = std::move(bytes)}}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(report);
    } else {
        show_report(out, report);
        if (options.preview) out.note("Nothing was changed; without --preview it is done.");
    }
    return ExitCode::Ok;
}

}  // namespace

void add_bot_travel(CLI::App& noun, Invocation& invocation) {
    auto out = std::make_shared<ExportOptions>();
    auto* export_verb =
        add_command(noun, "export", "Packs a bot into one archive, without any secret",
                    {"boternity bot export ada", "boternity bot export ada --sessions -o ada.zip"});
    export_verb->add_option("BOT", out->bot, "Slug or id")->required();
    export_verb
        ->add_option("-o,--output", out->file, "Where to; SLUG.bot.zip without it; `-` writes to stdout")
        ->type_name("FILE");
    export_verb->add_flag("--sessions", out->sessions, "Its conversations travel along");
    export_verb->add_flag("--force", out->force, "Write over a file that is there");
    on_call(export_verb, invocation, out, export_bot);

    auto in = std::make_shared<ImportOptions>();
    auto* import_verb = add_command(
        noun, "import", "Makes a bot from an archive or a folder, also from an OpenClaw workspace",
        {"boternity bot import ada.zip --preview", "boternity bot import ada.zip --on-conflict rename",
         "boternity bot import ~/.openclaw/workspace --as molty"});
    import_verb->add_option("PATH", in->path, "A zip, tar or tar.gz, or a folder that is packed into one")
        ->required();
    import_verb->add_option("--as", in->slug, "The slug to arrive under; the archive's own without it")
        ->type_name("SLUG");
    one_of(invocation,
           import_verb->add_option("--on-conflict", in->on_conflict,
                                   "What to do when the slug is taken; fail without it"),
           {"fail", "rename", "replace", "skip"});
    import_verb->add_flag("--preview", in->preview, "Say what would be done, and do nothing");
    on_call(import_verb, invocation, in, import_bot);
}

}  // namespace boternity::cli
