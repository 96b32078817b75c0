#include "app/serve.hpp"

#include "app/configuration.hpp"
#include "app/server.hpp"

#include <boost/asio/signal_set.hpp>
#include <fmt/core.h>
#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <string_view>

namespace boternity::app {
namespace {

/// A terminal that closes says SIGHUP; nohup lets programs ignore it.
bool is_ignored(int signal) {
    struct sigaction now{};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

/// Tells of signals: the first ends the serving, the second the waiting for its end.
class Signals {
public:
    explicit Signals(Server& server) : server_(server), set_(server.executor(), SIGTERM, SIGINT) {
        if (!is_ignored(SIGHUP)) set_.add(SIGHUP);
        wait();
    }

    void wait_for_first() { first_.get_future().wait(); }

private:
    void wait() {
        set_.async_wait([this](boost::system::error_code error, int signal) {
            if (error) return;
            if (++count_ == 1) {
                first_.set_value();
            } else if (signal != SIGHUP) {  // of which one closed terminal may send two
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

/// For tests of what a crash leaves: where the process can be made to end (see CONTRIBUTING.md).
bool lists_crash_points() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* value = std::getenv("BOTERNITY_CRASH_AT");
    if (value == nullptr || std::string_view(value) != "list") return false;
    for (const auto& name : infra::SqliteStore::crash_points()) fmt::print("{}\n", name);
    return true;
}

}  // namespace

Status serve(cli::ServeOptions options) {
    if (lists_crash_points()) return {};
    // Giving memory back to the kernel in small pieces, only to ask for it again with the next turn, costs a
    // tenth of a busy server's time.
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    // A client that goes away is an error code, not the end of the server.
    std::signal(SIGPIPE, SIG_IGN);
    auto config = infra::load_config_blocking(options.configuration);
    if (!config) return fail(error_of(config.error(), ErrorCode::InvalidArgument));
    Server server(std::move(options), std::move(*config));
    Signals signals(server);
    if (auto started = server.start_blocking(); !started) {
        return started;
    }
    signals.wait_for_first();
    server.drain_blocking();
    return {};
}

}  // namespace boternity::app
