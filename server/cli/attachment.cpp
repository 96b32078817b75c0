#include "cli/attachment.hpp"

#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/plain_file.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

// As much as the server takes.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

struct UploadOptions {
    std::vector<std::string> files;
};

struct OneOptions {
    std::string attachment;
    std::string file;
    bool force = false;
};

std::string path_of(const std::string& attachment) {
    return "/api/v1/attachments/" + segment(attachment);
}

void show(Output& out, const json::array& attachments) {
    Table table({{.title = "ATTACHMENT"},
                 {.title = "NAME", .fit = Fit::Shrinks},
                 {.title = "TYPE"},
                 {.title = "BYTES", .align = Align::Right}});
    for (const auto& value : attachments) {
        if (!value.is_object()) continue;
        const auto& one = value.get_object();
        table.add({text_field(one, "id"), text_field(one, "name"), text_field(one, "media_type"),
                   std::to_string(number_field(one, "size_bytes"))});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
}

Answer<ExitCode> upload(Invocation& invocation, const UploadOptions& options) {
    json::array given;
    for (const std::string& path : options.files) {
        BOT_TRY(one, upload_attachment(invocation, path, "FILE"));
        given.emplace_back(std::move(one));
    }
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(json::object{{"attachments", std::move(given)}});
    } else {
        show(out, given);
        out.note("A file that no message names is dropped after a day.");
    }
    return ExitCode::Ok;
}

Answer<ExitCode> show_one(Invocation& invocation, const OneOptions& options) {
    BOT_TRY(one, invocation.server().call({.path = path_of(options.attachment)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(one);
    } else {
        show(out, json::array{std::move(one)});
    }
    return ExitCode::Ok;
}

Answer<ExitCode> download(Invocation& invocation, const OneOptions& options) {
    BOT_TRY(file, invocation.server().download({.path = path_of(options.attachment) + ":download"}));
    return save_download(invocation, file, options.file, options.force, "attachment");
}

}  // namespace

Answer<json::object> upload_attachment(Invocation& invocation, const std::string& path,
                                       const std::string& option) {
    BOT_TRY(bytes, read_plain_file(path, kMostBytes, Links::Followed, option));
    auto& server = invocation.server();
    return server.call({.method = "POST",
                        .path = "/api/v1/attachments",
                        .query = {{"name", std::filesystem::path(path).filename().string()},
                                  {"idempotency_key", server.new_key()}},
                        .raw = RawBody{.type = "application/octet-stream", .bytes = std::move(bytes)}});
}

Answer<std::vector<std::string>> upload_attachments(Invocation& invocation,
                                                    const std::vector<std::string>& paths) {
    std::vector<std::string> ids;
    for (const std::string& path : paths) {
        BOT_TRY(one, upload_attachment(invocation, path, "--attach"));
        ids.push_back(text_field(one, "id"));
    }
    return ids;
}

void add_attachment_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "attachment", "Gives files to the server, and takes them back");
    auto up = std::make_shared<UploadOptions>();
    auto* upload_verb =
        add_command(*noun, "upload", "Gives files, which messages may then name; `chat --attach` does both",
                    {"boternity attachment upload photo.png notes.md",
                     "boternity attachment upload invoice.pdf --json | jq -r '.attachments[0].id'"});
    upload_verb
        ->add_option("FILE", up->files, "PNG, JPEG, GIF, WebP or PDF up to 16 MiB, or text up to 1 MiB")
        ->required();
    on_call(upload_verb, invocation, up, upload);

    auto shown = std::make_shared<OneOptions>();
    auto* show_verb = add_command(*noun, "show", "Shows what is known of a file",
                                  {"boternity attachment show 0197a1b2-0000-7000-8000-000000000001"});
    show_verb->add_option("ATTACHMENT", shown->attachment, "Its id")->required();
    on_call(show_verb, invocation, shown, show_one);

    auto down = std::make_shared<OneOptions>();
    auto* download_verb =
        add_command(*noun, "download", "Writes a file as it was given",
                    {"boternity attachment download 0197a1b2-0000-7000-8000-000000000001 -o photo.png"});
    download_verb->add_option("ATTACHMENT", down->attachment, "Its id")->required();
    download_verb
        ->add_option("-o,--output", down->file, "Where to; its own name without it; `-` writes to stdout")
        ->type_name("FILE");
    download_verb->add_flag("--force", down->force, "Write over a file that is there");
    on_call(download_verb, invocation, down, download);
}

}  // namespace boternity::cli
