#pragma once

#include "core/llm/model.hpp"
#include "types/result.hpp"

#include <optional>
#include <string>

namespace boternity::infra::llm {

/// What may be chosen as the next token, as llama.cpp's grammar (GBNF, rule `root`).
struct AnswerGrammar {
    std::string text{};
    /// The answer may also be plain text: once it has begun as that, the grammar is over.
    bool or_text = false;
};

/// The grammar of what a request asks for: an answer that fits its schema, or calls of its tools. Nothing
/// when any text will do.
///
/// A schema may be 64 KiB long and 32 levels deep. Of an answer's schema every keyword must be one that the
/// grammar can hold; those of a tool's are held where they can be.
/// Errors  InvalidArgument, naming schema or tool and what is wrong with it.
/// Threads any; takes time in proportion to the schemas.
Result<std::optional<AnswerGrammar>> answer_grammar(const core::ModelRequest& request);

}  // namespace boternity::infra::llm
