#include "infra/store/soci/events.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace boternity::infra::store {
namespace {

namespace json = boost::json;

/// An event as its row. The body repeats the ids, so that a consumer needs nothing else.
struct OutboxRow {
    std::string type{};
    std::string subject{};
    std::optional<BotId> bot{};
    std::optional<SessionId> session{};
    std::optional<RunId> run{};
    json::object body{};
};

/// A row about a run; what else is to be said of it is added to the body.
template <class RunRelated>
OutboxRow of_run(std::string type, const RunRelated& event) {
    return {.type = std::move(type),
            .subject = event.run.text(),
            .bot = event.bot,
            .session = event.session,
            .run = event.run,
            .body = {{"run", event.run.text()},
                     {"root", event.root.text()},
                     {"session", event.session.text()},
                     {"bot", event.bot.text()}}};
}

struct ToRow {
    OutboxRow operator()(const core::BotCreated& event) const {
        return {.type = "bot.created",
                .subject = event.bot.text(),
                .bot = event.bot,
                .body = {{"bot", event.bot.text()}, {"slug", event.slug}}};
    }
    OutboxRow operator()(const core::BotChanged& event) const {
        return {.type = "bot.changed",
                .subject = event.bot.text(),
                .bot = event.bot,
                .body = {{"bot", event.bot.text()}}};
    }
    OutboxRow operator()(const core::BotStateChanged& event) const {
        return {.type = "bot.state_changed",
                .subject = event.bot.text(),
                .bot = event.bot,
                .body = {{"bot", event.bot.text()},
                         {"from", core::name_of(event.from)},
                         {"to", core::name_of(event.to)}}};
    }
    OutboxRow operator()(const core::SoulVersionMade& event) const {
        return {.type = "soul.version_made",
                .subject = event.bot.text(),
                .bot = event.bot,
                .body = {{"bot", event.bot.text()}, {"version", event.version}, {"hash", event.hash}}};
    }
    OutboxRow operator()(const core::SessionCreated& event) const {
        return {.type = "session.created",
                .subject = event.session.text(),
                .bot = event.bot,
                .session = event.session,
                .body = {{"session", event.session.text()}, {"bot", event.bot.text()}}};
    }
    OutboxRow operator()(const core::RunQueued& event) const {
        auto row = of_run("run.queued", event);
        if (event.parent) row.body["parent"] = event.parent->text();
        return row;
    }
    OutboxRow operator()(const core::StepMoved& event) const {
        auto row = of_run("run.step", event);
        row.body["position"] = event.position;
        row.body["kind"] = core::name_of(event.kind);
        row.body["state"] = core::name_of(event.state);
        if (!event.name.empty()) row.body["name"] = event.name;
        return row;
    }
    OutboxRow operator()(const core::DecisionAsked& event) const {
        auto row = of_run("decision.asked", event);
        row.body["step"] = event.step;
        row.body["question"] = event.question;
        return row;
    }
    OutboxRow operator()(const core::DecisionMade& event) const {
        auto row = of_run("decision.made", event);
        row.body["step"] = event.step;
        return row;
    }
    OutboxRow operator()(const core::RunResumed& event) const { return of_run("run.resumed", event); }
    OutboxRow operator()(const core::RunEnded& event) const {
        auto row = of_run("run.ended", event);
        row.body["state"] = core::name_of(event.state);
        return row;
    }
    OutboxRow operator()(const core::ProviderAdded& event) const {
        return {.type = "provider.added", .subject = event.name, .body = {{"name", event.name}}};
    }
    OutboxRow operator()(const core::ProviderChanged& event) const {
        return {.type = "provider.changed", .subject = event.name, .body = {{"name", event.name}}};
    }
    OutboxRow operator()(const core::ProviderRemoved& event) const {
        return {.type = "provider.removed", .subject = event.name, .body = {{"name", event.name}}};
    }
};

}  // namespace

void announce(Change change, const core::Events& events) {
    for (const core::Event& event : events) {
        const OutboxRow row = std::visit(ToRow{}, event);
        const std::string body = json::serialize(row.body);
        change.db
            .query("INSERT INTO outbox (type, subject, bot_id, session_id, run_id, body, made_at)"
                   " VALUES (:type, :subject, :bot, :session, :run, :body, :at)")
            .with(row.type)
            .with(row.subject)
            .with(row.bot)
            .with(row.session)
            .with(row.run)
            .with(body)
            .with(change.now)
            .run();
    }
}

void trim_outbox(Change change, long long keep) {
    change.db
        .query("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox"
               " WHERE id <= (SELECT MAX(id) FROM outbox) - :keep ORDER BY id LIMIT 5000)")
        .with(keep)
        .run();
}

}  // namespace boternity::infra::store
