#include "core/text/text_merge.hpp"

#include "core/text/line_edits.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace boternity::core {
namespace {

using Lines = std::vector<std::string>;

/// Lines with their ends.
Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1);
        lines.emplace_back(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// The lines [begin, end) of the base become `text`.
struct Change {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text{};
};

std::vector<Change> changes_of(const Lines& base, const Lines& changed) {
    std::vector<Change> changes;
    std::size_t at = 0;
    bool open = false;
    for (const Edit& edit : edits_between(base, changed)) {
        if (edit.mark == ' ') {
            open = false;
            ++at;
            continue;
        }
        if (!open) changes.push_back({.begin = at, .end = at});
        open = true;
        if (edit.mark == '+') {
            changes.back().text += *edit.line;
        } else {
            changes.back().end = ++at;
        }
    }
    return changes;
}

/// What the lines [begin, end) of the base become by those of the changes that lie inside; `next` is moved
/// behind them.
std::string side_of(const Lines& base, const std::vector<Change>& changes, std::size_t& next,
                    std::size_t begin, std::size_t end) {
    std::string text;
    std::size_t at = begin;
    for (; next < changes.size() && changes[next].begin <= end && changes[next].end <= end; ++next) {
        for (; at < changes[next].begin; ++at) text += base[at];
        text += changes[next].text;
        at = changes[next].end;
    }
    for (; at < end; ++at) text += base[at];
    return text;
}

void end_line(std::string& text) {
    if (!text.empty() && text.back() != '\n') text += '\n';
}

class Merging {
public:
    Merging(std::string_view base, std::string_view mine, std::string_view theirs)
        : base_(lines_of(base)),
          mine_(changes_of(base_, lines_of(mine))),
          theirs_(changes_of(base_, lines_of(theirs))) {}

    TextMerge run(std::string_view my_label, std::string_view their_label) {
        TextMerge merge;
        while (my_next_ < mine_.size() || their_next_ < theirs_.size()) {
            const auto [begin, end] = next_group();
            for (; at_ < begin; ++at_) merge.text += base_[at_];
            const std::size_t my_before = my_next_;
            const std::size_t their_before = their_next_;
            std::string mine = side_of(base_, mine_, my_next_, begin, end);
            std::string theirs = side_of(base_, theirs_, their_next_, begin, end);
            at_ = end;
            if (their_next_ == their_before || mine == theirs) {
                merge.text += mine;
            } else if (my_next_ == my_before) {
                merge.text += theirs;
            } else {
                ++merge.conflicts;
                end_line(merge.text);
                end_line(mine);
                end_line(theirs);
                merge.text.append("<<<<<<< ").append(my_label).append("\n").append(mine);
                merge.text.append("=======\n").append(theirs);
                merge.text.append(">>>>>>> ").append(their_label).append("\n");
            }
        }
        for (; at_ < base_.size(); ++at_) merge.text += base_[at_];
        return merge;
    }

private:
    struct Group {
        std::size_t begin;
        std::size_t end;
    };

    /// The lines of the next changes that touch each other.
    Group next_group() const {
        std::size_t mine = my_next_;
        std::size_t theirs = their_next_;
        const bool first_is_mine =
            theirs == theirs_.size() || (mine < mine_.size() && mine_[mine].begin <= theirs_[theirs].begin);
        const Change& first = first_is_mine ? mine_[mine++] : theirs_[theirs++];
        Group group{first.begin, first.end};
        for (bool grown = true; grown;) {
            grown = take(mine_, mine, group) || take(theirs_, theirs, group);
        }
        return group;
    }

    /// Takes the next change in when it begins no later than the group ends.
    static bool take(const std::vector<Change>& changes, std::size_t& next, Group& group) {
        if (next == changes.size() || changes[next].begin > group.end) return false;
        group.end = std::max(group.end, changes[next++].end);
        return true;
    }

    Lines base_;
    std::vector<Change> mine_;
    std::vector<Change> theirs_;
    std::size_t my_next_ = 0;
    std::size_t their_next_ = 0;
    std::size_t at_ = 0;
};

}  // namespace

TextMerge merge_texts(std::string_view base, std::string_view mine, std::string_view theirs,
                      std::string_view my_label, std::string_view their_label) {
    return Merging(base, mine, theirs).run(my_label, their_label);
}

}  // namespace boternity::core
