#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::llm {

/// Makes text of the bytes that tokens stand for: whole UTF-8 characters (RFC 3629; a byte that cannot be
/// part of one becomes U+FFFD), and nothing from the first stop string on, wherever the tokens cut it.
class ReplyText {
public:
    /// Empty stop strings are ignored.
    explicit ReplyText(std::vector<std::string> stops);

    struct Part {
        std::string text{};    ///< may be shown; may be empty
        bool stopped = false;  ///< a stop string was met; there is nothing more
    };
    Part add(std::string_view bytes);

    /// What was held back because it could have become a stop string. An unfinished character is left out.
    std::string finish();

private:
    void take_whole_characters();
    std::size_t possible_stop() const;

    std::vector<std::string> stops_;
    std::string bytes_;  ///< an unfinished character: at most three bytes between two calls
    std::string text_;   ///< whole characters, not yet shown: shorter than the longest stop string
};

}  // namespace boternity::infra::llm
