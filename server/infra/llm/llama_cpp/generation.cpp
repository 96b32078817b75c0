#include "infra/llm/llama_cpp/generation.hpp"

#include "infra/llm/llama_cpp/answer_grammar.hpp"
#include "infra/llm/llama_cpp/llama_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace boternity::infra::llm {
namespace {

/// FNV-1a over the prompt and the session: the same request again draws the same numbers.
std::uint32_t seed_of(const std::vector<Token>& prompt, std::string_view cache_key) {
    std::uint32_t hash = 2'166'136'261U;
    const auto mix = [&](std::uint32_t value) { hash = (hash ^ value) * 16'777'619U; };
    for (const Token token : prompt) mix(static_cast<std::uint32_t>(token));
    for (const char byte : cache_key) mix(static_cast<unsigned char>(byte));
    return hash;
}

bool wants_stop(void* stop) {
    return static_cast<const std::atomic<bool>*>(stop)->load();
}

/// llama.cpp asks between the operations of a decode whether it is still wanted.
class StopWhile {
public:
    StopWhile(llama_context* context, const std::atomic<bool>& stop) : context_(context) {
        llama_set_abort_callback(context_, &wants_stop, const_cast<std::atomic<bool>*>(&stop));
    }
    ~StopWhile() { llama_set_abort_callback(context_, nullptr, nullptr); }
    StopWhile(const StopWhile&) = delete;
    StopWhile& operator=(const StopWhile&) = delete;

private:
    llama_context* context_;
};

// llama_decode's answers.
constexpr int kDecoded = 0;
constexpr int kAborted = 2;

Error model_failed(int answer, const LlamaLogScope& heard) {
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The local model failed; send the message again.",
            .detail = fmt::format("llama_decode answered {}: {}", answer, heard.first_error())};
}

}  // namespace

Result<std::unique_ptr<Generation>> Generation::prepare(std::shared_ptr<const LlamaModel> model,
                                                        const core::ModelRequest& request,
                                                        const LlamaSampling& sampling) {
    BOT_TRY(grammar, answer_grammar(request));
    BOT_TRY(prompt, model->prompt_tokens(
                        told_as_text(request, model->knows_tools() ? Examples::None : Examples::Shown)));
    const auto window = static_cast<std::size_t>(model->window_tokens());
    if (prompt.size() >= window) {
        return fail(
            ErrorCode::ContextTooLong,
            fmt::format("This conversation needs {} tokens, but {} has room for {}. Shorten the message or "
                        "use a model with a larger window.",
                        prompt.size(), request.model, window - 1));
    }
    auto generation = std::make_unique<Generation>(std::move(model), request, sampling, std::move(prompt));
    if (grammar) BOT_CHECK(generation->choice_.hold_to(*generation->model_, std::move(*grammar)));
    return generation;
}

Generation::Generation(std::shared_ptr<const LlamaModel> model, const core::ModelRequest& request,
                       const LlamaSampling& sampling, std::vector<Token> prompt)
    : model_(std::move(model)),
      tokens_(std::move(prompt)),
      prompt_tokens_(static_cast<int>(tokens_.size())),
      most_output_(std::max(request.max_output_tokens, 1)),
      choice_(*model_, sampling, request.temperature.value_or(sampling.temperature),
              seed_of(tokens_, request.cache_key)),
      text_(request.stop) {
    if (!request.tools.empty() && request.tool_choice != core::ToolChoice::None) calls_.emplace();
}

void Generation::enter(KvSlot& slot) {
    const auto kept = static_cast<int>(slot.keep_common(tokens_));
    if (!cached_) cached_ = kept;
}

/// How many tokens are computed next. Never the last one of a prompt alone: llama.cpp multiplies single rows
/// by another kernel, with a slightly different result, and the answer should not depend on where a chunk
/// ended.
std::size_t Generation::next_chunk(const KvSlot& slot, int chunk) const {
    const std::size_t left = tokens_.size() - slot.held.size();
    const auto most = std::max<std::size_t>(static_cast<std::size_t>(chunk), 3);
    return left == most + 1 ? most - 1 : std::min(left, most);
}

Result<Generation::Step> Generation::step_blocking(KvSlot& slot, TokenBatch& batch, int chunk,
                                                   const std::atomic<bool>& stop, core::Log& log) {
    const LlamaLogScope heard(log);
    const std::size_t left = tokens_.size() - slot.held.size();
    const std::size_t now = next_chunk(slot, chunk);
    const Token* first = tokens_.data() + slot.held.size();
    slot.fill(batch, first, now);
    const StopWhile stop_while(slot.context, stop);
    const int answer = llama_decode(slot.context, batch.tokens());
    if (answer != kDecoded) {
        slot.cut(answer == kAborted ? slot.held.size() : 0);
        if (answer == kAborted) return fail(ErrorCode::Cancelled, "The call was cancelled.");
        return fail(model_failed(answer, heard));
    }
    slot.held.insert(slot.held.end(), first, first + now);
    if (now < left) return Step{.read_prompt = true};
    return choose(slot, -1);
}

Status Generation::speak_together_blocking(std::vector<Speaker>& speakers, TokenBatch& batch,
                                           core::Log& log) {
    const LlamaLogScope heard(log);
    batch.clear();
    for (const Speaker& one : speakers)
        batch.add(one.generation->tokens_.back(), one.slot->held.size(), one.slot->sequence, true);
    const int answer = llama_decode(speakers.front().slot->context, batch.tokens());
    if (answer != kDecoded) {
        for (const Speaker& one : speakers) one.slot->cut(0);
        return fail(model_failed(answer, heard));
    }
    int place = 0;
    for (Speaker& one : speakers) {
        one.slot->held.push_back(one.generation->tokens_.back());
        one.step = one.generation->choose(*one.slot, place++);
    }
    return {};
}

Generation::Step Generation::choose(const KvSlot& slot, int place) {
    const Token token = choice_.take(slot.context, place, model_->vocabulary_size());
    if (model_->ends_answer(token)) return last(text_.finish(), core::StopReason::Stop);
    tokens_.push_back(token);
    const std::string bytes = model_->bytes_of(token);
    choice_.said(bytes);
    auto part = text_.add(bytes);
    if (part.stopped) return last(std::move(part.text), core::StopReason::Stop);
    const int made = static_cast<int>(tokens_.size()) - prompt_tokens_;
    if (made >= most_output_ || static_cast<int>(tokens_.size()) >= model_->window_tokens()) {
        return last(part.text + text_.finish(), core::StopReason::Length);
    }
    return {.pieces = read(std::move(part.text))};
}

std::vector<core::ReplyPiece> Generation::read(std::string text) {
    if (text.empty()) return {};
    if (calls_) return calls_->add(text);
    std::vector<core::ReplyPiece> pieces;
    pieces.emplace_back(core::TextPiece{.text = std::move(text)});
    return pieces;
}

Generation::Step Generation::last(std::string text, core::StopReason reason) {
    Step step{.pieces = read(std::move(text))};
    if (calls_) {
        for (auto& piece : calls_->finish()) step.pieces.push_back(std::move(piece));
        if (reason == core::StopReason::Stop && calls_->calls() > 0) reason = core::StopReason::ToolCalls;
    }
    step.end = end(reason);
    return step;
}

core::ReplyEnd Generation::end(core::StopReason reason) const {
    return {.reason = reason,
            .usage = core::Usage{.input_tokens = prompt_tokens_,
                                 .cache_read_tokens = cached_.value_or(0),
                                 .output_tokens = static_cast<int>(tokens_.size()) - prompt_tokens_}};
}

}  // namespace boternity::infra::llm
