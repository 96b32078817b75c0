#include "infra/net/sse_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

using boternity::infra::SseEvent;
using boternity::infra::SseReader;

/// However the bytes are cut, the same events come out, and no event is larger than the limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t limit = 512;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<SseEvent> whole;
    SseReader at_once(limit);
    const bool fits = at_once.feed(text, whole).has_value();

    std::vector<SseEvent> pieces;
    SseReader byte_by_byte(limit);
    bool still_fits = true;
    for (std::size_t i = 0; i < size && still_fits; ++i) {
        still_fits = byte_by_byte.feed(text.substr(i, 1), pieces).has_value();
    }
    if (fits != still_fits || whole != pieces) std::abort();
    if (fits && (at_once.last_id() != byte_by_byte.last_id() || at_once.retry() != byte_by_byte.retry())) {
        std::abort();
    }
    for (const auto& event : whole) {
        if (event.data.empty() || event.data.size() > limit || event.type.empty()) std::abort();
    }
    return 0;
}
