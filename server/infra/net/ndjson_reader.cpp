#include "infra/net/ndjson_reader.hpp"

#include <algorithm>
#include <utility>

namespace boternity::infra {

Status NdjsonReader::feed(std::string_view bytes, std::vector<SseEvent>& lines) {
    while (!bytes.empty()) {
        const std::size_t length = std::min(bytes.find('\n'), bytes.size());
        if (line_.size() + length > limit_) {
            return fail(ErrorCode::TooLarge,
                        "The stream has a line of more than " + std::to_string(limit_) + " bytes.");
        }
        line_ += bytes.substr(0, length);
        bytes.remove_prefix(length);
        if (bytes.empty()) break;
        bytes.remove_prefix(1);
        end_line(lines);
    }
    return {};
}

Status NdjsonReader::finish(std::vector<SseEvent>& lines) {
    end_line(lines);
    return {};
}

void NdjsonReader::end_line(std::vector<SseEvent>& lines) {
    std::string_view line = line_;
    if (std::exchange(first_line_, false) && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin != std::string_view::npos) {
        line = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
        lines.push_back({.type = "message", .data = std::string(line)});
    }
    line_.clear();
}

}  // namespace boternity::infra
