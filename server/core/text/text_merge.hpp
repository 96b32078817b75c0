#pragma once

#include <string>
#include <string_view>

namespace boternity::core {

struct TextMerge {
    std::string text{};
    int conflicts = 0;  ///< places where both changed the same lines in different ways: both stand there
};

/// What two changes of one text come to together (diff3, Khanna and others 2007): line by line, each change
/// in its place. Nothing of either is lost: where they touch the same lines, both stand there, between lines
/// of marks that name them.
TextMerge merge_texts(std::string_view base, std::string_view mine, std::string_view theirs,
                      std::string_view my_label, std::string_view their_label);

}  // namespace boternity::core
