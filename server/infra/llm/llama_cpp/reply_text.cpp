#include "infra/llm/llama_cpp/reply_text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace boternity::infra::llm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

/// The well-formed range of the byte after this lead byte (RFC 3629, section 4), and the length in all.
struct Shape {
    std::size_t length = 0;  ///< 0: no lead byte
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
};

Shape shape_of(unsigned char lead) noexcept {
    if (lead < 0x80) return {1};
    if (lead < 0xc2) return {0};
    if (lead < 0xe0) return {2};
    if (lead == 0xe0) return {3, 0xa0, 0xbf};
    if (lead == 0xed) return {3, 0x80, 0x9f};  // no surrogates
    if (lead < 0xf0) return {3};
    if (lead == 0xf0) return {4, 0x90, 0xbf};
    if (lead < 0xf4) return {4};
    if (lead == 0xf4) return {4, 0x80, 0x8f};
    return {0};
}

/// How many bytes at the start of `bytes` belong to one character, and whether it is whole.
struct Character {
    std::size_t bytes = 0;
    enum class State { Whole, Unfinished, Wrong } state = State::Wrong;
};

Character first_character(std::string_view bytes) noexcept {
    const Shape shape = shape_of(byte_at(bytes, 0));
    if (shape.length == 0) return {1, Character::State::Wrong};
    for (std::size_t i = 1; i < shape.length; ++i) {
        if (i == bytes.size()) return {i, Character::State::Unfinished};
        const unsigned char low = i == 1 ? shape.low : 0x80;
        const unsigned char high = i == 1 ? shape.high : 0xbf;
        if (byte_at(bytes, i) < low || byte_at(bytes, i) > high) return {i, Character::State::Wrong};
    }
    return {shape.length, Character::State::Whole};
}

}  // namespace

ReplyText::ReplyText(std::vector<std::string> stops) : stops_(std::move(stops)) {
    std::erase(stops_, std::string());
}

void ReplyText::take_whole_characters() {
    std::string_view rest = bytes_;
    while (!rest.empty()) {
        const Character character = first_character(rest);
        if (character.state == Character::State::Unfinished) break;
        text_ += character.state == Character::State::Whole ? rest.substr(0, character.bytes) : kReplacement;
        rest.remove_prefix(character.bytes);
    }
    bytes_ = std::string(rest);
}

/// Where the longest end of the text begins that is also the beginning of a stop string.
std::size_t ReplyText::possible_stop() const {
    std::size_t from = text_.size();
    for (const auto& stop : stops_) {
        const std::size_t most = std::min(stop.size() - 1, text_.size());
        for (std::size_t length = most; length > text_.size() - from; --length) {
            if (text_.ends_with(std::string_view(stop).substr(0, length))) {
                from = text_.size() - length;
                break;
            }
        }
    }
    // A stop string that begins inside a character must not cut one.
    while (from > 0 && from < text_.size() && (byte_at(text_, from) & 0xc0) == 0x80) --from;
    return from;
}

ReplyText::Part ReplyText::add(std::string_view bytes) {
    bytes_ += bytes;
    take_whole_characters();
    std::size_t found = std::string::npos;
    for (const auto& stop : stops_) found = std::min(found, text_.find(stop));
    if (found != std::string::npos) {
        while (found > 0 && (byte_at(text_, found) & 0xc0) == 0x80) --found;
        Part last{.text = text_.substr(0, found), .stopped = true};
        text_.clear();
        bytes_.clear();
        return last;
    }
    const std::size_t from = possible_stop();
    Part part{.text = text_.substr(0, from)};
    text_.erase(0, from);
    return part;
}

std::string ReplyText::finish() {
    bytes_.clear();
    return std::exchange(text_, {});
}

}  // namespace boternity::infra::llm
