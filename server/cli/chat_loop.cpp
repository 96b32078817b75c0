#include "cli/chat_loop.hpp"

#include "cli/attachment.hpp"
#include "cli/chat_turn.hpp"
#include "cli/json_fields.hpp"
#include "cli/message_view.hpp"
#include "cli/pages.hpp"
#include "cli/safe_text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace boternity::cli {
namespace {

/// A longer session is not read whole only for arrow-up.
constexpr std::int64_t kRecalledMessages = 200;

constexpr std::string_view kHelp = R"(/new       begins a new session
/history   shows this session's messages
/attach F  sends the file F along with what is said next
/help      shows this
/quit      leaves, as do Ctrl-D and Ctrl-C at an empty prompt
Ctrl-C cancels an answer that is being given. A line that ends in \ goes on in the next one. A leading blank sends a
line that begins with /.
)";

/// Where the prompt appears: stdout unless that is redirected.
std::FILE* prompt_file(const Platform& platform) {
    return isatty(fileno(platform.out)) == 1 ? platform.out : platform.err;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

ChatLoop::ChatLoop(Invocation& invocation, Bot bot, std::string session)
    : invocation_(invocation),
      bot_(std::move(bot)),
      session_(std::move(session)),
      editor_(invocation.platform().in, prompt_file(invocation.platform())) {}

Answer<ExitCode> ChatLoop::run() {
    greet();
    recall();
    std::string text;
    while (true) {
        const auto outcome = read(text);
        if (outcome == LineEditor::Outcome::Interrupted) return ExitCode::Interrupted;
        if (outcome == LineEditor::Outcome::End) {
            invocation_.out().write("\n");
            return ExitCode::Ok;
        }
        if (is_blank(text)) continue;
        editor_.remember(text);
        if (text.starts_with('/')) {
            if (obey(trimmed(text)) == Next::Leave) return ExitCode::Ok;
        } else {
            say(text);
        }
        if (invocation_.out().broken()) return ExitCode::Failed;
    }
}

void ChatLoop::greet() {
    auto& out = invocation_.out();
    out.note(fmt::format("{} with {}; /help shows what can be typed", bot_.slug, bot_.model));
    // A bot that was never started starts with its first message.
    if (bot_.state == "running" || bot_.state == "created") return;
    out.note(fmt::format("{} is {} and does not answer; `boternity bot start {}` lets it", bot_.slug,
                         bot_.state, bot_.slug));
}

void ChatLoop::recall() {
    const std::string path = "/api/v1/sessions/" + segment(session_);
    const auto session = invocation_.server().call({.path = path});
    if (!session || number_field(*session, "message_count") > kRecalledMessages) return;
    const auto status = for_each_item(invocation_.server(), {.path = path + "/messages"}, "messages",
                                      [&](const auto& message) {
                                          if (text_field(message, "role") == "user")
                                              editor_.remember(text_field(message, "text"));
                                          return true;
                                      });
    if (!status)
        invocation_.out().note("(what was said before cannot be read: " + status.error().message + ")");
}

LineEditor::Outcome ChatLoop::read(std::string& text) {
    text.clear();
    std::string line;
    while (true) {
        const auto outcome = editor_.read(text.empty() ? "you> " : "...> ", line);
        if (outcome == LineEditor::Outcome::Interrupted && !text.empty()) {
            text.clear();  // gives the lines before up, too
            continue;
        }
        if (outcome != LineEditor::Outcome::Line) return outcome;
        text += line;
        if (!text.ends_with('\\')) return outcome;
        text.back() = '\n';
    }
}

ChatLoop::Next ChatLoop::obey(std::string_view command) {
    if (command == "/quit" || command == "/exit") return Next::Leave;
    if (command == "/new") {
        start_over();
    } else if (command == "/history") {
        show_history();
    } else if (command == "/attach" || command.starts_with("/attach ")) {
        attach(trimmed(command.substr(std::min(command.size(), std::size_t{8}))));
    } else if (command == "/help") {
        invocation_.out().write(kHelp);
        invocation_.out().flush();
    } else {
        invocation_.out().note(
            fmt::format("There is no {}; /help shows what there is. Nothing was sent.", command));
    }
    return Next::GoOn;
}

void ChatLoop::attach(std::string_view path) {
    while (path.starts_with(' ')) path.remove_prefix(1);
    auto& out = invocation_.out();
    if (path.empty()) return out.note("Say which: /attach FILE");
    auto given = upload_attachment(invocation_, std::string(path), "/attach");
    if (!given) return out.failure(given.error());
    attachments_.push_back(text_field(*given, "id"));
    out.note(fmt::format("({} goes along with what is said next)", safe_line(text_field(*given, "name"))));
}

void ChatLoop::start_over() {
    auto made = new_session(invocation_, bot_.id);
    if (!made) return invocation_.out().failure(made.error());
    session_ = std::move(*made);
    invocation_.out().note("(a new session)");
}

void ChatLoop::show_history() {
    auto& out = invocation_.out();
    const auto status =
        for_each_item(invocation_.server(), {.path = "/api/v1/sessions/" + segment(session_) + "/messages"},
                      "messages", [&](const auto& message) {
                          show_message(out, message);
                          return !out.broken();
                      });
    if (!status) out.failure(status.error());
    out.flush();
}

void ChatLoop::say(std::string text) {
    auto& out = invocation_.out();
    const auto answer = chat_turn(invocation_, session_,
                                  {.text = std::move(text), .attachments = std::exchange(attachments_, {})},
                                  fmt::format("{}{}>{} ", out.cyan(), safe_line(bot_.slug), out.reset()));
    // A turn that was cancelled on purpose is no error here.
    if (!answer && answer.error().exit != ExitCode::Interrupted) out.failure(answer.error());
}

}  // namespace boternity::cli
