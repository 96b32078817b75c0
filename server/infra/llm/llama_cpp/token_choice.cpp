#include "infra/llm/llama_cpp/token_choice.hpp"

#include "infra/llm/llama_cpp/tool_text.hpp"

#include <cstddef>
#include <limits>
#include <utility>

namespace boternity::infra::llm {
namespace {

SamplerHandle make_sampler(const LlamaModel& model, const LlamaSampling& sampling, double temperature,
                           std::uint32_t seed) {
    auto params = llama_sampler_chain_default_params();
    params.no_perf = true;
    SamplerHandle chain(llama_sampler_chain_init(params));
    // The penalty after the cut to some candidates: over the whole vocabulary it is slow.
    llama_sampler_chain_add(chain.get(), llama_sampler_init_top_k(sampling.top_k));
    llama_sampler_chain_add(
        chain.get(), llama_sampler_init_penalties(model.vocabulary_size(), sampling.repeat_window,
                                                  static_cast<float>(sampling.repeat_penalty), 0.0F, 0.0F));
    if (temperature <= 0) {
        llama_sampler_chain_add(chain.get(), llama_sampler_init_greedy());
        return chain;
    }
    llama_sampler_chain_add(chain.get(), llama_sampler_init_top_p(static_cast<float>(sampling.top_p), 1));
    llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(temperature)));
    llama_sampler_chain_add(chain.get(), llama_sampler_init_dist(seed));
    return chain;
}

// What the first token of a call gains over the first of a text, with a model that was not taught to call.
// Measured with SmolLM2-135M: where a tool helps, "<" is less than 0.5 behind the best token, where none
// does, more than 1.3.
constexpr float kCallLift = 0.8F;

bool fits(llama_sampler* grammar, Token token) {
    llama_token_data one{.id = token, .logit = 1.0F, .p = 0.0F};
    llama_token_data_array only{.data = &one, .size = 1, .selected = -1, .sorted = false};
    llama_sampler_apply(grammar, &only);
    return one.logit != -std::numeric_limits<float>::infinity();
}

}  // namespace

TokenChoice::TokenChoice(const LlamaModel& model, const LlamaSampling& sampling, double temperature,
                         std::uint32_t seed)
    : chain_(make_sampler(model, sampling, temperature, seed)) {}

Status TokenChoice::hold_to(const LlamaModel& model, AnswerGrammar grammar) {
    grammar_.reset(llama_sampler_init_grammar(model.vocabulary(), grammar.text.c_str(), "root"));
    if (!grammar_) {
        return fail(
            invalid_argument("The schema can never be fulfilled, or is too large for this model; look for a "
                             "part that needs itself, and for long minimum lengths."));
    }
    or_text_ = grammar.or_text;
    std::vector<Token> opening;
    model.append_tokens(opening, kCallOpens, LlamaModel::Markup::Plain);
    if (!opening.empty()) opening_ = opening.front();
    lift_ = model.knows_tools() ? 0.0F : kCallLift;
    return {};
}

Token TokenChoice::take(llama_context* context, int place, int vocabulary) {
    if (!grammar_) return llama_sampler_sample(chain_.get(), context, place);
    candidates_.resize(static_cast<std::size_t>(vocabulary));
    const float* logits = llama_get_logits_ith(context, place);
    const auto chosen = [&](bool held) {
        look_at(logits);
        if (or_text_ && begun_.empty()) candidates_[static_cast<std::size_t>(opening_)].logit += lift_;
        llama_token_data_array all{
            .data = candidates_.data(), .size = candidates_.size(), .selected = -1, .sorted = false};
        if (held) llama_sampler_apply(grammar_.get(), &all);
        llama_sampler_apply(chain_.get(), &all);
        return all.data[all.selected].id;
    };
    // Looking at one token is quick, at the whole vocabulary slow, and mostly what the model wants fits.
    Token token = chosen(false);
    if (!fits(grammar_.get(), token)) token = chosen(true);
    llama_sampler_accept(grammar_.get(), token);
    llama_sampler_accept(chain_.get(), token);
    return token;
}

void TokenChoice::look_at(const float* logits) {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        candidates_[i] = {.id = static_cast<Token>(i), .logit = logits[i], .p = 0.0F};
    }
}

void TokenChoice::said(std::string_view bytes) {
    if (!or_text_) return;
    begun_ += bytes;
    const auto opens = kCallOpens.substr(0, begun_.size());
    if (!std::string_view(begun_).starts_with(opens)) {
        grammar_.reset();
        or_text_ = false;
    } else if (begun_.size() >= kCallOpens.size()) {
        or_text_ = false;
    }
}

}  // namespace boternity::infra::llm
