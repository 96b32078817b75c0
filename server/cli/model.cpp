#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/json_fields.hpp"
#include "cli/model_files.hpp"
#include "cli/pages.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct NoOptions {};

std::string abilities(const json::object& model) {
    std::string out;
    for (const auto* ability : {"streaming", "tools", "images", "json_schema", "embeddings"}) {
        if (true_field(model, ability)) out += (out.empty() ? "" : ", ") + std::string(ability);
    }
    return out;
}

Answer<ExitCode> list_models(Invocation& invocation, const NoOptions&) {
    auto& out = invocation.out();
    Table table({{.title = "MODEL"},
                 {.title = "WINDOW", .align = Align::Right},
                 {.title = "LONGEST ANSWER", .align = Align::Right},
                 {.title = "CAN", .fit = Fit::Shrinks},
                 {.title = ""}});
    BOT_CHECK(show_list(invocation, {.path = "/api/v1/models"}, "models", 0, [&](const json::object& model) {
        table.add({text_field(model, "name"), std::to_string(number_field(model, "window_tokens")),
                   std::to_string(number_field(model, "max_output_tokens")), abilities(model),
                   true_field(model, "is_default") ? "default" : ""});
    }));
    if (!out.json()) out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

struct InfoOptions {
    std::string model;
};

std::string megabytes(const json::object& model, std::string_view field) {
    // 64 bits are a text in the contract's JSON.
    return fmt::format("{:.0f} MB", std::strtod(text_field(model, field).c_str(), nullptr) / 1e6);
}

constexpr std::string_view kLocal = "local/";

std::string_view without_provider(std::string_view model) {
    return model.starts_with(kLocal) ? model.substr(kLocal.size()) : model;
}

Answer<ExitCode> show_model(Invocation& invocation, const InfoOptions& options) {
    BOT_TRY(model, invocation.server().call(
                       {.path = "/api/v1/local-models/" + segment(without_provider(options.model))}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(model);
        return ExitCode::Ok;
    }
    Details details;
    details.add("Name", fmt::format("{}{}", kLocal, text_field(model, "name")));
    details.add("Title", text_field(model, "title"));
    details.add("Architecture", text_field(model, "architecture"));
    details.add("License", text_field(model, "license"));
    details.add("Window", fmt::format("{} tokens, {} trained", number_field(model, "window_tokens"),
                                      number_field(model, "trained_window_tokens")));
    if (true_field(model, "embeddings"))
        details.add("Can", "turn texts into vectors");
    else
        details.add("Chat template",
                    true_field(model, "has_chat_template") ? "its own" : "none, ChatML is used");
    details.add("Loaded", true_field(model, "loaded") ? "yes" : "no");
    details.add("Memory", megabytes(model, "memory_bytes"));
    details.add("All local models", fmt::format("{} of {}", megabytes(model, "memory_used_bytes"),
                                                megabytes(model, "memory_limit_bytes")));
    details.add("Threads", std::to_string(number_field(model, "threads")));
    details.add("File", text_field(model, "path"));
    details.add("Size", megabytes(model, "file_bytes"));
    details.add("SHA-256", text_field(model, "sha256"));
    if (const auto source = text_field(model, "source"); !source.empty()) {
        details.add("From", source);
        details.add("Added", text_field(model, "added_at"));
    }
    out.write(details.text(out.dim(), out.reset()));
    return ExitCode::Ok;
}

Answer<ExitCode> bench_model(Invocation& invocation, const InfoOptions& options) {
    auto& out = invocation.out();
    if (!out.json()) out.note("Measuring: two short answers.");
    BOT_TRY(speed, invocation.server().call({.method = "POST",
                                             .path = fmt::format("/api/v1/local-models/{}:bench",
                                                                 segment(without_provider(options.model))),
                                             .body = json::object{}}));
    if (out.json()) {
        out.json_document(speed);
        return ExitCode::Ok;
    }
    Details details;
    details.add("Model", text_field(speed, "model"));
    details.add("Reads",
                fmt::format("{:.0f} tokens a second, {} tokens", real_field(speed, "input_tokens_a_second"),
                            number_field(speed, "input_tokens")));
    details.add("Writes",
                fmt::format("{:.1f} tokens a second, {} tokens", real_field(speed, "output_tokens_a_second"),
                            number_field(speed, "output_tokens")));
    details.add("First word after", fmt::format("{:.2f} s", real_field(speed, "first_token_seconds")));
    out.write(details.text(out.dim(), out.reset()));
    return ExitCode::Ok;
}

struct EmbedOptions {
    std::vector<std::string> texts;
    std::string model;
};

// What the API takes at once.
constexpr std::size_t kTextsInOneCall = 256;

/// The texts as they are given; those of stdin, one a line, in the place of a "-". Empty lines are none.
Answer<std::vector<std::string>> texts_of(const Invocation& invocation, const EmbedOptions& options) {
    std::vector<std::string> texts;
    for (const auto& given : options.texts) {
        if (given != "-") {
            texts.push_back(given);
            continue;
        }
        BOT_TRY(lines, read_input(invocation, "-"));
        for (std::size_t at = 0; at < lines.size();) {
            const auto end = std::min(lines.find('\n', at), lines.size());
            std::string line = lines.substr(at, end - at);
            if (line.ends_with('\r')) line.pop_back();
            if (!line.empty()) texts.push_back(std::move(line));
            at = end + 1;
        }
    }
    return texts;
}

/// Its beginning, as people look at it.
std::string shown_vector(const json::object& embedding) {
    constexpr std::size_t kShown = 4;
    std::string out;
    const auto& vector = array_field(embedding, "vector");
    for (std::size_t i = 0; i < std::min(kShown, vector.size()); ++i) {
        boost::system::error_code error;
        const auto number = vector[i].to_number<double>(error);
        out += fmt::format("{}{:.4f}", i == 0 ? "" : ", ", error ? 0 : number);
    }
    return vector.size() > kShown ? out + ", ..." : out;
}

/// All of them, in calls of as many as one takes.
Answer<json::object> embed_all(Invocation& invocation, const std::vector<std::string>& texts,
                               const std::string& model) {
    auto& out = invocation.out();
    json::object all;
    json::array embeddings;
    // Also without any text: the server says what is wrong.
    for (std::size_t at = 0; at == 0 || at < texts.size(); at += kTextsInOneCall) {
        if (texts.size() > kTextsInOneCall) out.progress(fmt::format("{} of {} texts", at, texts.size()));
        json::array some;
        for (std::size_t i = at; i < std::min(at + kTextsInOneCall, texts.size()); ++i)
            some.emplace_back(texts[i]);
        auto answer =
            invocation.server().call({.method = "POST",
                                      .path = "/api/v1/embeddings",
                                      .body = json::object{{"model", model}, {"texts", std::move(some)}}});
        if (!answer) out.progress({});
        BOT_TRY(made, std::move(answer));
        for (const auto& each : array_field(made, "embeddings")) embeddings.push_back(each);
        all = std::move(made);
    }
    out.progress({});
    all["embeddings"] = std::move(embeddings);
    return all;
}

Answer<ExitCode> embed_texts(Invocation& invocation, const EmbedOptions& options) {
    BOT_TRY(texts, texts_of(invocation, options));
    BOT_TRY(all, embed_all(invocation, texts, options.model));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(all);
        return ExitCode::Ok;
    }
    Table table({{.title = "TEXT", .fit = Fit::Shrinks},
                 {.title = "TOKENS", .align = Align::Right},
                 {.title = fmt::format("{} NUMBERS", number_field(all, "dimension"))},
                 {.title = ""}});
    std::size_t at = 0;
    for (const auto& each : array_field(all, "embeddings")) {
        const auto* embedding = each.if_object();
        if (embedding == nullptr || at == texts.size()) break;
        table.add({texts[at++], std::to_string(number_field(*embedding, "tokens")), shown_vector(*embedding),
                   true_field(*embedding, "truncated") ? "cut" : ""});
    }
    out.write(table.text(out.width(), out.dim(), out.reset()));
    return ExitCode::Ok;
}

}  // namespace

void add_model_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "model", "Lists, adds and measures the models that bots can have");
    on_call(
        add_command(*noun, "list", "Lists models by the name that --model takes", {"boternity model list"}),
        invocation, std::make_shared<NoOptions>(), list_models);

    auto info = std::make_shared<InfoOptions>();
    auto* info_verb =
        add_command(*noun, "info", "Shows what a local model is and what it takes",
                    {"boternity model info local/smollm2-135m", "boternity model info smollm2-135m --json"});
    info_verb->add_option("MODEL", info->model, "Its name, with or without local/")->required();
    on_call(info_verb, invocation, info, show_model);

    add_model_files(*noun, invocation);

    auto bench = std::make_shared<InfoOptions>();
    auto* bench_verb =
        add_command(*noun, "bench", "Measures how fast a local model reads and writes on this machine",
                    {"boternity model bench local/smollm2-135m"});
    bench_verb->add_option("MODEL", bench->model, "Its name, with or without local/")->required();
    on_call(bench_verb, invocation, bench, bench_model);

    auto embed = std::make_shared<EmbedOptions>();
    auto* embed_verb =
        add_command(*noun, "embed", "Turns texts into vectors; like meanings have like directions",
                    {"boternity model embed \"A cat sits.\" \"A kitten rests.\"",
                     "boternity model embed - --json < lines.txt"});
    embed_verb->add_option("TEXT", embed->texts, "Texts; - for the lines of standard input")->required();
    embed_verb->add_option("--model", embed->model, "A model that can embed [local/all-minilm-l6-v2]");
    on_call(embed_verb, invocation, embed, embed_texts);
}

}  // namespace boternity::cli
