#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace boternity::cli {

/// What a client asked of the fake server.
struct Asked {
    std::string method;
    std::string target;
    std::string authorization;
    std::string accept;
    std::string body;
};

/// One answer, written piece by piece.
class Answering {
public:
    explicit Answering(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

    void json(int status, const std::string& body);
    /// Begins an event stream; `event` adds to it, `finish` ends it. Without `finish` the connection breaks.
    void stream();
    /// False when the client is gone.
    bool event(const std::string& data, const std::string& type = "message");
    void finish();

private:
    bool write(const std::string& bytes);

    boost::asio::ip::tcp::socket& socket_;
};

/// A server in this process, on a port of its own. Every request is one connection and is handled on a thread
/// of its own, so a handler may block for as long as a test wants.
class FakeServer {
public:
    using Handler = std::function<void(const Asked&, Answering&)>;

    explicit FakeServer(Handler handler);
    ~FakeServer();

    std::string address() const;
    /// All requests so far, in the order of arrival.
    std::vector<Asked> asked() const;
    /// Waits until a request with that method and a target that begins so has come; false after 10 s.
    bool wait_for(const std::string& method, const std::string& target_prefix) const;

private:
    void accept();
    void serve(boost::asio::ip::tcp::socket& socket);

    Handler handler_;
    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    std::vector<Asked> asked_;
    boost::asio::thread_pool threads_{6};
    boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace boternity::cli
