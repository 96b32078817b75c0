#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace boternity::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// What to send, as bytes, once made: composing it is no part of what is measured.
std::string request_bytes(const std::string& method, const std::string& path, const std::string& token,
                          const std::string& accept, const std::string& body);

/// One keep-alive connection. Throws boost::system::system_error when the peer fails.
class Connection {
public:
    explicit Connection(asio::any_io_executor executor) : stream_(std::move(executor)) {}

    asio::awaitable<void> open(std::string address);

    struct Answer {
        int status = 0;
        std::string body{};
    };
    asio::awaitable<Answer> exchange(const std::string* request);

    /// Sends and then calls `on_data` with each piece of the body until its end; answers the status.
    asio::awaitable<int> stream(const std::string* request, std::function<void(std::string_view)> on_data);

    void close();

private:
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
};

}  // namespace boternity::bench
