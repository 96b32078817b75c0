#include "cli/tests/fake_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace boternity::cli {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

bool Answering::write(const std::string& bytes) {
    boost::system::error_code error;
    asio::write(socket_, asio::buffer(bytes), error);
    return !error;
}

void Answering::json(int status, const std::string& body) {
    write(fmt::format(
        "HTTP/1.1 {} Status\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
        status < 400 ? "application/json" : "application/problem+json", body.size(), body));
}

void Answering::stream() {
    write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
          "Connection: close\r\n\r\n");
}

bool Answering::event(const std::string& data, const std::string& type) {
    const std::string text = fmt::format("event: {}\ndata: {}\n\n", type, data);
    return write(fmt::format("{:x}\r\n{}\r\n", text.size(), text));
}

void Answering::finish() {
    write("0\r\n\r\n");
}

FakeServer::FakeServer(Handler handler)
    : handler_(std::move(handler)), acceptor_(threads_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    accept();
}

FakeServer::~FakeServer() {
    asio::post(threads_, [this] { acceptor_.close(); });
    threads_.join();
}

std::string FakeServer::address() const {
    return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port());
}

std::vector<Asked> FakeServer::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

bool FakeServer::wait_for(const std::string& method, const std::string& target_prefix) const {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, std::chrono::seconds(10), [&] {
        return std::ranges::any_of(asked_, [&](const Asked& asked) {
            return asked.method == method && asked.target.starts_with(target_prefix);
        });
    });
}

void FakeServer::accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        if (error) return;
        accept();
        serve(socket);
    });
}

void FakeServer::serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    boost::system::error_code error;
    http::read(socket, buffer, request, error);
    if (error) return;
    const Asked asked{.method = std::string(request.method_string()),
                      .target = std::string(request.target()),
                      .authorization = std::string(request[http::field::authorization]),
                      .accept = std::string(request[http::field::accept]),
                      .body = request.body()};
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back(asked);
    }
    arrived_.notify_all();
    Answering answering(socket);
    handler_(asked, answering);
    socket.shutdown(tcp::socket::shutdown_both, error);
}

}  // namespace boternity::cli
