#include "app/serve.hpp"

#include "app/server.hpp"

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <future>
#include <memory>

namespace boternity::app {
namespace {

/// Tells of signals: the first ends the serving, the second the waiting for its end.
class Signals {
public:
    explicit Signals(Server& server) : server_(server), set_(server.executor(), SIGTERM, SIGINT) { wait(); }

    void wait_for_first() { first_.get_future().wait(); }

private:
    void wait() {
        set_.async_wait([this](boost::system::error_code error, int) {
            if (error) return;
            if (++count_ == 1) {
                first_.set_value();
            } else {
                server_.hurry();
            }
            wait();
        });
    }

    Server& server_;
    boost::asio::signal_set set_;
    std::promise<void> first_;
    int count_ = 0;
};

}  // namespace

int serve(cli::ServeOptions options) {
    // Giving memory back to the kernel in small pieces, only to ask for it again with the next turn, costs a
    // tenth of a busy server's time.
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    // A client that goes away is an error code, not the end of the server.
    std::signal(SIGPIPE, SIG_IGN);
    Server server(std::move(options));
    Signals signals(server);
    if (auto started = server.start_blocking(); !started) {
        fmt::print(stderr, "boternity: {}\n", started.error().message);
        if (!started.error().detail.empty()) fmt::print(stderr, "  ({})\n", started.error().detail);
        return 1;
    }
    signals.wait_for_first();
    server.drain_blocking();
    return 0;
}

}  // namespace boternity::app
