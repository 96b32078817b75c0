#include "cli/commands.hpp"
#include "cli/interrupts.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"
#include "cli/stream_follower.hpp"
#include "cli/when.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::cli {
namespace {

namespace json = boost::json;

const std::vector<std::string> kKinds{
    "bot_created", "bot_changed",    "bot_state_changed", "soul_version_made", "session_created",
    "run_queued",  "step_moved",     "decision_asked",    "decision_made",     "run_resumed",
    "run_ended",   "provider_added", "provider_changed",  "provider_removed"};

struct TailOptions {
    std::string bot;
    std::string session;
    std::string run;
    std::string root;
    std::vector<std::string> kinds;
    std::string after;
};

/// The member of the event that says what happened: everything else stands in known fields.
const json::key_value_pair* what_of(const json::object& event) {
    constexpr std::array<std::string_view, 6> kAround{"id", "at", "bot", "session", "run", "root"};
    for (const auto& member : event) {
        if (std::ranges::find(kAround, std::string_view(member.key())) == kAround.end()) return &member;
    }
    return nullptr;
}

/// "position 3, kind tool_call": what an event says, for a line of text.
std::string said(const json::object& what) {
    std::string text;
    for (const auto& member : what) {
        const bool number = member.value().is_int64();
        const std::string value = number                       ? std::to_string(member.value().as_int64())
                                  : member.value().is_string() ? std::string(member.value().get_string())
                                                               : std::string();
        if (value.empty()) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", std::string_view(member.key()), value);
    }
    return text;
}

void show(Output& out, const json::object& event) {
    if (out.json()) {
        out.json_document(event);
        out.flush();
        return;
    }
    const auto* what = what_of(event);
    if (what == nullptr) return;
    const std::string_view kind = what->key();
    if (kind == "opened" || kind == "passed") return;
    const auto at = parse_time(text_field(event, "at"));
    std::string about;
    for (const std::string_view name : {"run", "session", "bot"}) {
        if (const auto id = text_field(event, name); about.empty() && !id.empty())
            about = fmt::format("{} {}", name, id);
    }
    const auto words = what->value().is_object() ? said(what->value().get_object()) : std::string();
    out.line(fmt::format("{}{:19}{}  {:17}  {}{}{}", out.dim(), at ? local_time(*at) : "", out.reset(), kind,
                         safe_line(about), words.empty() ? "" : "  ", safe_line(words)));
    out.flush();
}

Answer<ExitCode> tail_events(Invocation& invocation, const TailOptions& options) {
    auto& server = invocation.server();
    auto& out = invocation.out();
    std::string place = options.after;
    const auto next_request = [&options, &place]() -> Request {
        Request request{.path = "/api/v1/events",
                        .query = {{"bot", options.bot},
                                  {"session", options.session},
                                  {"run", options.run},
                                  {"root", options.root},
                                  {"after", place}}};
        for (const auto& kind : options.kinds) request.query.emplace_back("kinds", kind);
        return request;
    };
    const auto take = [&](const json::object& event) -> Answer<StreamFollower::Taken> {
        // After a break the stream begins where it stopped; that it does is no news.
        const bool again = event.contains("opened") && !place.empty();
        place = text_field(event, "id");
        if (!again) show(out, event);
        if (out.broken()) return interrupted();
        return StreamFollower::Taken::New;
    };
    StreamFollower follower(server, [&] { out.note("(the connection broke; connecting again)"); });
    std::stop_source stop;
    const Interrupts interrupts(server.io(), [&] { stop.request_stop(); });
    const auto followed = server.run(follower.follow(next_request, take, stop.get_token()));
    if (!followed) return std::unexpected(followed.error());
    return ExitCode::Ok;
}

}  // namespace

void add_event_commands(CLI::App& app, Invocation& invocation) {
    auto* noun = add_noun(app, "event", "Follows what happens on the server");
    auto options = std::make_shared<TailOptions>();
    auto* tail = add_command(*noun, "tail", "Shows events as they happen, until it is interrupted",
                             {"boternity event tail --bot ada --kind run_ended --kind decision_asked",
                              "boternity event tail --after 0 --json"});
    tail->add_option("--bot", options->bot, "Only of this bot")->type_name("BOT");
    tail->add_option("--session", options->session, "Only of this session")->type_name("SESSION");
    tail->add_option("--run", options->run, "Only of this run")->type_name("RUN");
    tail->add_option("--root", options->root, "Only of the whole tree that this run belongs to")
        ->type_name("RUN");
    one_of(invocation, tail->add_option("--kind", options->kinds, "Only of this kind; may be given again"),
           kKinds);
    tail->add_option("--after", options->after,
                     "Begin behind the event with this id; 0 for all that are kept")
        ->type_name("ID");
    on_call(tail, invocation, options, tail_events);
}

}  // namespace boternity::cli
