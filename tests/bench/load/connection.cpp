#include "connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace boternity::bench {

std::string request_bytes(const std::string& method, const std::string& path, const std::string& token,
                          const std::string& accept, const std::string& body) {
    std::string out = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: " + accept + "\r\n";
    if (!token.empty()) out += "Authorization: Bearer " + token + "\r\n";
    if (!body.empty()) {
        out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return out + "\r\n" + body;
}

asio::awaitable<void> Connection::open(std::string address) {
    const auto colon = address.rfind(':');
    const asio::ip::tcp::endpoint peer(asio::ip::make_address(address.substr(0, colon)),
                                       static_cast<unsigned short>(std::stoi(address.substr(colon + 1))));
    stream_.expires_never();
    co_await stream_.async_connect(peer, asio::use_awaitable);
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<Connection::Answer> Connection::exchange(const std::string* request) {
    co_await asio::async_write(stream_, asio::buffer(*request), asio::use_awaitable);
    http::response<http::string_body> response;
    co_await http::async_read(stream_, buffer_, response, asio::use_awaitable);
    co_return Answer{static_cast<int>(response.result_int()), std::move(response.body())};
}

asio::awaitable<int> Connection::stream(const std::string* request,
                                        std::function<void(std::string_view)> on_data) {
    co_await asio::async_write(stream_, asio::buffer(*request), asio::use_awaitable);
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    co_await http::async_read_header(stream_, buffer_, parser, asio::use_awaitable);
    std::array<char, 8192> piece{};
    while (!parser.is_done()) {
        auto& body = parser.get().body();
        body.data = piece.data();
        body.size = piece.size();
        body.more = true;
        boost::system::error_code error;
        co_await http::async_read_some(stream_, buffer_, parser,
                                       asio::redirect_error(asio::use_awaitable, error));
        if (error && error != http::error::need_buffer) throw boost::system::system_error(error);
        const std::size_t got = piece.size() - body.size;
        if (got > 0) on_data({piece.data(), got});
    }
    co_return static_cast<int>(parser.get().result_int());
}

void Connection::close() {
    boost::system::error_code ignored;
    stream_.socket().close(ignored);
}

}  // namespace boternity::bench
