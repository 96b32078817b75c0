// Whatever the header guard lets pass must be one request to the parser behind it too, with one framing.
#include "api/http/header_guard.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace boternity::api;
    namespace http = boost::beast::http;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const HeaderLimits limits{};
    const bool passes = check_header(bytes, limits).has_value();
    // What is fine as a whole is never refused while it comes.
    if (passes) {
        for (std::size_t cut = 1; cut + 4 < size; cut += 7) {
            if (!check_header_start(bytes.substr(0, cut), limits)) std::abort();
        }
    }
    if (!passes) return 0;
    http::request_parser<http::empty_body> parser;
    parser.header_limit(64 * 1024);
    boost::system::error_code error;
    const auto used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    // Beast may refuse more (odd Connection values), but what it takes must end where the guard's block ends.
    if (!error && (!parser.is_header_done() || used != size)) std::abort();
    return 0;
}
