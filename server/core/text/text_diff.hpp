#pragma once

#include <string>
#include <string_view>

namespace boternity::core {

struct TextDiff {
    std::string unified{};  ///< as `diff -u` writes it, 3 lines of context; empty when the texts are equal
    int added_lines = 0;
    int removed_lines = 0;
};

/// The line difference of two texts. `from_label` and `to_label` stand in the two header lines.
TextDiff diff_texts(std::string_view from, std::string_view to, std::string_view from_label,
                    std::string_view to_label);

}  // namespace boternity::core
