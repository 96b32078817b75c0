#include "cli/attachment.hpp"
#include "cli/chat_loop.hpp"
#include "cli/chat_turn.hpp"
#include "cli/commands.hpp"
#include "cli/input.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct ChatOptions {
    std::string bot;
    std::vector<std::string> words;
    std::vector<std::string> files;
    std::string session;
    bool fresh = false;
};

/// The session to go on with: the one named, the bot's last one, or a new one.
Answer<std::string> session_for(Invocation& invocation, const ChatOptions& options) {
    if (!options.session.empty()) return options.session;
    if (!options.fresh) {
        BOT_TRY(last, invocation.server().call({.path = "/api/v1/bots/" + segment(options.bot) + "/sessions",
                                                .query = {{"page_size", "1"}}}));
        const auto& sessions = array_field(last, "sessions");
        if (!sessions.empty() && sessions.front().is_object()) {
            return text_field(sessions.front().get_object(), "id");
        }
    }
    return new_session(invocation, options.bot);
}

/// One turn, then the end.
Answer<ExitCode> say_once(Invocation& invocation, const ChatOptions& options, std::string text) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        return usage_error("There is nothing to say.");
    BOT_TRY(files, upload_attachments(invocation, options.files));
    BOT_TRY(session, session_for(invocation, options));
    return chat_turn(invocation, session, {.text = std::move(text), .attachments = std::move(files)}, "");
}

Answer<ExitCode> chat(Invocation& invocation, const ChatOptions& options) {
    if (options.words == std::vector<std::string>{"-"} ||
        (options.words.empty() && !stdin_is_terminal(invocation))) {
        BOT_TRY(text, read_input(invocation, "-"));
        while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
        return say_once(invocation, options, text);
    }
    if (!options.words.empty()) {
        return say_once(invocation, options, fmt::format("{}", fmt::join(options.words, " ")));
    }
    if (invocation.out().json()) {
        return usage_error("A conversation on the terminal is for people; with --json give a text.",
                           "--json");
    }
    if (!options.files.empty())
        return usage_error("A file is sent with a text; in a conversation, type /attach FILE.", "--attach");
    BOT_TRY(bot, invocation.server().call({.path = "/api/v1/bots/" + segment(options.bot)}));
    BOT_TRY(session, session_for(invocation, options));
    return ChatLoop(invocation,
                    {.id = text_field(bot, "id"),
                     .slug = text_field(bot, "slug"),
                     .state = text_field(bot, "state"),
                     .model = text_field(bot, "model")},
                    session)
        .run();
}

}  // namespace

void add_chat_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<ChatOptions>();
    auto* command =
        add_command(app, "chat", "Talks with a bot; without a text, as a conversation on the terminal",
                    {"boternity chat ada", "boternity chat ada 'What is a monad?'",
                     "echo hi | boternity chat ada", "boternity chat ada --attach photo.jpg 'What is this?'",
                     "boternity chat ada --new --json 'Hello' | jq -r '.delta.text // empty'"});
    command->add_option("BOT", options->bot, "Slug or id")->required();
    command->add_option("TEXT", options->words, "What to say; `-` reads stdin");
    command->add_option("--attach", options->files, "Send this file along; may be given up to ten times")
        ->type_name("FILE")
        ->allow_extra_args(false);
    auto* session =
        command->add_option("--session", options->session, "Go on with this session, not the last one");
    session->type_name("SESSION");
    command->add_flag("--new", options->fresh, "Begin a new session")->excludes(session);
    on_call(command, invocation, options, chat);
}

}  // namespace boternity::cli
