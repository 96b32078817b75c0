#include "connection.hpp"
#include "modes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <cstdio>
#include <iostream>

namespace boternity::bench {
namespace {

using Socket = asio::ip::tcp::socket;

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                   "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kLast = "0\r\n\r\n";

std::string http_chunk(const std::string& data) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + data + "\r\n";
}

std::string event(const std::string& choices, const std::string& more = "") {
    return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":)" +
           choices + more + "}\n\n";
}

std::string piece(const std::string& text) {
    return event(R"([{"index":0,"delta":{"content":")" + text + R"("},"finish_reason":null}])");
}

const std::string& role() {
    static const std::string text =
        event(R"([{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}])");
    return text;
}

const std::string& ending() {
    static const std::string text =
        event(R"([{"index":0,"delta":{},"finish_reason":"stop"}])") +
        event("[]", R"(,"usage":{"prompt_tokens":20,"completion_tokens":4,"total_tokens":24})") +
        "data: [DONE]\n\n";
    return text;
}

const std::string& instant_answer() {
    static const std::string text = std::string(kHead) + http_chunk(role()) + http_chunk(piece("The")) +
                                    http_chunk(piece(" quick")) + http_chunk(piece(" brown")) +
                                    http_chunk(piece(" fox.")) + http_chunk(ending()) + std::string(kLast);
    return text;
}

std::string model_of(const std::string& body) {
    constexpr std::string_view kField = "\"model\":\"";
    const auto at = body.find(kField);
    if (at == std::string::npos) return "instant";
    const auto begin = at + kField.size();
    return body.substr(begin, body.find('"', begin) - begin);
}

asio::awaitable<void> paced(Socket& socket, double rate, int count) {
    asio::steady_timer timer(socket.get_executor());
    co_await asio::async_write(socket, asio::buffer(kHead), asio::use_awaitable);
    const std::string first = http_chunk(role());
    co_await asio::async_write(socket, asio::buffer(first), asio::use_awaitable);
    const std::string word = http_chunk(piece("word "));
    auto due = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        due += std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(1 / rate));
        timer.expires_at(due);
        co_await timer.async_wait(asio::use_awaitable);
        co_await asio::async_write(socket, asio::buffer(word), asio::use_awaitable);
    }
    const std::string last = http_chunk(ending()) + std::string(kLast);
    co_await asio::async_write(socket, asio::buffer(last), asio::use_awaitable);
}

asio::awaitable<void> silent(Socket& socket) {
    const std::string first = std::string(kHead) + http_chunk(role()) + http_chunk(piece("hm"));
    co_await asio::async_write(socket, asio::buffer(first), asio::use_awaitable);
    char byte = 0;
    co_await socket.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
}

asio::awaitable<void> answer(Socket& socket, const std::string& model) {
    double rate = 0;
    int count = 0;
    if (std::sscanf(model.c_str(), "paced-%lf-%d", &rate, &count) == 2) {
        co_await paced(socket, rate, count);
    } else if (model == "silent") {
        co_await silent(socket);
    } else {
        co_await asio::async_write(socket, asio::buffer(instant_answer()), asio::use_awaitable);
    }
}

asio::awaitable<void> serve(Socket socket) {
    socket.set_option(asio::ip::tcp::no_delay(true));
    beast::flat_buffer buffer;
    for (;;) {
        http::request<http::string_body> request;
        co_await http::async_read(socket, buffer, request, asio::use_awaitable);
        const std::string model = model_of(request.body());
        co_await answer(socket, model);
    }
}

asio::awaitable<void> accept(asio::ip::tcp::acceptor* acceptor) {
    for (;;) {
        Socket socket = co_await acceptor->async_accept(asio::use_awaitable);
        const auto executor = acceptor->get_executor();
        // A peer that hangs up ends its own connection only.
        asio::co_spawn(executor, serve(std::move(socket)), [](std::exception_ptr) {});
    }
}

}  // namespace

int serve_fake_provider(const Options& options) {
    asio::io_context io(1);
    const auto port = static_cast<unsigned short>(options.number("port", 0));
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
    acceptor.listen(4096);
    std::cout << "{\"port\":" << acceptor.local_endpoint().port() << "}\n" << std::flush;
    asio::co_spawn(io, accept(&acceptor), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return 0;
}

}  // namespace boternity::bench
