#include "connection.hpp"
#include "modes.hpp"
#include "stats.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <iostream>
#include <memory>

namespace boternity::bench {
namespace {

struct Crowd {
    std::string address;
    std::vector<std::string> requests;
    std::vector<std::unique_ptr<Connection>> connections;
    std::size_t open = 0;
    std::size_t running = 0;
    std::size_t events = 0;
    std::size_t completed = 0;
    std::size_t errors = 0;
    bool stopped = false;
    std::string first_error{};
    Times first_event{};
    Times gap{};
};

/// Counts the events in pieces of a stream that may be cut anywhere.
class EventCounter {
public:
    std::size_t count(std::string_view piece) {
        std::size_t found = 0;
        for (const char c : piece) {
            if (c == '\n') {
                // An event is a run of lines with an empty one behind it; a lone comment has no data.
                if (line_ == 0 && data_) {
                    ++found;
                    data_ = false;
                }
                line_ = 0;
                continue;
            }
            if (c == '\r') continue;
            if (line_ < kName.size()) match_ = line_ == 0 ? c == kName[0] : match_ && c == kName[line_];
            if (++line_ == kName.size() && match_) data_ = true;
        }
        return found;
    }

private:
    static constexpr std::string_view kName = "data:";
    std::size_t line_ = 0;
    bool match_ = false;
    bool data_ = false;
};

void first_event_of(Crowd& crowd, Clock::time_point began) {
    crowd.first_event.add(micros_since(began));
    if (++crowd.open == crowd.requests.size())
        std::cout << "{\"open\":" << crowd.open << "}" << '\n' << std::flush;
}

asio::awaitable<void> reader(Crowd* crowd, std::size_t number) {
    auto& connection = *crowd->connections[number];
    co_await connection.open(crowd->address);
    const auto began = Clock::now();
    EventCounter counter;
    std::size_t events = 0;
    std::string tail;
    auto last = began;
    const auto on_data = [&](std::string_view piece) {
        const std::size_t now = counter.count(piece);
        if (now > 0) {
            if (events == 0) first_event_of(*crowd, began);
            if (events > 0) crowd->gap.add(micros_since(last));
            last = Clock::now();
        }
        events += now;
        crowd->events += now;
        tail.append(piece);
        if (tail.size() > 2048) tail.erase(0, tail.size() - 1024);
    };
    const int status = co_await connection.stream(&crowd->requests[number], on_data);
    if (status == 200 && tail.find("\"completed\"") != std::string::npos) {
        ++crowd->completed;
    } else if (!crowd->stopped) {
        ++crowd->errors;
        if (crowd->first_error.empty())
            crowd->first_error = std::to_string(status) + " " + tail.substr(0, 300);
    }
    connection.close();
}

/// Ends all when a line comes on standard input, or its end.
asio::awaitable<void> wait_for_stop(Crowd* crowd, asio::posix::stream_descriptor* input) {
    char byte = 0;
    boost::system::error_code error;
    co_await input->async_read_some(asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    crowd->stopped = true;
    for (auto& connection : crowd->connections) connection->close();
}

}  // namespace

int run_streams(const Options& options) {
    const auto paths = options.lines("paths");
    const auto count = static_cast<std::size_t>(options.number("count", 500));
    asio::io_context io(1);
    Crowd crowd;
    crowd.address = options.text("connect");
    crowd.running = count;
    for (std::size_t i = 0; i < count; ++i) {
        crowd.requests.push_back(request_bytes(options.text("method", "POST"), paths[i % paths.size()],
                                               options.text("token"), "text/event-stream",
                                               options.text("body")));
        crowd.connections.push_back(std::make_unique<Connection>(io.get_executor()));
    }
    asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
    const auto began = Clock::now();
    for (std::size_t i = 0; i < count; ++i) {
        asio::co_spawn(io, reader(&crowd, i), [&](std::exception_ptr failure) {
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const std::exception& thrown) {
                if (!crowd.stopped) {
                    ++crowd.errors;
                    if (crowd.first_error.empty()) crowd.first_error = thrown.what();
                }
            }
            if (--crowd.running == 0) input.close();
        });
    }
    asio::co_spawn(io, wait_for_stop(&crowd, &input), [](std::exception_ptr) {});
    io.run();
    for (char& c : crowd.first_error) {
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '\'';
    }
    std::cout << "{\"streams\":" << count << ",\"opened\":" << crowd.open
              << ",\"completed\":" << crowd.completed << ",\"errors\":" << crowd.errors
              << ",\"events\":" << crowd.events << ",\"seconds\":" << micros_since(began) / 1e6
              << ",\"first_error\":\"" << crowd.first_error
              << "\",\"first_event\":" << crowd.first_event.json() << ",\"gap\":" << crowd.gap.json()
              << "}\n";
    return 0;
}

}  // namespace boternity::bench
