#include "infra/store/soci/receipts.hpp"

#include "infra/store/soci/events.hpp"

#include <chrono>

namespace boternity::infra::store {
namespace {

constexpr std::chrono::microseconds kLifetime = std::chrono::hours(48);

Timestamp oldest_kept(Timestamp now) {
    return {now.micros - kLifetime.count()};
}

}  // namespace

Result<std::optional<core::Receipt>> find_receipt(Change change, const core::Mutation& mutation) {
    if (!mutation.named()) return std::nullopt;
    core::Mutation stored;
    std::string subject;
    const Timestamp oldest = oldest_kept(change.now);
    Query query = change.db.query("SELECT operation, fingerprint, subject FROM receipts"
                                  " WHERE mutation_key = :key AND made_at >= :oldest");
    query.with(mutation.key).with(oldest).into(stored.operation).into(stored.fingerprint).into(subject);
    if (!query.next()) return std::nullopt;
    if (stored.operation != mutation.operation || stored.fingerprint != mutation.fingerprint) {
        return fail(ErrorCode::IdempotencyReuse,
                    "This idempotency key was used for a different request; use a new key.");
    }
    return core::Receipt{core::Outcome::Repeated, subject};
}

Result<core::Receipt> once(Change change, const core::Mutation& mutation, const core::Events& events,
                           const std::function<Result<std::string>()>& apply) {
    BOT_TRY(earlier, find_receipt(change, mutation));
    if (earlier) return *earlier;
    BOT_TRY(subject, apply());
    announce(change, events);
    if (mutation.named()) {
        // A receipt that is too old but not yet dropped gives way.
        change.db
            .query("INSERT INTO receipts (mutation_key, operation, fingerprint, subject, made_at)"
                   " VALUES (:key, :operation, :fingerprint, :subject, :at)"
                   " ON CONFLICT (mutation_key) DO UPDATE SET operation = excluded.operation,"
                   " fingerprint = excluded.fingerprint, subject = excluded.subject,"
                   " made_at = excluded.made_at")
            .with(mutation.key)
            .with(mutation.operation)
            .with(mutation.fingerprint)
            .with(subject)
            .with(change.now)
            .run();
    }
    return core::Receipt{core::Outcome::Applied, subject};
}

void purge_receipts(Change change) {
    const Timestamp oldest = oldest_kept(change.now);
    change.db
        .query("DELETE FROM receipts WHERE mutation_key IN (SELECT mutation_key FROM receipts"
               " WHERE made_at < :oldest ORDER BY made_at LIMIT 2000)")
        .with(oldest)
        .run();
}

core::Task<Result<std::optional<core::Receipt>>> SociReceipts::find(core::Mutation mutation) {
    if (!mutation.named()) co_return std::nullopt;
    std::function<Result<std::optional<core::Receipt>>(Change)> look =
        [mutation = std::move(mutation)](Change change) { return find_receipt(change, mutation); };
    co_return co_await transactions_.read<std::optional<core::Receipt>>(std::move(look));
}

}  // namespace boternity::infra::store
