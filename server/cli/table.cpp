#include "cli/table.hpp"

#include "cli/safe_text.hpp"

#include <algorithm>
#include <numeric>

namespace boternity::cli {
namespace {

constexpr int kGap = 2;
/// A column that shrinks keeps at least this much.
constexpr int kNarrowest = 8;

std::string spaces(int count) {
    return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

}  // namespace

void Table::add(const std::vector<std::string>& cells) {
    std::vector<std::string> row;
    row.reserve(columns_.size());
    for (const auto& cell : cells) row.push_back(safe_line(cell));
    row.resize(columns_.size());
    rows_.push_back(std::move(row));
}

std::vector<int> Table::widths(int limit) const {
    std::vector<int> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        int width = display_width(columns_[i].title);
        for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
        widths.push_back(width);
    }
    if (limit <= 0) return widths;
    int excess = std::accumulate(widths.begin(), widths.end(), 0) +
                 kGap * (static_cast<int>(columns_.size()) - 1) - limit;
    while (excess > 0) {
        // The widest of those that may shrink gives one column up, so they end about equal.
        int* widest = nullptr;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const int least = std::max(kNarrowest, display_width(columns_[i].title));
            if (columns_[i].fit != Fit::Shrinks || widths[i] <= least) continue;
            if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
        }
        if (widest == nullptr) break;
        --*widest;
        --excess;
    }
    return widths;
}

std::string Table::text(int width, std::string_view header_style, std::string_view reset) const {
    const auto columns = widths(width);
    const auto line = [&](const auto& cell_of) {
        std::string out;
        int owed = 0;  // blanks that are written only when something follows
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string cell = cut_to_width(cell_of(i), columns[i]);
            const int padding = columns[i] - display_width(cell);
            if (columns_[i].align == Align::Right) owed += padding;
            if (!cell.empty()) {
                out += spaces(owed) + cell;
                owed = 0;
            }
            if (columns_[i].align == Align::Left) owed += padding;
            owed += kGap;
        }
        return out;
    };
    std::string out(header_style);
    out += line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
    out += reset;
    out += '\n';
    for (const auto& row : rows_) {
        out += line([&](std::size_t i) -> const std::string& { return row[i]; });
        out += '\n';
    }
    return out;
}

void Details::add(std::string label, std::string_view value) {
    if (!value.empty()) rows_.emplace_back(std::move(label), safe_line(value));
}

std::string Details::text(std::string_view label_style, std::string_view reset) const {
    int width = 0;
    for (const auto& [label, value] : rows_) width = std::max(width, display_width(label));
    std::string out;
    for (const auto& [label, value] : rows_) {
        out += label_style;
        out += label;
        out += reset;
        out += spaces(width - display_width(label) + kGap) + value + '\n';
    }
    return out;
}

}  // namespace boternity::cli
