#pragma once

#include "cli/discovery.hpp"
#include "cli/failure.hpp"
#include "cli/platform.hpp"
#include "cli/request.hpp"
#include "core/runtime/task.hpp"
#include "infra/net/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace boternity::cli {

/// A file as a server answered it.
struct Download {
    std::string file_name{};  ///< plain, or empty when the server gave none that is
    std::string bytes{};
};

/// The one connection of a command to its server.
///
/// Threads  the one that made it: `run` drives everything on it.
/// Errors   no_server when nothing answers; otherwise what the server's problem document says.
class Connection {
public:
    using Locate = std::function<Answer<Endpoint>()>;

    /// `patience` is how long one answer may take.
    Connection(Platform platform, Locate locate, std::chrono::milliseconds patience);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends a request and waits for its whole JSON answer.
    Answer<boost::json::object> call(Request request);

    /// A file that the server answers, whole.
    Answer<Download> download(Request request);

    /// The same, from a coroutine that `run` drives.
    core::Task<Answer<boost::json::object>> ask(Request request, std::stop_token stop);

    /// Sends a request whose answer is a stream of server-sent events, and waits for its head. The answer's
    /// status is 200; every other one is a failure.
    core::Task<Answer<std::unique_ptr<infra::HttpExchange>>> open_stream(Request request,
                                                                         std::stop_token stop);

    /// Looks for the server again before the next request: it may have come back on another port.
    void look_again() noexcept { endpoint_.reset(); }

    /// Runs a task to its end.
    template <class T>
    T run(core::Task<T> task) {
        std::exception_ptr thrown;
        std::optional<T> value;
        boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T result) {
            thrown = std::move(error);
            value.emplace(std::move(result));
        });
        io_.restart();
        while (!value) io_.run_one();
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }

    boost::asio::io_context& io() noexcept { return io_; }
    const core::Clock& clock() const noexcept { return platform_.clock; }
    std::chrono::milliseconds patience() const noexcept { return patience_; }

    /// A key that names one change, so that sending it twice makes it once.
    std::string new_key() { return platform_.ids.next().text(); }

private:
    core::Task<Answer<Download>> fetch(Request request);

    /// A copy: while one coroutine waits for an answer, another may look for the server again.
    Answer<Endpoint> endpoint();
    core::Task<Answer<std::unique_ptr<infra::HttpExchange>>> start(Endpoint to, Request request, bool stream,
                                                                   std::stop_token stop);
    Failure unreachable(const Endpoint& to, const Error& error) const;

    Platform platform_;
    Locate locate_;
    std::chrono::milliseconds patience_;
    std::optional<Endpoint> endpoint_;
    boost::asio::io_context io_{1};
    std::unique_ptr<infra::HttpClient> http_;
};

}  // namespace boternity::cli
