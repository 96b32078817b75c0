#pragma once

#include "infra/config/document.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// A text by its lines, for edits that leave all the others as they are. Refers to the text.
class Lines {
public:
    explicit Lines(std::string_view text);

    std::size_t size() const noexcept { return lines_.size(); }
    /// Without its end, be it LF or CR LF.
    std::string_view at(std::size_t line) const;
    /// The blanks that it begins with.
    std::string indent(std::size_t line) const;
    bool is_blank(std::size_t line) const;
    bool is_comment(std::size_t line) const;

    /// The text with the lines from `first` up to `end` replaced by others.
    std::string replaced(std::size_t first, std::size_t end, const std::vector<std::string>& by) const;
    /// The text with what stands from `begin` up to `end` replaced.
    std::string spliced(FilePlace begin, FilePlace end, std::string_view by) const;

private:
    std::size_t offset_of(FilePlace place) const;

    std::string_view text_;
    std::vector<std::string_view> lines_;  ///< with their ends
    std::string_view ending_ = "\n";       ///< of new lines: as the first one ends
};

}  // namespace boternity::infra
