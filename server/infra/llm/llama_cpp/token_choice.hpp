#pragma once

#include "infra/llm/llama_cpp/answer_grammar.hpp"
#include "infra/llm/llama_cpp/handles.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/model.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::llm {

/// Chooses the next token of one answer, held to a grammar where there is one.
///
/// Threads  one.
class TokenChoice {
public:
    TokenChoice(const LlamaModel& model, const LlamaSampling& sampling, double temperature,
                std::uint32_t seed);

    /// From now on only what fits. InvalidArgument when llama.cpp does not take the grammar.
    Status hold_to(const LlamaModel& model, AnswerGrammar grammar);

    /// Of what the last decode computed, at that place of its batch; -1 is the last.
    Token take(llama_context* context, int place, int vocabulary);

    /// What the answer says next. Frees it from a grammar that text may leave, once it is text.
    void said(std::string_view bytes);

private:
    void look_at(const float* logits);

    SamplerHandle chain_;
    SamplerHandle grammar_{};
    bool or_text_ = false;
    Token opening_ = 0;  // the first of a call
    float lift_ = 0.0F;
    std::string begun_{};                         // until it is known to be text or a call
    std::vector<llama_token_data> candidates_{};  // kept from token to token: it is as long as the vocabulary
};

}  // namespace boternity::infra::llm
