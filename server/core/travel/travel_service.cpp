#include "core/travel/travel_service.hpp"

#include "core/bots/soul_service.hpp"
#include "core/bots/text_rules.hpp"
#include "core/runtime/content_hash.hpp"
#include "core/travel/import_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

// A little less than an archive may unpack to: names, times and ids come on top of the texts.
constexpr CopyExtent kExtent{.sessions = true, .max_bytes = 48 * 1024 * 1024, .max_parts = 3'000};
constexpr int kMostRenames = 1'000;

BotCopy copy_of(WorkspaceBot made, const std::string& slug, const std::string& author, Timestamp now) {
    BotCopy copy;
    copy.bot = {.slug = slug, .name = clean_line(made.name), .created_at = now, .updated_at = now};
    if (copy.bot.name.empty()) copy.bot.name = slug.empty() ? "OpenClaw bot" : slug;
    if (copy.bot.slug.empty()) copy.bot.slug = slug_from(copy.bot.name);
    Soul soul{
        .text = std::move(made.soul), .author = author, .note = "imported from OpenClaw", .created_at = now};
    if (soul.text.empty()) soul.text = fmt::format("You are {}.\n", copy.bot.name);
    soul.hash = content_hash(soul.text);
    soul.size_bytes = static_cast<int>(soul.text.size());
    copy.souls.push_back(std::move(soul));
    return copy;
}

void count(ImportReport& report, const BotCopy& copy) {
    report.souls = static_cast<int>(copy.souls.size());
    report.sessions = static_cast<int>(copy.sessions.size());
    report.messages = 0;
    for (const SessionCopy& one : copy.sessions) report.messages += static_cast<int>(one.messages.size());
}

Events events_of(const BotCopy& copy) {
    Events events;
    for (const Soul& soul : copy.souls)
        events.push_back(SoulVersionMade{.bot = copy.bot.id, .version = soul.version, .hash = soul.hash});
    for (const SessionCopy& one : copy.sessions)
        events.push_back(SessionCreated{.bot = copy.bot.id, .session = one.session.id});
    return events;
}

/// Takes out of a copy the sessions that the bot has already: an archive may come twice.
int drop_known_sessions(BotCopy& copy, const BotCopy& there) {
    return static_cast<int>(std::erase_if(copy.sessions, [&](const SessionCopy& coming) {
        return std::ranges::any_of(there.sessions, [&](const SessionCopy& known) {
            return known.session.created_at == coming.session.created_at &&
                   known.session.title == coming.session.title;
        });
    }));
}

}  // namespace

/// What an archive asks for, checked, before anything of it is written.
struct TravelService::Plan {
    BotCopy copy{};
    ImportReport report{};
    std::vector<std::string> session_ids{};  ///< as the archive has them
    std::string old_id{};                    ///< empty when the archive has none
};

Task<Result<ExportedBot>> TravelService::export_bot(BotRef ref, bool sessions) {
    CopyExtent extent = kExtent;
    extent.sessions = sessions;
    BOT_CO_TRY(copy, co_await ports_.copies.read(std::move(ref), extent));
    ExportedBot out{.file_name = copy.bot.slug + ".bot.zip", .bytes = {}};
    BOT_CO_TRY(bytes, co_await ports_.archives.pack(std::move(copy)));
    out.bytes = std::move(bytes);
    co_return out;
}

Result<TravelService::Plan> TravelService::plan_of(Unpacked unpacked, const ImportWish& wish,
                                                   const CallContext& context) const {
    Plan plan;
    plan.report.preview = wish.preview;
    if (auto* workspace = std::get_if<Workspace>(&unpacked)) {
        BOT_TRY(made, bot_of_workspace(*workspace));
        plan.report.source = ImportSource::OpenClaw;
        plan.report.items = std::move(made.items);
        plan.copy = copy_of(std::move(made), wish.slug, context.principal.name, ports_.clock.now());
        if (plan.copy.bot.slug.empty()) plan.copy.bot.slug = "openclaw-bot";
    } else {
        auto& packed = std::get<PackedBot>(unpacked);
        plan.copy = std::move(packed.copy);
        plan.old_id = plan.copy.bot.id.text();
        for (const SessionCopy& one : plan.copy.sessions) plan.session_ids.push_back(one.session.id.text());
        plan.report.items = {{"bot.json", true, "bot", {}}, {"souls", true, "souls", {}}};
        if (!plan.copy.sessions.empty()) plan.report.items.push_back({"sessions", true, "sessions", {}});
        for (const std::string& path : packed.unknown_parts) {
            plan.report.items.push_back({path, false, {}, "this version of Boternity has no use for it"});
        }
    }
    BOT_CHECK(check_copy(plan.copy));
    if (!wish.slug.empty()) plan.copy.bot.slug = wish.slug;
    Bot& bot = plan.copy.bot;
    if (bot.model.empty() || !model_known_(bot.model)) {
        if (!bot.model.empty()) {
            plan.report.items.push_back(
                {"bot.json: model",
                 false,
                 {},
                 fmt::format("{} is not known here; {} takes its place", bot.model, default_model_)});
        }
        bot.model = default_model_;
    }
    if (!bot.settings.tools.empty()) {
        // What was granted elsewhere was granted by somebody else.
        plan.report.items.push_back(
            {"bot.json: tools", false, {}, "an import grants no tools; name them with bot update --tool"});
        bot.settings.tools.clear();
    }
    count(plan.report, plan.copy);
    return plan;
}

Task<Result<std::optional<Bot>>> TravelService::find(std::string slug) {
    auto found = co_await ports_.bots.find(BotRef(std::move(slug)));
    if (found) co_return std::optional<Bot>(std::move(*found));
    if (found.error().code == ErrorCode::NotFound) co_return std::optional<Bot>();
    co_return fail(std::move(found).error());
}

Task<Result<std::string>> TravelService::free_slug(std::string slug) {
    for (int number = 2; number < kMostRenames; ++number) {
        const std::string end = fmt::format("-{}", number);
        std::string wanted = slug.substr(0, 63 - end.size());
        while (wanted.ends_with('-')) wanted.pop_back();
        wanted += end;
        BOT_CO_TRY(taken, co_await find(wanted));
        if (!taken) co_return wanted;
    }
    co_return fail(ErrorCode::AlreadyExists, "There are too many bots of this name; name another with slug.");
}

Task<Result<ImportReport>> TravelService::repeated(Receipt receipt, ImportReport report) {
    BOT_CO_TRY(bot, co_await ports_.bots.find(BotRef(receipt.subject)));
    report.repeated = true;
    report.ids = {{"bot", {}, bot.id.text()}};
    report.bot = std::move(bot);
    co_return report;
}

Task<Result<ImportReport>> TravelService::import_bot(std::string archive, ImportWish wish,
                                                     CallContext context) {
    if (archive.empty()) {
        co_return fail(invalid_argument("Send the archive as the body of the request.", "archive"));
    }
    if (!wish.slug.empty() && (!is_slug(wish.slug) || Uuid::parse(wish.slug))) {
        co_return fail(invalid_argument(
            "slug must be 1 to 63 lower-case letters, digits and hyphens, without a hyphen at an end.",
            "slug"));
    }
    if (!wish.preview) {
        BOT_CO_TRY(earlier, co_await ports_.receipts.find(context.mutation));
        if (earlier) co_return co_await repeated(*earlier, {});
    }
    BOT_CO_TRY(unpacked, co_await ports_.archives.unpack(std::move(archive)));
    BOT_CO_TRY(plan, plan_of(std::move(unpacked), wish, context));
    BOT_CO_TRY(there, co_await find(plan.copy.bot.slug));
    if (!there) co_return co_await create(std::move(plan), std::move(wish), std::move(context));
    switch (wish.on_conflict) {
    case OnConflict::Skip:
        plan.report.outcome = ImportOutcome::Skipped;
        count(plan.report, {});
        plan.report.bot = std::move(*there);
        co_return std::move(plan.report);
    case OnConflict::Replace:
        co_return co_await replace(std::move(plan), std::move(*there), std::move(wish), std::move(context));
    case OnConflict::Rename: {
        BOT_CO_TRY(slug, co_await free_slug(plan.copy.bot.slug));
        plan.copy.bot.slug = std::move(slug);
        co_return co_await create(std::move(plan), std::move(wish), std::move(context));
    }
    case OnConflict::Fail: break;
    }
    co_return fail(
        Error{.code = ErrorCode::AlreadyExists,
              .message = fmt::format("Nothing was imported: there is a bot \"{}\" already; choose another "
                                     "slug, or say with on_conflict what to do: rename, replace or skip.",
                                     plan.copy.bot.slug),
              .field = "slug"});
}

Task<Result<ImportReport>> TravelService::create(Plan plan, ImportWish wish, CallContext context) {
    BotCopy& copy = plan.copy;
    copy.bot.state = BotState::Created;
    copy.bot.revision = 1;
    copy.bot.soul_version = static_cast<int>(copy.souls.size());
    copy.bot.updated_at = ports_.clock.now();
    plan.report.bot = copy.bot;
    plan.report.bot.id = {};
    if (wish.preview) co_return std::move(plan.report);
    give_new_ids(copy, ports_.ids);
    plan.report.bot.id = copy.bot.id;
    plan.report.ids.push_back({"bot", plan.old_id, copy.bot.id.text()});
    for (std::size_t i = 0; i < copy.sessions.size(); ++i)
        plan.report.ids.push_back({"session", plan.session_ids[i], copy.sessions[i].session.id.text()});
    Events events = events_of(copy);
    events.insert(events.begin(), BotCreated{.bot = copy.bot.id, .slug = copy.bot.slug});
    BOT_CO_TRY(receipt, co_await ports_.copies.insert(std::move(copy), events, std::move(context.mutation)));
    if (receipt.outcome == Outcome::Repeated) co_return co_await repeated(receipt, {});
    co_return std::move(plan.report);
}

Task<Result<ImportReport>> TravelService::replace(Plan plan, Bot there, ImportWish wish,
                                                  CallContext context) {
    if (there.state == BotState::Archived) {
        co_return fail(ErrorCode::WrongState,
                       fmt::format("Nothing was imported: {} is archived and stays as it is.", there.slug));
    }
    BotCopy& copy = plan.copy;
    CopyExtent extent = kExtent;
    extent.sessions = !copy.sessions.empty();
    BOT_CO_TRY(whole, co_await ports_.copies.read(BotRef(there.id.text()), extent));
    if (const int known = drop_known_sessions(copy, whole); known > 0) {
        plan.report.items.push_back(
            {fmt::format("{} sessions", known), false, {}, "the bot has them already"});
        std::vector<std::string> left;
        for (const SessionCopy& one : copy.sessions) left.push_back(one.session.id.text());
        plan.session_ids = std::move(left);
    }
    SoulsOnTop souls = souls_on_top(whole.souls, copy.souls, ports_.clock.now());
    for (SessionCopy& one : copy.sessions) {
        for (Run& run : one.runs)
            run.soul_version = souls.versions[static_cast<std::size_t>(run.soul_version) - 1];
    }
    copy.souls = std::move(souls.added);
    count(plan.report, copy);
    give_new_ids(copy, ports_.ids);
    const Bot coming = std::exchange(copy.bot, whole.bot);
    copy.bot.name = coming.name;
    copy.bot.description = coming.description;
    copy.bot.model = coming.model;
    copy.bot.settings = coming.settings;
    copy.bot.settings.tools = whole.bot.settings.tools;
    copy.bot.revision = whole.bot.revision + 1;
    copy.bot.updated_at = ports_.clock.now();
    for (Soul& soul : copy.souls) soul.bot = copy.bot.id;
    for (SessionCopy& one : copy.sessions) {
        one.session.bot = copy.bot.id;
        for (Run& run : one.runs) run.bot = copy.bot.id;
    }
    plan.report.outcome = ImportOutcome::Replaced;
    plan.report.bot = copy.bot;
    if (!copy.souls.empty()) plan.report.bot.soul_version = copy.souls.back().version;
    if (wish.preview) co_return std::move(plan.report);
    plan.report.ids.push_back({"bot", plan.old_id, copy.bot.id.text()});
    for (std::size_t i = 0; i < copy.sessions.size(); ++i)
        plan.report.ids.push_back({"session", plan.session_ids[i], copy.sessions[i].session.id.text()});
    Events events = events_of(copy);
    events.push_back(BotChanged{.bot = copy.bot.id});
    BOT_CO_TRY(receipt, co_await ports_.copies.extend(std::move(copy), events, std::move(context.mutation)));
    if (receipt.outcome == Outcome::Repeated) co_return co_await repeated(receipt, {});
    co_return std::move(plan.report);
}

}  // namespace boternity::core
