#include "core/bots/soul_service.hpp"

#include "core/bots/text_rules.hpp"
#include "core/runtime/content_hash.hpp"
#include "core/text/text_diff.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxNote = 500;
constexpr std::size_t kMaxAuthor = 100;

int version_of(const Receipt& receipt) {
    int version = 0;
    std::from_chars(receipt.subject.data(), receipt.subject.data() + receipt.subject.size(), version);
    return version;
}

Status check_expected(const Bot& bot, int version) {
    if (version == 0 || version == bot.soul_version) return {};
    return fail(ErrorCode::StaleEtag,
                fmt::format("{}'s newest soul is version {}, not {}; read it and repeat your change.",
                            bot.slug, bot.soul_version, version));
}

/// `soul` as the bot's next version.
Result<SoulAppend> next_version(const Bot& bot, Soul soul, Timestamp now) {
    if (bot.state == BotState::Archived) {
        return fail(ErrorCode::WrongState, fmt::format("{} is archived; its soul stays as it is.", bot.slug));
    }
    soul.bot = bot.id;
    soul.version = bot.soul_version + 1;
    soul.size_bytes = static_cast<int>(soul.text.size());
    soul.created_at = now;
    Events events{SoulVersionMade{.bot = bot.id, .version = soul.version, .hash = soul.hash}};
    return SoulAppend{.soul = std::move(soul), .events = std::move(events)};
}

}  // namespace

SoulService::SoulService(BotStore& bots, SoulStore& souls, Receipts& receipts, Clock& clock)
    : bots_(bots), souls_(souls), receipts_(receipts), clock_(clock) {}

Task<Result<Soul>> SoulService::create(BotRef ref, NewSoul wanted, CallContext context) {
    if (wanted.text.empty()) {
        co_return fail(invalid_argument("text must not be empty: a soul needs at least a sentence.", "text"));
    }
    BOT_CO_CHECK(check_text(wanted.text, "text", kMaxSoulBytes));
    BOT_CO_CHECK(check_line(wanted.note, "note", 0, kMaxNote));
    BOT_CO_CHECK(check_line(wanted.author, "author", 0, kMaxAuthor));
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await souls_.find(bot.id, version_of(*earlier));
    const int expected = wanted.expected_version;
    Soul soul{.hash = content_hash(wanted.text),
              .text = std::move(wanted.text),
              .author = wanted.author.empty() ? context.principal.name : std::move(wanted.author),
              .note = std::move(wanted.note)};
    DecideSoul decide = [soul = std::move(soul), expected,
                         now = clock_.now()](const SoulGround& ground) -> Result<SoulAppend> {
        BOT_CHECK(check_expected(ground.bot, expected));
        if (soul.hash == ground.newest.hash) return SoulAppend{};
        return next_version(ground.bot, soul, now);
    };
    co_return co_await append(bot.id, std::move(decide), std::move(context.mutation));
}

Task<Result<Page<Soul>>> SoulService::list(BotRef ref, PageRequest page) {
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    co_return co_await souls_.list(bot.id, std::move(page));
}

Task<Result<Soul>> SoulService::get(BotRef ref, int version) {
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    co_return co_await souls_.find(bot.id, version);
}

Task<Result<SoulDiff>> SoulService::diff(BotRef ref, int from, int to) {
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    if (from <= 0) co_return fail(invalid_argument("from must be a version, 1 or more.", "from"));
    if (to < 0) co_return fail(invalid_argument("to must be a version, 1 or more.", "to"));
    BOT_CO_TRY(old_soul, co_await souls_.find(bot.id, from));
    BOT_CO_TRY(new_soul, co_await souls_.find(bot.id, to == 0 ? bot.soul_version : to));
    auto text = diff_texts(old_soul.text, new_soul.text, fmt::format("SOUL.md version {}", old_soul.version),
                           fmt::format("SOUL.md version {}", new_soul.version));
    co_return SoulDiff{.from = old_soul.version,
                       .to = new_soul.version,
                       .diff = std::move(text.unified),
                       .added_lines = text.added_lines,
                       .removed_lines = text.removed_lines};
}

Task<Result<Soul>> SoulService::rollback(BotRef ref, int version, std::string note, std::string author,
                                         CallContext context) {
    BOT_CO_CHECK(check_line(note, "note", 0, kMaxNote));
    BOT_CO_CHECK(check_line(author, "author", 0, kMaxAuthor));
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await souls_.find(bot.id, version_of(*earlier));
    BOT_CO_TRY(wanted, co_await souls_.find(bot.id, version));
    Soul soul{.hash = wanted.hash,
              .text = std::move(wanted.text),
              .author = author.empty() ? context.principal.name : std::move(author),
              .note = note.empty() ? fmt::format("rollback to version {}", version) : std::move(note),
              .restores = version};
    DecideSoul decide = [soul = std::move(soul), now = clock_.now()](const SoulGround& ground) {
        return next_version(ground.bot, soul, now);
    };
    co_return co_await append(bot.id, std::move(decide), std::move(context.mutation));
}

Task<Result<Soul>> SoulService::append(BotId bot, DecideSoul decide, Mutation mutation) {
    BOT_CO_TRY(appended, co_await souls_.append(bot, std::move(decide), std::move(mutation)));
    if (!appended.soul) co_return co_await souls_.find(bot, version_of(appended.receipt));
    co_return *std::move(appended.soul);
}

}  // namespace boternity::core
