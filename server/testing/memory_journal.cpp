#include "testing/memory_pages.hpp"
#include "testing/memory_state.hpp"

#include <algorithm>
#include <functional>

namespace boternity::testing {
namespace {

constexpr const char* kNoSession = "There is no such session; list the bot's sessions.";
constexpr const char* kNoRun = "There is no such run; list the runs.";

constexpr const char* kNoAttachment = "There is no attachment of that id.";

}  // namespace

Result<core::Receipt> MemoryState::insert(core::Attachment attachment, core::FileBytes bytes,
                                          core::Mutation mutation) {
    return once(mutation, {}, [&]() -> Result<std::string> {
        if (!attachments_.emplace(attachment.id, attachment).second)
            return fail(ErrorCode::AlreadyExists, "There is an attachment with this id.");
        files_.emplace(attachment.hash, bytes);
        return attachment.id.text();
    });
}

Result<core::Attachment> MemoryState::attachment(AttachmentId id) const {
    const auto found = attachments_.find(id);
    if (found == attachments_.end()) return fail(not_found(kNoAttachment));
    return found->second;
}

Result<core::FileBytes> MemoryState::content(const std::string& hash) const {
    const auto found = files_.find(hash);
    if (found == files_.end()) return fail(not_found("There is no file of that hash."));
    return found->second;
}

Result<core::Receipt> MemoryState::insert(core::Session session, core::Events events,
                                          core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        if (!living(session.bot)) return fail(not_found("There is no such bot; list the bots."));
        if (sessions_.contains(session.id)) {
            return fail(ErrorCode::AlreadyExists, "There is a session with this id.");
        }
        sessions_[session.id] = session;
        return session.id.text();
    });
}

Result<core::Session> MemoryState::session(SessionId id) const {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return fail(not_found(kNoSession));
    return found->second;
}

Result<Page<core::Session>> MemoryState::sessions(BotId bot, const PageRequest& page) const {
    std::vector<core::Session> items;
    for (const auto& [id, session] : sessions_) {
        if (session.bot == bot) items.push_back(session);
    }
    const auto key = [](const core::Session& session) {
        return PageKey{session.updated_at.micros, session.id.text()};
    };
    return page_of(std::move(items), page, key, std::greater<>{});
}

Result<Page<core::Message>> MemoryState::messages(SessionId session, const PageRequest& page) const {
    if (!sessions_.contains(session)) return fail(not_found(kNoSession));
    std::vector<core::Message> items;
    for (const auto& [place, message] : messages_) {
        if (place.first == session) items.push_back(message);
    }
    const auto key = [](const core::Message& message) { return PageKey{message.position, ""}; };
    return page_of(std::move(items), page, key, std::less<>{});
}

Result<core::Message> MemoryState::message(MessageId id) const {
    const auto place = places_.find(id);
    if (place == places_.end()) return fail(not_found("There is no such message."));
    return messages_.at(place->second);
}

core::Message MemoryState::add_message(core::Session& session, core::Message message) {
    message.position = ++session.message_count;
    session.updated_at = message.created_at;
    places_[message.id] = {session.id, message.position};
    messages_[{session.id, message.position}] = message;
    return message;
}

bool MemoryState::move_bot(const core::Bot& wanted) {
    if (!living(wanted.id)) return false;
    core::Bot& bot = bots_[wanted.id];
    // Only from the state it was read in, or from the one that every bot starts
    // in.
    if (bot.revision + 1 != wanted.revision && bot.state != core::BotState::Created) return false;
    bot.state = wanted.state;
    bot.updated_at = wanted.updated_at;
    ++bot.revision;
    return true;
}

Result<core::TurnBegun> MemoryState::begin(SessionId id, const core::DecideTurn& decide,
                                           core::ReadAhead read_ahead, core::Mutation mutation) {
    core::Events events;
    core::TurnBegun begun;
    BOT_TRY(receipt, once(mutation, events, [&]() -> Result<std::string> {
                const auto session = sessions_.find(id);
                const core::Bot* bot = session == sessions_.end() ? nullptr : living(session->second.bot);
                if (bot == nullptr) return fail(not_found(kNoSession));
                BOT_TRY(turn, decide({session->second, *bot}));
                BOT_TRY(added, add_turn(session->second, turn));
                events = turn.events;
                BOT_TRY(read, input(added.id, read_ahead.bytes));
                const auto whole = static_cast<std::size_t>(read.history_total);
                if (read.history_total <= read_ahead.messages && read.history.size() == whole) {
                    begun.input = std::move(read);
                }
                return added.id.text();
            }));
    begun.receipt = std::move(receipt);
    return begun;
}

Result<core::Run> MemoryState::add_turn(core::Session& session, core::TurnBegin& turn) {
    if (runs_.contains(turn.run.id) || places_.contains(turn.message.id)) {
        return fail(ErrorCode::AlreadyExists, "There is a run or message with this id.");
    }
    for (const core::Attachment& attachment : turn.message.attachments)
        if (!attachments_.contains(attachment.id)) return fail(not_found(kNoAttachment));
    if (turn.bot_update && !move_bot(*turn.bot_update)) {
        // An event exists exactly when its change does.
        std::erase_if(turn.events, [](const core::Event& event) {
            return std::holds_alternative<core::BotStateChanged>(event);
        });
    }
    if (session.title.empty()) session.title = turn.title;
    turn.run.input_position = add_message(session, turn.message).position;
    runs_[turn.run.id] = turn.run;
    owners_[turn.run.id] = owner_;
    steps_[{turn.run.id, turn.step.position}] = turn.step;
    return turn.run;
}

Result<core::RunInput> MemoryState::input(RunId id, std::size_t history_bytes) const {
    BOT_TRY(found, run(id));
    core::RunInput input;
    if (found.kind == core::RunKind::Agent) {
        input = core::input_of_agent(found);
    } else {
        BOT_TRY(written, soul(found.bot, found.soul_version));
        BOT_TRY(asked, message(found.input_message.value_or(MessageId{})));
        if (found.forked_from && !found.forked_from->message.empty()) asked.text = found.forked_from->message;
        input = {.run = found, .soul = written.text, .message = asked};
    }
    input.steps = steps(id).value();
    input.inbox = inbox(id).value();
    if (found.kind == core::RunKind::Agent) return input;
    std::vector<core::Message> before;
    for (const auto& [place, message] : messages_) {
        if (place.first == found.session && turn_of(message) < found.input_position)
            before.push_back(message);
    }
    input.history_total = static_cast<int>(before.size());
    std::size_t bytes = 0;
    for (auto message = before.rbegin(); message != before.rend(); ++message) {
        bytes += message->text.size();
        if (bytes > history_bytes) break;
        input.history.push_back(*message);
    }
    std::ranges::sort(input.history, {},
                      [this](const auto& message) { return std::pair(turn_of(message), message.position); });
    return input;
}

int MemoryState::turn_of(const core::Message& message) const {
    return runs_.at(message.run).input_position;
}

Result<core::Run> MemoryState::run(RunId id) const {
    const auto found = runs_.find(id);
    if (found == runs_.end()) return fail(not_found(kNoRun));
    return found->second;
}

Result<Page<core::Run>> MemoryState::runs(const core::RunFilter& filter, const PageRequest& page) const {
    std::vector<core::Run> items;
    for (const auto& [id, run] : runs_) {
        if (filter.bot && run.bot != *filter.bot) continue;
        if (filter.session && run.session != *filter.session) continue;
        if (filter.state && run.state != *filter.state) continue;
        if (filter.kind && run.kind != *filter.kind) continue;
        const bool under_way = run.state == core::RunState::Queued || run.state == core::RunState::Running;
        if (filter.under_way && !under_way) continue;
        items.push_back(run);
    }
    const auto key = [](const core::Run& run) { return PageKey{0, run.id.text()}; };
    return page_of(std::move(items), page, key, std::greater<>{});
}

Result<std::vector<core::Step>> MemoryState::steps(RunId run) const {
    if (!runs_.contains(run)) return fail(not_found(kNoRun));
    std::vector<core::Step> steps;
    for (const auto& [key, step] : steps_) {
        if (key.first == run) steps.push_back(step);
    }
    return steps;
}

}  // namespace boternity::testing
