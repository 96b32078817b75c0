// A chunked body means the same however it is cut, and never grows beyond its limit.
#include "api/http/chunked_body.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using boternity::api::ChunkedBody;
    constexpr std::size_t kLimit = 512;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    ChunkedBody whole(kLimit);
    std::size_t whole_taken = 0;
    const auto whole_state = whole.feed(bytes, whole_taken);
    ChunkedBody cut(kLimit);
    auto state = ChunkedBody::State::More;
    std::size_t at = 0;
    while (at < size && state == ChunkedBody::State::More) {
        std::size_t taken = 0;
        state = cut.feed(bytes.substr(at, 1), taken);
        at += taken;
    }
    if (state != whole_state || cut.body() != whole.body() || whole.body().size() > kLimit) std::abort();
    if (state == ChunkedBody::State::Done && at != whole_taken) std::abort();
    return 0;
}
