#include "infra/net/sse_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace boternity::infra {

Status SseReader::feed(std::string_view bytes, std::vector<SseEvent>& events) {
    while (!bytes.empty()) {
        if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
            bytes.remove_prefix(1);
            continue;
        }
        const std::size_t length = std::min(bytes.find_first_of("\r\n"), bytes.size());
        if (line_.size() + data_.size() + length > limit_) {
            return fail(ErrorCode::TooLarge,
                        "The stream has an event of more than " + std::to_string(limit_) + " bytes.");
        }
        line_ += bytes.substr(0, length);
        bytes.remove_prefix(length);
        if (bytes.empty()) break;
        after_cr_ = bytes.front() == '\r';
        bytes.remove_prefix(1);
        end_line(events);
    }
    return {};
}

void SseReader::end_line(std::vector<SseEvent>& events) {
    std::string_view line = line_;
    if (std::exchange(first_line_, false) && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    if (line.empty()) {
        dispatch(events);
    } else if (line.front() != ':') {  // else a comment
        const std::size_t colon = line.find(':');
        std::string_view value =
            colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        take_field(line.substr(0, colon), value);
    }
    line_.clear();
}

void SseReader::take_field(std::string_view name, std::string_view value) {
    if (name == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    } else if (name == "event") {
        type_ = value;
    } else if (name == "id") {
        if (!value.contains('\0')) last_id_ = value;
    } else if (name == "retry") {
        std::uint32_t milliseconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
        if (error == std::errc{} && end == value.data() + value.size()) {
            retry_ = std::chrono::milliseconds(milliseconds);
        }
    }
}

void SseReader::dispatch(std::vector<SseEvent>& events) {
    std::string type = std::exchange(type_, {});
    std::string data = std::exchange(data_, {});
    has_data_ = false;
    if (data.empty()) return;
    events.push_back(
        {.type = type.empty() ? "message" : std::move(type), .data = std::move(data), .id = last_id_});
}

}  // namespace boternity::infra
