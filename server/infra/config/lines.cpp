#include "infra/config/lines.hpp"

namespace boternity::infra {

Lines::Lines(std::string_view text) : text_(text) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto size = end == std::string_view::npos ? text.size() : end + 1;
        lines_.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    if (!lines_.empty() && lines_.front().ends_with("\r\n")) ending_ = "\r\n";
}

std::string_view Lines::at(std::size_t line) const {
    auto out = lines_[line];
    while (out.ends_with('\n') || out.ends_with('\r')) out.remove_suffix(1);
    return out;
}

std::string Lines::indent(std::size_t line) const {
    const auto text = at(line);
    const auto end = text.find_first_not_of(" \t");
    return std::string(text.substr(0, end == std::string_view::npos ? text.size() : end));
}

bool Lines::is_blank(std::size_t line) const {
    return at(line).find_first_not_of(" \t") == std::string_view::npos;
}

bool Lines::is_comment(std::size_t line) const {
    return at(line).substr(indent(line).size()).starts_with('#');
}

std::string Lines::replaced(std::size_t first, std::size_t end, const std::vector<std::string>& by) const {
    std::string out;
    for (std::size_t i = 0; i < first; ++i) out += lines_[i];
    if (!out.empty() && !out.ends_with('\n') && !by.empty()) out += ending_;
    for (const auto& line : by) out.append(line).append(ending_);
    for (std::size_t i = end; i < lines_.size(); ++i) out += lines_[i];
    return out;
}

std::string Lines::spliced(FilePlace begin, FilePlace end, std::string_view by) const {
    const auto from = offset_of(begin);
    return std::string(text_.substr(0, from)).append(by).append(text_.substr(offset_of(end)));
}

std::size_t Lines::offset_of(FilePlace place) const {
    std::size_t offset = 0;
    for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(place.line) && i < lines_.size(); ++i) {
        offset += lines_[i].size();
    }
    // Columns count characters; the bytes behind the first one of a character begin with the bits 10.
    const auto goes_on = [&](std::size_t at) {
        return at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xc0U) == 0x80U;
    };
    for (int column = 1; column < place.column && offset < text_.size(); ++column) {
        ++offset;
        while (goes_on(offset)) ++offset;
    }
    return offset;
}

}  // namespace boternity::infra
