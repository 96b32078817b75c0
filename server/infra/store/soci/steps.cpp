#include "infra/store/soci/steps.hpp"

#include "core/runtime/content_hash.hpp"
#include "infra/store/soci/error_columns.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace boternity::infra::store {
namespace {

namespace json = boost::json;

// Larger outputs are kept apart, once for each content, so that a list of steps stays small.
constexpr std::size_t kMaxInlineBytes = 4096;

constexpr SqlPiece
    kColumns(" run_id, position, kind, state, attempt, model, output, output_hash, input_tokens,"
             " cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, tokens_estimated, "
             "error_code, error_message, error_retry_ms,"
             " started_at, ended_at ");

/// A step as its columns stand.
struct StepRow {
    core::Step step{};
    std::optional<std::string> output{};
    std::optional<std::string> output_hash{};
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

StepRow to_row(Change change, const core::Step& step) {
    StepRow row{.step = step};
    if (step.output != core::ModelOutput{}) {
        std::string output = output_to_json(step.output);
        if (output.size() > kMaxInlineBytes) {
            row.output_hash = keep_blob(change, output);
        } else {
            row.output = std::move(output);
        }
    }
    if (step.error) {
        row.error_code = step.error->code;
        row.error_message = step.error->message;
        row.error_retry_ms = milliseconds_of(step.error->retry_after);
    }
    return row;
}

}  // namespace

std::string output_to_json(const core::ModelOutput& output) {
    json::object object;
    object["text"] = output.text;
    json::array& pieces = (object["pieces"] = json::array()).get_array();
    for (const std::uint32_t piece : output.pieces) pieces.emplace_back(piece);
    if (output.stop_reason) object["stop_reason"] = core::name_of(*output.stop_reason);
    return json::serialize(object);
}

Result<core::ModelOutput> output_from_json(std::string_view text) {
    // What a model said is kept as it came, valid UTF-8 or not.
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    json::error_code error;
    const json::value value = json::parse(text, error, {}, options);
    const auto* object = error ? nullptr : value.if_object();
    const auto* said = object ? object->if_contains("text") : nullptr;
    const auto* pieces = object ? object->if_contains("pieces") : nullptr;
    if (!said || !said->is_string() || !pieces || !pieces->is_array()) {
        return fail(internal_error("a step's output in the database is not what was written"));
    }
    core::ModelOutput output;
    output.text = said->get_string();
    for (const auto& piece : pieces->get_array()) {
        output.pieces.push_back(piece.to_number<std::uint32_t>(error));
        if (error) return fail(internal_error("a step's pieces in the database are not numbers"));
    }
    if (const auto* reason = object->if_contains("stop_reason"); reason && reason->is_string()) {
        const auto& name = reason->get_string();
        output.stop_reason = core::stop_reason_from({name.data(), name.size()});
    }
    return output;
}

void put_step(Change change, const core::Step& step) {
    const StepRow row = to_row(change, step);
    Query query = change.db.query(
        kSql<"INSERT INTO steps (", kColumns,
             ") VALUES (:run, :position, :kind, :state, :attempt, :model, :output, :output_hash, "
             ":input_tokens,"
             " :cache_read_tokens, :cache_write_tokens, :output_tokens, :reasoning_tokens, :estimated, "
             ":error_code, :error_message, :error_retry_ms, "
             ":started_at, "
             ":ended_at)"
             " ON CONFLICT (run_id, position) DO UPDATE SET kind = excluded.kind, state = excluded.state,"
             " attempt = excluded.attempt, model = excluded.model, output = excluded.output,"
             " output_hash = excluded.output_hash, input_tokens = excluded.input_tokens,"
             " cache_read_tokens = excluded.cache_read_tokens,"
             " cache_write_tokens = excluded.cache_write_tokens, output_tokens = excluded.output_tokens,"
             " reasoning_tokens = excluded.reasoning_tokens,"
             " tokens_estimated = excluded.tokens_estimated, error_code = excluded.error_code,"
             " error_message = excluded.error_message, error_retry_ms = excluded.error_retry_ms, started_at "
             "= excluded.started_at,"
             " ended_at = excluded.ended_at">);
    query.with(step.run).with(step.position).with(step.kind).with(step.state).with(step.attempt);
    query.with(step.model).with(row.output).with(row.output_hash);
    query.with(step.usage.input_tokens)
        .with(step.usage.cache_read_tokens)
        .with(step.usage.cache_write_tokens);
    query.with(step.usage.output_tokens).with(step.usage.reasoning_tokens);
    query.with(step.usage.estimated).with(row.error_code).with(row.error_message).with(row.error_retry_ms);
    query.with(step.started_at).with(step.ended_at).run();
}

Result<std::vector<core::Step>> load_steps(Change change, RunId run) {
    StepRow row;
    core::Step& step = row.step;
    std::vector<core::Step> steps;
    Query query = change.db.query(
        "SELECT run_id, position, kind, state, attempt, model, COALESCE(output, body), input_tokens,"
        " cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, tokens_estimated, "
        "error_code, error_message, error_retry_ms, "
        "started_at, ended_at"
        " FROM steps LEFT JOIN blobs ON blobs.hash = steps.output_hash"
        " WHERE run_id = :run ORDER BY position");
    query.with(run).into(step.run).into(step.position).into(step.kind).into(step.state).into(step.attempt);
    query.into(step.model).into(row.output);
    query.into(step.usage.input_tokens)
        .into(step.usage.cache_read_tokens)
        .into(step.usage.cache_write_tokens);
    query.into(step.usage.output_tokens).into(step.usage.reasoning_tokens);
    query.into(step.usage.estimated).into(row.error_code).into(row.error_message).into(row.error_retry_ms);
    query.into(step.started_at).into(step.ended_at);
    while (query.next()) {
        step.output = {};
        step.error.reset();
        if (row.output) {
            BOT_TRY(output, output_from_json(*row.output));
            step.output = std::move(output);
        }
        if (row.error_code) step.error = error_from(*row.error_code, row.error_message, row.error_retry_ms);
        steps.push_back(step);
    }
    return steps;
}

}  // namespace boternity::infra::store
