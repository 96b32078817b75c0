#include "api/http/gzip.hpp"

#include "api/http/negotiate.hpp"

#include <zlib.h>

namespace boternity::api {

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    // 15 bits of window and 16 more for the gzip frame; level 5 is near the best for JSON at half the time.
    if (deflateInit2(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = deflate(&stream, Z_FINISH);
    out.resize(ended == Z_STREAM_END ? stream.total_out : 0);
    deflateEnd(&stream);
    return out;
}

std::string gunzip(std::string_view packed, std::size_t most) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return {};
    std::string out(most, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib does not write to it
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = inflate(&stream, Z_FINISH);
    out.resize(ended == Z_STREAM_END ? stream.total_out : 0);
    inflateEnd(&stream);
    return out;
}

bool accepts_gzip(std::string_view accept_encoding) noexcept {
    const double named = weight_of(accept_encoding, "gzip");
    if (named >= 0) return named > 0;
    return weight_of(accept_encoding, "*") > 0;
}

}  // namespace boternity::api
