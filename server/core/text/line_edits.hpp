#pragma once

#include <string>
#include <vector>

namespace boternity::core {

/// One line of an edit script: ' ' both have it, '-' only the first text, '+' only the second.
struct Edit {
    char mark;
    const std::string* line;
};

/// What makes the lines of one text those of another, by a longest common subsequence where that can be found
/// in a moment. The pointers live as long as the lines.
std::vector<Edit> edits_between(const std::vector<std::string>& from, const std::vector<std::string>& to);

}  // namespace boternity::core
