#include "api/http/chunked_body.hpp"

#include <algorithm>

namespace boternity::api {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_field_byte(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

ChunkedBody::State ChunkedBody::feed(std::string_view input, std::size_t& taken) {
    taken = 0;
    while (taken < input.size()) {
        if (part_ == Part::Data) {
            const auto part = std::min<std::uint64_t>(size_, input.size() - taken);
            body_.append(input.substr(taken, part));
            taken += part;
            size_ -= part;
            if (size_ == 0) part_ = Part::DataCr;
            continue;
        }
        const State state = feed_byte(input[taken++]);
        if (state != State::More) return state;
    }
    return State::More;
}

ChunkedBody::State ChunkedBody::feed_byte(char c) {
    switch (part_) {
    case Part::Size:
        if (const int digit = hex_digit(c); digit >= 0) {
            any_digit_ = true;
            if (digit != 0 || digits_ > 0) ++digits_;
            if (digits_ > kMostDigits || ++line_ > kMostLine) return State::Malformed;
            size_ = size_ * 16 + static_cast<unsigned>(digit);
            return State::More;
        }
        if (!any_digit_) return State::Malformed;
        if (c == '\r') {
            part_ = Part::SizeLf;
        } else if (c == ';') {
            part_ = Part::Extension;
        } else {
            return State::Malformed;  // also a blank: bad whitespace of section 7.1.1
        }
        return State::More;
    case Part::Extension:
        if (c == '\r') {
            part_ = Part::SizeLf;
        } else if (!is_field_byte(c) || ++line_ > kMostLine) {
            return State::Malformed;
        }
        return State::More;
    case Part::SizeLf: return c == '\n' ? end_of_size() : State::Malformed;
    case Part::DataCr: part_ = Part::DataLf; return c == '\r' ? State::More : State::Malformed;
    case Part::DataLf: part_ = Part::Size; return c == '\n' ? State::More : State::Malformed;
    case Part::Trailer:
        if (++trailer_bytes_ > kMostTrailer) return State::Malformed;
        if (c == '\r') {
            part_ = Part::TrailerLf;
        } else if (is_field_byte(c)) {
            trailer_line_ += c;
        } else {
            return State::Malformed;
        }
        return State::More;
    case Part::TrailerLf: return c == '\n' ? end_of_trailer_line() : State::Malformed;
    case Part::Data: break;
    }
    return State::Malformed;
}

ChunkedBody::State ChunkedBody::end_of_size() {
    if (size_ > limit_ - body_.size()) return State::TooLarge;
    part_ = size_ == 0 ? Part::Trailer : Part::Data;
    digits_ = 0;
    any_digit_ = false;
    line_ = 0;
    return State::More;
}

ChunkedBody::State ChunkedBody::end_of_trailer_line() {
    if (trailer_line_.empty()) return State::Done;
    const auto colon = trailer_line_.find(':');
    const auto name = std::string_view(trailer_line_).substr(0, colon);
    if (colon == 0 || colon == std::string::npos || name.find_first_of(" \t") != std::string_view::npos) {
        return State::Malformed;
    }
    trailer_line_.clear();
    part_ = Part::Trailer;
    return State::More;
}

}  // namespace boternity::api
