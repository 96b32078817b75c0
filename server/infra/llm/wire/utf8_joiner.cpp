#include "infra/llm/wire/utf8_joiner.hpp"

#include <cstddef>
#include <utility>

namespace boternity::infra {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

unsigned byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

bool continues(std::string_view text, std::size_t at) noexcept {
    return (byte_at(text, at) & 0xc0U) == 0x80;
}

struct Scan {
    enum class Kind { Whole, Partial, Broken, High, Low };
    Kind kind = Kind::Broken;
    std::size_t length = 1;  ///< of the character, or of the broken bytes
};

std::size_t wanted_length(unsigned lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

/// Whether the second byte fits the first: no overlong form, nothing above U+10FFFF. Surrogates pass here.
bool second_fits(unsigned lead, unsigned second) noexcept {
    if (lead == 0xe0) return second >= 0xa0;
    if (lead == 0xf0) return second >= 0x90;
    if (lead == 0xf4) return second < 0x90;
    return true;
}

/// What stands at the beginning of a text that is not empty.
Scan scan(std::string_view text) noexcept {
    const unsigned lead = byte_at(text, 0);
    const std::size_t wanted = wanted_length(lead);
    if (wanted == 0) return {};
    std::size_t have = 1;
    while (have < wanted && have < text.size() && continues(text, have)) {
        if (have == 1 && !second_fits(lead, byte_at(text, 1))) return {};
        ++have;
    }
    if (have < wanted) return {have == text.size() ? Scan::Kind::Partial : Scan::Kind::Broken, have};
    if (lead == 0xed && byte_at(text, 1) >= 0xa0) {
        return {byte_at(text, 1) < 0xb0 ? Scan::Kind::High : Scan::Kind::Low, 3};
    }
    return {Scan::Kind::Whole, wanted};
}

unsigned surrogate_bits(std::string_view text) noexcept {
    return (byte_at(text, 1) & 0x0fU) << 6U | (byte_at(text, 2) & 0x3fU);
}

void append_pair(std::string& out, unsigned high, unsigned low) {
    const unsigned code = 0x10000U + (high << 10U | low);
    out += static_cast<char>(0xf0U | code >> 18U);
    out += static_cast<char>(0x80U | (code >> 12U & 0x3fU));
    out += static_cast<char>(0x80U | (code >> 6U & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
}

}  // namespace

std::string Utf8Joiner::push(std::string_view bytes) {
    const std::string all = std::exchange(held_, {}) + std::string(bytes);
    std::string out;
    out.reserve(all.size());
    for (std::string_view rest = all; !rest.empty();) {
        const Scan here = scan(rest);
        if (here.kind == Scan::Kind::Partial) {
            held_ = rest;
            break;
        }
        if (here.kind == Scan::Kind::High) {
            const std::string_view after = rest.substr(here.length);
            const Scan next = after.empty() ? Scan{Scan::Kind::Partial, 0} : scan(after);
            if (next.kind == Scan::Kind::Partial && (after.empty() || byte_at(after, 0) == 0xed)) {
                held_ = rest;
                break;
            }
            if (next.kind == Scan::Kind::Low) {
                append_pair(out, surrogate_bits(rest) & 0x3ffU, surrogate_bits(after) & 0x3ffU);
                rest.remove_prefix(here.length + next.length);
                continue;
            }
        }
        out += here.kind == Scan::Kind::Whole ? rest.substr(0, here.length) : kReplacement;
        rest.remove_prefix(here.length);
    }
    return out;
}

std::string Utf8Joiner::finish() {
    return std::exchange(held_, {}).empty() ? std::string{} : std::string(kReplacement);
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
    if (text.size() <= max_bytes) return text;
    while (max_bytes > 0 && continues(text, max_bytes)) --max_bytes;
    return text.substr(0, max_bytes);
}

std::string whole_characters(std::string_view text) {
    Utf8Joiner joiner;
    std::string whole = joiner.push(text);
    return whole + joiner.finish();
}

}  // namespace boternity::infra
