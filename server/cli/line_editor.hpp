#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace boternity::cli {

/// Reads lines that a person types, with editing and a history of this conversation. Blocks its thread while
/// they type; only for a program's main thread. The terminal is as it was before whenever `read` is not
/// running.
class LineEditor {
public:
    /// `in` is a terminal; the prompt and the line appear on `out`, which is one too.
    LineEditor(std::FILE* in, std::FILE* out);
    ~LineEditor();
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    enum class Outcome {
        Line,         ///< `line` holds it, without its newline
        Interrupted,  ///< Ctrl-C on an empty line; one that is not empty is cleared instead
        End,          ///< Ctrl-D on an empty line, or the terminal is gone
    };

    Outcome read(std::string prompt, std::string& line);

    /// What arrow-up finds.
    void remember(std::string_view line);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace boternity::cli
