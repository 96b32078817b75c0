#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::cli {

enum class Align { Left, Right };

/// Whether a column gives up width when the terminal is narrow.
enum class Fit { Whole, Shrinks };

struct Column {
    std::string title;
    Align align = Align::Left;
    Fit fit = Fit::Whole;
};

/// Aligned columns for people. Cells are made harmless as they are added.
class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// One cell for each column.
    void add(const std::vector<std::string>& cells);

    bool empty() const noexcept { return rows_.empty(); }

    /// The lines, each ended by a newline and without trailing blanks. `width` is the terminal's, or 0 for no
    /// limit; `header_style` and `reset` wrap the header line and may be empty.
    std::string text(int width, std::string_view header_style, std::string_view reset) const;

private:
    std::vector<int> widths(int limit) const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// The fields of one thing, one a line: a label, then the value. Values are made harmless as they are added.
class Details {
public:
    /// An empty value leaves the line out.
    void add(std::string label, std::string_view value);
    std::string text(std::string_view label_style, std::string_view reset) const;

private:
    std::vector<std::pair<std::string, std::string>> rows_;
};

}  // namespace boternity::cli
