// LlamaModel's chat template. A template knows only whole strings, and a string cannot say which of its parts
// are markup. So it is given a mark in place of each message, and the message is put in as tokens afterwards.

#include "infra/llm/llama_cpp/model.hpp"

#include <charconv>
#include <utility>

namespace boternity::infra::llm {
namespace {

using Role = core::PromptMessage::Role;

// RECORD SEPARATOR: no template has one.
constexpr char kMark = '\x1e';

const char* role_name(Role role) noexcept {
    switch (role) {
    case Role::System: return "system";
    case Role::User: return "user";
    case Role::Assistant: return "assistant";
    case Role::Tool: return "tool";
    }
    std::unreachable();
}

}  // namespace

std::string LlamaModel::render(const std::vector<core::PromptMessage>& messages) const {
    std::vector<std::string> marks;
    std::vector<llama_chat_message> chat;
    marks.reserve(messages.size());  // `chat` points into it
    chat.reserve(messages.size());
    for (const auto& message : messages) {
        const std::string& mark = marks.emplace_back(kMark + std::to_string(marks.size()) + kMark);
        chat.push_back({role_name(message.role), mark.c_str()});
    }
    const auto apply = [&](std::string& into) {
        return llama_chat_apply_template(template_.c_str(), chat.data(), chat.size(), true, into.data(),
                                         static_cast<int>(into.size()));
    };
    std::string rendered(messages.size() * 64 + 256, '\0');
    int size = apply(rendered);
    if (size > static_cast<int>(rendered.size())) {
        rendered.resize(static_cast<std::size_t>(size));
        size = apply(rendered);
    }
    rendered.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return rendered;
}

Result<std::vector<Token>> LlamaModel::prompt_tokens(const std::vector<core::PromptMessage>& messages) const {
    if (messages.empty()) return fail(invalid_argument("There is nothing to answer; send a message."));
    const std::string rendered = render(messages);
    if (rendered.empty()) return fail(internal_error("the chat template gave nothing"));

    std::vector<Token> tokens;
    if (llama_vocab_get_add_bos(vocab_)) tokens.push_back(llama_vocab_bos(vocab_));
    std::string_view rest = rendered;
    for (;;) {
        const auto open = rest.find(kMark);
        append_tokens(tokens, rest.substr(0, open), Markup::Template);
        if (open == std::string_view::npos) break;
        const auto close = rest.find(kMark, open + 1);
        const auto digits = rest.substr(open + 1, close - open - 1);
        std::size_t index = messages.size();
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
        if (close == std::string_view::npos || index >= messages.size()) {
            return fail(internal_error("the chat template broke a mark"));
        }
        append_tokens(tokens, messages[index].text(), Markup::Plain);
        rest.remove_prefix(close + 1);
    }
    return tokens;
}

}  // namespace boternity::infra::llm
