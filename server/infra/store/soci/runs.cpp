#include "infra/store/soci/runs.hpp"

#include "infra/store/soci/error_columns.hpp"
#include "infra/store/soci/page_token.hpp"

#include <array>
#include <utility>

namespace boternity::infra::store {
namespace {

constexpr SqlPiece kColumns(
    " id, parent_id, root_id, depth, bot_id, session_id, kind, state, model, soul_version, settings, brief,"
    " forked_from, forked_step, forked_message, attempt, crashes, input_message_id, input_position, "
    "output_message_id,"
    " input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, tokens_estimated,"
    " stop_reason, cut_dropped_messages, cut_kept_messages, cut_window_tokens,"
    " error_code, error_message, error_retry_ms, created_at, moved_at, started_at, ended_at ");

/// A run as its columns stand: what a run has only together is here in parts.
struct RunRow {
    core::Run run{};
    std::optional<RunId> forked_from{};
    std::optional<int> forked_step{};
    std::optional<std::string> forked_message{};
    std::optional<int> cut_dropped{};
    std::optional<int> cut_kept{};
    std::optional<int> cut_window{};
    std::optional<ErrorCode> error_code{};
    std::optional<std::string> error_message{};
    std::optional<long long> error_retry_ms{};

    RunRow() = default;
    explicit RunRow(const core::Run& from) : run(from) {
        if (from.forked_from) {
            forked_from = from.forked_from->run;
            forked_step = from.forked_from->step;
            if (!from.forked_from->message.empty()) forked_message = from.forked_from->message;
        }
        if (from.context_cut) {
            cut_dropped = from.context_cut->dropped_messages;
            cut_kept = from.context_cut->kept_messages;
            cut_window = from.context_cut->window_tokens;
        }
        if (from.error) {
            error_code = from.error->code;
            error_message = from.error->message;
            error_retry_ms = milliseconds_of(from.error->retry_after);
        }
    }

    core::Run whole() const {
        core::Run out = run;
        if (forked_from) {
            out.forked_from =
                core::ForkPoint{*forked_from, forked_step.value_or(0), forked_message.value_or("")};
        }
        if (cut_dropped) {
            out.context_cut = core::ContextCut{*cut_dropped, cut_kept.value_or(0), cut_window.value_or(0)};
        }
        if (error_code) out.error = error_from(*error_code, error_message, error_retry_ms);
        return out;
    }
};

void into_run(Query& query, RunRow& row) {
    core::Run& run = row.run;
    query.into(run.id).into(run.parent).into(run.root).into(run.depth).into(run.bot).into(run.session);
    query.into(run.kind).into(run.state).into(run.model).into(run.soul_version);
    query.into(run.settings)
        .into(run.brief)
        .into(row.forked_from)
        .into(row.forked_step)
        .into(row.forked_message);
    query.into(run.attempt).into(run.crashes);
    query.into(run.input_message).into(run.input_position).into(run.output_message);
    query.into(run.usage.input_tokens).into(run.usage.cache_read_tokens).into(run.usage.cache_write_tokens);
    query.into(run.usage.output_tokens).into(run.usage.reasoning_tokens);
    query.into(run.usage.estimated).into(run.stop_reason);
    query.into(row.cut_dropped).into(row.cut_kept).into(row.cut_window);
    query.into(row.error_code).into(row.error_message).into(row.error_retry_ms);
    query.into(run.created_at).into(run.moved_at).into(run.started_at).into(run.ended_at);
}

/// The piece when it is wanted, else nothing.
template <bool Wanted, SqlPiece Piece>
constexpr auto kWhen = [] {
    if constexpr (Wanted) {
        return Piece;
    } else {
        return SqlPiece("");
    }
}();

// Greater than the text of any id.
constexpr const char* kBeyondAllIds = "g";

enum Filter : unsigned { ByBot = 1, BySession = 2, ByState = 4, ByKind = 8, UnderWay = 16 };

template <unsigned Filters>
constexpr auto kList = kSql<"SELECT", kColumns, "FROM runs WHERE id < :before",
                            kWhen<(Filters & ByBot) != 0, SqlPiece(" AND bot_id = :bot")>,
                            kWhen<(Filters & BySession) != 0, SqlPiece(" AND session_id = :session")>,
                            kWhen<(Filters & ByState) != 0, SqlPiece(" AND state = :state")>,
                            kWhen<(Filters & ByKind) != 0, SqlPiece(" AND kind = :kind")>,
                            kWhen<(Filters & UnderWay) != 0, SqlPiece(" AND state IN ('queued', 'running')")>,
                            " ORDER BY id DESC LIMIT :limit">;

/// One statement for each set of filters, so that each has its index.
template <unsigned... Filters>
constexpr std::array<Sql, sizeof...(Filters)> lists(std::integer_sequence<unsigned, Filters...>) {
    return {kList<Filters>...};
}
constexpr auto kLists = lists(std::make_integer_sequence<unsigned, 32>{});

}  // namespace

std::optional<core::Run> load_run(Change change, RunId id) {
    RunRow row;
    Query query = change.db.query(kSql<"SELECT", kColumns, "FROM runs WHERE id = :id">);
    into_run(query.with(id), row);
    if (!query.next()) return std::nullopt;
    return row.whole();
}

void add_run(Change change, const core::Run& run, const std::optional<std::string>& owner) {
    const RunRow row(run);
    Query query = change.db.query(
        kSql<"INSERT INTO runs (", kColumns,
             ", lease_owner) VALUES (:id, :parent, :root, :depth, :bot, :session, :kind, :state, :model, "
             ":soul_version,"
             " :settings, :brief, :forked_from, :forked_step, :forked_message, :attempt, :crashes, :input, "
             ":input_position,"
             " :output, :input_tokens, :cache_read_tokens, :cache_write_tokens, :output_tokens,"
             " :reasoning_tokens, :estimated, :stop_reason, :cut_dropped, :cut_kept, :cut_window,"
             " :error_code, :error_message, :error_retry_ms, :created_at, :moved_at, :started_at,"
             " :ended_at, :owner)">);
    query.with(run.id).with(run.parent).with(run.root).with(run.depth).with(run.bot).with(run.session);
    query.with(run.kind).with(run.state).with(run.model).with(run.soul_version);
    query.with(run.settings)
        .with(run.brief)
        .with(row.forked_from)
        .with(row.forked_step)
        .with(row.forked_message);
    query.with(run.attempt).with(run.crashes);
    query.with(run.input_message).with(run.input_position).with(run.output_message);
    query.with(run.usage.input_tokens).with(run.usage.cache_read_tokens).with(run.usage.cache_write_tokens);
    query.with(run.usage.output_tokens).with(run.usage.reasoning_tokens);
    query.with(run.usage.estimated).with(run.stop_reason);
    query.with(row.cut_dropped).with(row.cut_kept).with(row.cut_window);
    query.with(row.error_code).with(row.error_message).with(row.error_retry_ms);
    query.with(run.created_at).with(run.moved_at).with(run.started_at).with(run.ended_at);
    query.with(owner).run();
}

void end_run(Change change, const core::Run& run) {
    const RunRow row(run);
    Query query = change.db.query(
        "UPDATE runs SET state = :state, output_message_id = :output, input_tokens = :input_tokens,"
        " cache_read_tokens = :cache_read_tokens, cache_write_tokens = :cache_write_tokens,"
        " output_tokens = :output_tokens, reasoning_tokens = :reasoning_tokens, tokens_estimated = "
        ":estimated,"
        " stop_reason = :stop_reason, cut_dropped_messages = :cut_dropped, cut_kept_messages = :cut_kept,"
        " cut_window_tokens = :cut_window, error_code = :error_code, error_message = :error_message, "
        "error_retry_ms = :error_retry_ms,"
        " moved_at = :moved_at, started_at = :started_at, ended_at = :ended_at, crashes = 0,"
        " lease_owner = NULL, lease_until = NULL WHERE id = :id");
    query.with(run.state)
        .with(run.output_message)
        .with(run.usage.input_tokens)
        .with(run.usage.cache_read_tokens);
    query.with(run.usage.cache_write_tokens).with(run.usage.output_tokens).with(run.usage.reasoning_tokens);
    query.with(run.usage.estimated).with(run.stop_reason);
    query.with(row.cut_dropped).with(row.cut_kept).with(row.cut_window);
    query.with(row.error_code).with(row.error_message).with(row.error_retry_ms);
    query.with(run.moved_at).with(run.started_at).with(run.ended_at).with(run.id).run();
}

void lease_run(Change change, const core::Run& run, const std::string& owner, Timestamp until) {
    change.db
        .query("UPDATE runs SET state = :state, attempt = :attempt, crashes = :crashes, lease_owner = :owner,"
               " lease_until = :until WHERE id = :id")
        .with(run.state)
        .with(run.attempt)
        .with(run.crashes)
        .with(owner)
        .with(until)
        .with(run.id)
        .run();
}

void reopen_run(Change change, const core::Run& run, const std::string& owner, Timestamp until) {
    change.db
        .query("UPDATE runs SET error_code = NULL, error_message = NULL, error_retry_ms = NULL,"
               " stop_reason = NULL, ended_at = NULL, moved_at = :moved_at WHERE id = :id")
        .with(run.moved_at)
        .with(run.id)
        .run();
    lease_run(change, run, owner, until);
}

void release_runs(Change change, const std::string& owner) {
    change.db.query("UPDATE runs SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = :owner")
        .with(owner)
        .run();
}

std::optional<RunHold> load_hold(Change change, RunId id) {
    RunHold hold;
    Query query = change.db.query("SELECT state, attempt, lease_owner IS NOT NULL FROM runs WHERE id = :id");
    query.with(id).into(hold.state).into(hold.attempt).into(hold.held);
    if (!query.next()) return std::nullopt;
    return hold;
}

void move_run(Change change, RunId id, core::RunState state, bool further) {
    const int keep = further ? 0 : 1;
    change.db
        .query("UPDATE runs SET state = :state, moved_at = :at, crashes = crashes * :keep WHERE id = :id")
        .with(state)
        .with(change.now)
        .with(keep)
        .with(id)
        .run();
}

std::vector<core::Run> load_unfinished_runs(Change change) {
    RunRow row;
    std::vector<core::Run> runs;
    Query query = change.db.query(kSql<"SELECT", kColumns,
                                       "FROM runs WHERE state IN ('queued', 'running', 'waiting')"
                                       // In a session by its messages, above all what they are asked by.
                                       " ORDER BY depth, input_position, id">);
    into_run(query, row);
    while (query.next()) runs.push_back(row.whole());
    return runs;
}

std::vector<core::Run> load_agents_of(Change change, RunId root) {
    RunRow row;
    std::vector<core::Run> runs;
    Query query = change.db.query(
        kSql<"SELECT", kColumns, "FROM runs WHERE root_id = :root AND depth > 0 ORDER BY depth, id">);
    into_run(query.with(root), row);
    while (query.next()) runs.push_back(row.whole());
    return runs;
}

std::vector<core::Run> load_ended_runs(Change change, SessionId session) {
    RunRow row;
    std::vector<core::Run> runs;
    Query query = change.db.query(kSql<"SELECT", kColumns,
                                       "FROM runs WHERE session_id = :session AND kind = 'turn'"
                                       " AND state IN ('completed', 'failed', 'cancelled') ORDER BY id">);
    into_run(query.with(session), row);
    while (query.next()) runs.push_back(row.whole());
    return runs;
}

Result<Page<core::Run>> list_runs(Change change, const core::RunFilter& filter, const PageRequest& request) {
    BOT_TRY(after, read_page_token("runs", request.token, {0, kBeyondAllIds}));
    const long long limit = page_size(request) + 1;
    const unsigned filters = (filter.bot ? ByBot : 0U) | (filter.session ? BySession : 0U) |
                             (filter.state ? ByState : 0U) | (filter.kind ? ByKind : 0U) |
                             (filter.under_way ? UnderWay : 0U);
    RunRow row;
    std::vector<core::Run> rows;
    Query query = change.db.query(kLists[filters]);
    query.with(after.text);
    if (filter.bot) query.with(*filter.bot);
    if (filter.session) query.with(*filter.session);
    if (filter.state) query.with(*filter.state);
    if (filter.kind) query.with(*filter.kind);
    into_run(query.with(limit), row);
    while (query.next()) rows.push_back(row.whole());
    return cut_page(std::move(rows), request, "runs",
                    [](const core::Run& last) { return PageKey{0, last.id.text()}; });
}

}  // namespace boternity::infra::store
