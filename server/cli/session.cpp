#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/message_view.hpp"
#include "cli/pages.hpp"
#include "cli/safe_text.hpp"
#include "cli/table.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct ListOptions {
    std::string bot;
    int limit = 100;
};

Answer<ExitCode> list_sessions(Invocation& invocation, const ListOptions& options) {
    auto& out = invocation.out();
    const auto now = invocation.platform().clock.now();
    Table table({{.title = "SESSION"},
                 {.title = "TITLE", .fit = Fit::Shrinks},
                 {.title = "MESSAGES", .align = Align::Right},
                 {.title = "USED"}});
    const auto add = [&](const json::object& session) {
        const auto used = parse_time(text_field(session, "updated_at"));
        table.add({text_field(session, "id"), text_field(session, "title"),
                   std::to_string(number_field(session, "message_count")),
                   used ? relative_time(*used, now) : std::string()});
    };
    BOT_CHECK(show_list(invocation, {.path = "/api/v1/bots/" + segment(options.bot) + "/sessions"},
                        "sessions", options.limit, add));
    if (out.json()) return ExitCode::Ok;
    if (table.empty()) {
        out.note(fmt::format("No sessions yet. Begin one with `boternity chat {}`", options.bot));
    } else {
        out.write(table.text(out.width(), out.dim(), out.reset()));
    }
    return ExitCode::Ok;
}

struct CreateOptions {
    std::string bot;
    std::string title;
};

Answer<ExitCode> create_session(Invocation& invocation, const CreateOptions& options) {
    json::object body{{"title", options.title}, {"idempotency_key", invocation.server().new_key()}};
    BOT_TRY(session, invocation.server().call({.method = "POST",
                                               .path = "/api/v1/bots/" + segment(options.bot) + "/sessions",
                                               .body = std::move(body)}));
    auto& out = invocation.out();
    if (out.json()) {
        out.json_document(session);
    } else {
        out.line(safe_line(text_field(session, "id")));
    }
    return ExitCode::Ok;
}

struct ShowOptions {
    std::string session;
    int limit = 0;
};

Answer<ExitCode> show_session(Invocation& invocation, const ShowOptions& options) {
    auto& out = invocation.out();
    const std::string path = "/api/v1/sessions/" + segment(options.session);
    BOT_TRY(session, invocation.server().call({.path = path}));
    if (out.json()) {
        // One document: the session with its messages in it.
        session["messages"] = json::array();
        auto& messages = session["messages"].get_array();
        BOT_CHECK(for_each_item(
            invocation.server(), {.path = path + "/messages"}, "messages", [&](const auto& message) {
                messages.push_back(message);
                return options.limit == 0 || messages.size() < static_cast<std::size_t>(options.limit);
            }));
        out.json_document(session);
        return ExitCode::Ok;
    }
    Details details;
    const auto created = parse_time(text_field(session, "created_at"));
    details.add("Title", text_field(session, "title"));
    details.add("Session", text_field(session, "id"));
    details.add("Messages", std::to_string(number_field(session, "message_count")));
    details.add("Created", created ? local_time(*created) : std::string());
    out.write(details.text(out.dim(), out.reset()));
    BOT_CHECK(show_list(invocation, {.path = path + "/messages"}, "messages", options.limit,
                        [&](const json::object& message) {
                            out.write("\n");
                            show_message(out, message);
                        }));
    return ExitCode::Ok;
}

}  // namespace

void show_message(Output& out, const json::object& message) {
    const auto at = parse_time(text_field(message, "created_at"));
    const bool partial = text_field(message, "state") == "partial";
    out.line(fmt::format("{}{}{}{}{}{}", out.bold(), safe_line(text_field(message, "role")), out.reset(),
                         out.dim(), at ? "  " + local_time(*at) : std::string(),
                         partial ? "  (cut short)" : "") +
             std::string(out.reset()));
    for (const auto& value : array_field(message, "attachments")) {
        if (!value.is_object()) continue;
        const auto& file = value.get_object();
        out.line(fmt::format("{}[{} {}]{}", out.dim(), safe_line(text_field(file, "name")),
                             safe_line(text_field(file, "id")), out.reset()));
    }
    const std::string text = safe_text(text_field(message, "text"));
    out.write(text);
    if (!text.ends_with('\n')) out.write("\n");
}

void add_session_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "session", "Lists, makes and shows conversations");

    auto list = std::make_shared<ListOptions>();
    auto* list_command = add_command(*noun, "list", "Lists a bot's sessions, the one used last first",
                                     {"boternity session list ada"});
    list_command->add_option("BOT", list->bot, "Slug or id")->required();
    add_limit(list_command, list->limit);
    on_call(list_command, invocation, list, list_sessions);

    auto create = std::make_shared<CreateOptions>();
    auto* create_command = add_command(*noun, "create", "Makes a session and prints its id",
                                       {"boternity session create ada --title 'Holiday plans'"});
    create_command->add_option("BOT", create->bot, "Slug or id")->required();
    create_command->add_option("--title", create->title, "The first message's beginning without it")
        ->type_name("TEXT");
    on_call(create_command, invocation, create, create_session);

    auto show = std::make_shared<ShowOptions>();
    auto* show_command = add_command(*noun, "show", "Shows a session and its messages, oldest first",
                                     {"boternity session show 0197c1de-0000-7000-8000-000000000000"});
    show_command->add_option("SESSION", show->session, "Id")->required();
    add_limit(show_command, show->limit);
    on_call(show_command, invocation, show, show_session);
}

}  // namespace boternity::cli
