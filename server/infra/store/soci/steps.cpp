#include "infra/store/soci/steps.hpp"

#include "core/runtime/content_hash.hpp"
#include "infra/store/soci/error_columns.hpp"
#include "infra/store/soci/step_json.hpp"

namespace boternity::infra::store {
namespace {

// Larger ones are kept apart, once for each content, so that a list of steps stays small.
constexpr std::size_t kMaxInlineBytes = 4096;

constexpr SqlPiece kColumns(
    " run_id, position, kind, state, attempt, sequence, ended_sequence, input, input_hash, output,"
    " output_hash, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,"
    " tokens_estimated, error_code, error_message, error_retry_ms, started_at, ended_at ");

/// JSON in one of two columns: as it is, or as the hash of a blob.
struct JsonColumns {
    std::optional<std::string> body{};
    std::optional<std::string> hash{};
};

/// A step as its columns stand.
struct StepRow {
    core::Step step{};
    core::StepKind kind = core::StepKind::ModelCall;
    JsonColumns input{};
    JsonColumns output{};
    std::optional<ErrorCode> error_code{};
    std::optional<std::string> error_message{};
    std::optional<long long> error_retry_ms{};
};

std::string keep_blob(Change change, const std::string& body) {
    const std::string hash = core::content_hash(body);
    const auto size = static_cast<long long>(body.size());
    change.db
        .query("INSERT INTO blobs (hash, size_bytes, created_at, body) VALUES (:hash, :size, :at, :body)"
               " ON CONFLICT (hash) DO NOTHING")
        .with(hash)
        .with(size)
        .with(change.now)
        .with(body)
        .run();
    return hash;
}

JsonColumns columns_of(Change change, std::string text) {
    JsonColumns columns;
    if (text.size() > kMaxInlineBytes) {
        columns.hash = keep_blob(change, text);
    } else if (!text.empty()) {
        columns.body = std::move(text);
    }
    return columns;
}

StepRow to_row(Change change, const core::Step& step) {
    StepRow row{.kind = step.kind(),
                .input = columns_of(change, input_to_json(step.input)),
                .output = columns_of(change, output_to_json(step.output))};
    if (step.error) {
        row.error_code = step.error->code;
        row.error_message = step.error->message;
        row.error_retry_ms = milliseconds_of(step.error->retry_after);
    }
    return row;
}

/// Binds what a step's row holds, in the order of kColumns behind the key.
void bind(Query& query, const core::Step& step, const StepRow& row) {
    query.with(row.kind).with(step.state).with(step.attempt).with(step.sequence).with(step.ended_sequence);
    query.with(row.input.body).with(row.input.hash).with(row.output.body).with(row.output.hash);
    query.with(step.usage.input_tokens)
        .with(step.usage.cache_read_tokens)
        .with(step.usage.cache_write_tokens);
    query.with(step.usage.output_tokens).with(step.usage.reasoning_tokens);
    query.with(step.usage.estimated).with(row.error_code).with(row.error_message).with(row.error_retry_ms);
    query.with(step.started_at).with(step.ended_at);
}

/// False when there is such a step.
bool insert_step(Change change, const core::Step& step, const StepRow& row) {
    Query query = change.db.query(
        kSql<"INSERT INTO steps (", kColumns,
             ") VALUES (:run, :position, :kind, :state, :attempt, :sequence, :ended_sequence, :input,"
             " :input_hash, :output, :output_hash, :input_tokens, :cache_read_tokens, :cache_write_tokens,"
             " :output_tokens, :reasoning_tokens, :estimated, :error_code, :error_message, :error_retry_ms,"
             " :started_at, :ended_at) ON CONFLICT (run_id, position) DO NOTHING">);
    query.with(step.run).with(step.position);
    bind(query, step, row);
    return query.run() > 0;
}

/// False when there is no such step.
bool update_step(Change change, const core::Step& step, const StepRow& row) {
    Query query = change.db.query(
        "UPDATE steps SET kind = :kind, state = :state, attempt = :attempt, sequence = :sequence,"
        " ended_sequence = :ended_sequence, input = :input, input_hash = :input_hash, output = :output,"
        " output_hash = :output_hash, input_tokens = :input_tokens, cache_read_tokens = :cache_read_tokens,"
        " cache_write_tokens = :cache_write_tokens, output_tokens = :output_tokens,"
        " reasoning_tokens = :reasoning_tokens, tokens_estimated = :estimated, error_code = :error_code,"
        " error_message = :error_message, error_retry_ms = :error_retry_ms, started_at = :started_at,"
        " ended_at = :ended_at WHERE run_id = :run AND position = :position");
    bind(query, step, row);
    query.with(step.run).with(step.position);
    return query.run() > 0;
}

}  // namespace

void put_step(Change change, const core::Step& step) {
    const StepRow row = to_row(change, step);
    // One statement that does either would keep the old pages of each row aside, to undo the one by the
    // other. What is only intended is new as a rule, and what has ended was intended before.
    if (step.state == core::StepState::Intended) {
        if (!insert_step(change, step, row)) update_step(change, step, row);
    } else if (!update_step(change, step, row)) {
        insert_step(change, step, row);
    }
}

Result<std::vector<core::Step>> load_steps(Change change, RunId run) {
    StepRow row;
    core::Step& step = row.step;
    std::vector<core::Step> steps;
    Query query = change.db.query(
        "SELECT run_id, position, kind, state, attempt, sequence, ended_sequence, COALESCE(input, "
        "given.body),"
        " COALESCE(output, made.body), input_tokens, cache_read_tokens, cache_write_tokens, output_tokens,"
        " reasoning_tokens, tokens_estimated, error_code, error_message, error_retry_ms, started_at, ended_at"
        " FROM steps LEFT JOIN blobs AS given ON given.hash = steps.input_hash"
        " LEFT JOIN blobs AS made ON made.hash = steps.output_hash"
        " WHERE run_id = :run ORDER BY position");
    query.with(run).into(step.run).into(step.position).into(row.kind).into(step.state).into(step.attempt);
    query.into(step.sequence).into(step.ended_sequence).into(row.input.body).into(row.output.body);
    query.into(step.usage.input_tokens)
        .into(step.usage.cache_read_tokens)
        .into(step.usage.cache_write_tokens);
    query.into(step.usage.output_tokens).into(step.usage.reasoning_tokens);
    query.into(step.usage.estimated).into(row.error_code).into(row.error_message).into(row.error_retry_ms);
    query.into(step.started_at).into(step.ended_at);
    while (query.next()) {
        BOT_TRY(input, input_from_json(row.kind, row.input.body.value_or("")));
        BOT_TRY(output, output_from_json(row.kind, row.output.body.value_or("")));
        step.input = std::move(input);
        step.output = std::move(output);
        step.error.reset();
        if (row.error_code) step.error = error_from(*row.error_code, row.error_message, row.error_retry_ms);
        steps.push_back(step);
    }
    return steps;
}

std::optional<core::StepState> state_of_step(Change change, RunId run, int position) {
    core::StepState state = core::StepState::Intended;
    Query query = change.db.query("SELECT state FROM steps WHERE run_id = :run AND position = :position");
    query.with(run).with(position).into(state);
    if (!query.next()) return std::nullopt;
    return state;
}

}  // namespace boternity::infra::store
