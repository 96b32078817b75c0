#include "infra/net/ndjson_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

using boternity::infra::NdjsonReader;
using boternity::infra::SseEvent;

/// However the bytes are cut, the same lines come out, none is larger than the limit, and none is blank.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t limit = 512;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<SseEvent> whole;
    NdjsonReader at_once(limit);
    const bool fits = at_once.feed(text, whole).has_value();

    std::vector<SseEvent> pieces;
    NdjsonReader byte_by_byte(limit);
    bool still_fits = true;
    for (std::size_t i = 0; i < size && still_fits; ++i) {
        still_fits = byte_by_byte.feed(text.substr(i, 1), pieces).has_value();
    }
    if (fits && (!at_once.finish(whole) || !byte_by_byte.finish(pieces))) std::abort();
    if (fits != still_fits || whole != pieces) std::abort();
    for (const auto& line : whole) {
        if (line.data.empty() || line.data.size() > limit || line.data.contains('\n')) std::abort();
        if (line.data.find_first_not_of(" \t\r") != 0) std::abort();
    }
    return 0;
}
