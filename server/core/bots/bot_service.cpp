#include "core/bots/bot_service.hpp"

#include "core/bots/default_soul.hpp"
#include "core/bots/lifecycle.hpp"
#include "core/bots/soul_service.hpp"
#include "core/bots/text_rules.hpp"
#include "core/runtime/content_hash.hpp"

#include <fmt/format.h>

#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxDescription = 2'000;
constexpr double kMaxTemperature = 2.0;
constexpr int kMaxOutputTokens = 32'768;
constexpr int kMaxSteps = 1'000;
constexpr int kMaxRunSeconds = 86'400;
constexpr int kMaxRunTokens = 1'000'000'000;
constexpr std::size_t kMaxTools = 100;

Status check_etag(const Bot& bot, const std::string& etag) {
    if (etag.empty() || etag == "*" || etag == etag_of(bot)) return {};
    return fail(
        ErrorCode::StaleEtag,
        fmt::format("{} was changed since you read it; read it again and repeat your change.", bot.slug));
}

Status check_limit(std::optional<int> limit, const char* field, int most) {
    if (!limit || (*limit >= 1 && *limit <= most)) return {};
    return fail(invalid_argument(fmt::format("{} must be from 1 to {}.", field, most), field));
}

}  // namespace

Status check_settings(const BotSettings& settings) {
    if (settings.temperature && !(*settings.temperature >= 0 && *settings.temperature <= kMaxTemperature)) {
        return fail(invalid_argument("settings.temperature must be from 0 to 2.", "settings.temperature"));
    }
    if (settings.max_output_tokens &&
        (*settings.max_output_tokens < 1 || *settings.max_output_tokens > kMaxOutputTokens)) {
        return fail(invalid_argument("settings.max_output_tokens must be from 1 to 32768.",
                                     "settings.max_output_tokens"));
    }
    BOT_CHECK(check_limit(settings.max_steps, "settings.max_steps", kMaxSteps));
    BOT_CHECK(check_limit(settings.max_run_seconds, "settings.max_run_seconds", kMaxRunSeconds));
    BOT_CHECK(check_limit(settings.max_run_tokens, "settings.max_run_tokens", kMaxRunTokens));
    if (settings.tools.size() > kMaxTools) {
        return fail(invalid_argument("settings.tools must not have more than 100 names.", "settings.tools"));
    }
    return {};
}

/// A name in another script leaves no slug; a hash of the id gives one.
std::string slug_for(const std::string& name, BotId id) {
    std::string slug = slug_from(name);
    // An id is looked for before a slug, so a slug must never look like one.
    if (slug.empty() || Uuid::parse(slug)) slug = "bot-" + content_hash(id.text()).substr(7, 12);
    return slug;
}

Status check_description(const std::string& description) {
    BOT_CHECK(check_text(description, "description", kMaxDescription * 4));
    if (character_count(description) <= kMaxDescription) return {};
    return fail(invalid_argument("description may have at most 2000 characters.", "description"));
}

std::string etag_of(const Bot& bot) {
    return fmt::format("\"{}\"", bot.revision);
}

BotService::BotService(BotStore& bots, Receipts& receipts, Clock& clock, Ids& ids, ModelCheck model_known,
                       ToolCheck tools_known, std::string default_model)
    : bots_(bots),
      receipts_(receipts),
      clock_(clock),
      ids_(ids),
      model_known_(std::move(model_known)),
      tools_known_(std::move(tools_known)),
      default_model_(std::move(default_model)) {}

Task<Result<Bot>> BotService::create(NewBot wanted, CallContext context) {
    BOT_CO_CHECK(check_line(wanted.name, "name", 1, kMaxName));
    BOT_CO_CHECK(check_description(wanted.description));
    BOT_CO_CHECK(check_text(wanted.soul, "soul", kMaxSoulBytes));
    BOT_CO_CHECK(check_settings(wanted.settings));
    BOT_CO_CHECK(tools_known_(wanted.settings.tools));
    if (wanted.model.empty()) wanted.model = default_model_;
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await repeated(*earlier);
    BOT_CO_CHECK(model_known_(wanted.model));

    const auto now = clock_.now();
    Bot bot{.id = ids_.make<BotId>(),
            .name = wanted.name,
            .description = wanted.description,
            .model = wanted.model,
            .settings = wanted.settings,
            .created_at = now,
            .updated_at = now};
    bot.slug = slug_for(bot.name, bot.id);
    Soul soul{.bot = bot.id,
              .version = 1,
              .text = wanted.soul.empty() ? default_soul(wanted.name) : std::move(wanted.soul),
              .author = context.principal.name,
              .note = "created",
              .created_at = now};
    soul.hash = content_hash(soul.text);
    soul.size_bytes = static_cast<int>(soul.text.size());
    Events events{BotCreated{.bot = bot.id, .slug = bot.slug},
                  SoulVersionMade{.bot = bot.id, .version = 1, .hash = soul.hash}};
    auto inserted = co_await bots_.insert(bot, std::move(soul), events, context.mutation);
    if (!inserted && inserted.error().code == ErrorCode::AlreadyExists) {
        co_return fail(
            Error{.code = ErrorCode::AlreadyExists,
                  .message = fmt::format("There is a bot \"{}\" already; choose another name.", bot.slug),
                  .field = "name"});
    }
    BOT_CO_TRY(receipt, std::move(inserted));
    if (receipt.outcome == Outcome::Repeated) co_return co_await repeated(receipt);
    co_return bot;
}

Task<Result<Bot>> BotService::get(BotRef bot) {
    return bots_.find(std::move(bot));
}

Task<Result<Page<Bot>>> BotService::list(PageRequest page) {
    return bots_.list(std::move(page));
}

Task<Result<Bot>> BotService::update(BotRef ref, BotChange change, CallContext context) {
    if (change.name) BOT_CO_CHECK(check_line(*change.name, "name", 1, kMaxName));
    if (change.description) BOT_CO_CHECK(check_description(*change.description));
    if (change.settings) {
        BOT_CO_CHECK(check_settings(*change.settings));
        BOT_CO_CHECK(tools_known_(change.settings->tools));
    }
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await repeated(*earlier);
    if (change.model) BOT_CO_CHECK(model_known_(*change.model));

    // Decided from the bot as it is when it is written: who names no etag loses to nobody.
    DecideBot decide = [change = std::move(change), now = clock_.now()](const Bot& bot) -> Result<BotUpdate> {
        BOT_CHECK(check_etag(bot, change.etag));
        BotUpdate update{.bot = bot, .events = {}};
        if (change.name) update.bot.name = *change.name;
        if (change.description) update.bot.description = *change.description;
        if (change.model) update.bot.model = *change.model;
        if (change.settings) update.bot.settings = *change.settings;
        if (update.bot == bot) return update;
        update.bot.revision = bot.revision + 1;
        update.bot.updated_at = now;
        update.events = {BotChanged{.bot = bot.id}};
        return update;
    };
    co_return co_await change_bot(std::move(ref), std::move(decide), std::move(context.mutation));
}

Task<Result<Bot>> BotService::move(BotRef ref, std::string verb, std::string etag, CallContext context) {
    DecideBot decide = [verb = std::move(verb), etag = std::move(etag),
                        now = clock_.now()](const Bot& bot) -> Result<BotUpdate> {
        BOT_CHECK(check_etag(bot, etag));
        BOT_TRY(to, next_state(bot, verb));
        BotUpdate update{.bot = bot, .events = {BotStateChanged{.bot = bot.id, .from = bot.state, .to = to}}};
        update.bot.state = to;
        update.bot.revision = bot.revision + 1;
        update.bot.updated_at = now;
        return update;
    };
    co_return co_await change_bot(std::move(ref), std::move(decide), std::move(context.mutation));
}

Task<Result<Bot>> BotService::change_bot(BotRef ref, DecideBot decide, Mutation mutation) {
    BOT_CO_TRY(updated, co_await bots_.update(std::move(ref), std::move(decide), std::move(mutation)));
    if (!updated.update) co_return co_await repeated(updated.receipt);
    co_return std::move(updated.update->bot);
}

Task<Result<Bot>> BotService::repeated(Receipt receipt) {
    auto bot = co_await bots_.find(BotRef{receipt.subject});
    if (bot || bot.error().code != ErrorCode::NotFound) co_return bot;
    // The bot was deleted by the first call, or since.
    Bot gone{.state = BotState::Deleted};
    if (auto id = BotId::parse(receipt.subject)) gone.id = *id;
    co_return gone;
}

}  // namespace boternity::core
