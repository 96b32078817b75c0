#include "connection.hpp"
#include "modes.hpp"
#include "stats.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>
#include <limits>

namespace boternity::bench {
namespace {

struct Load {
    std::string address;
    std::vector<std::string> requests;
    std::size_t clients = 0;
    std::string must;
    Clock::time_point warm;
    Clock::time_point end;
    std::chrono::duration<double> period{0};  // between the requests of one client; 0: one after the other
    Times times{};
    std::size_t errors = 0;
    std::string first_error{};
    std::size_t left = 0;  // requests that may still begin
};

void note_error(Load& load, const std::string& what) {
    ++load.errors;
    if (load.first_error.empty()) load.first_error = what.substr(0, 300);
}

asio::awaitable<void> client(Load* load, std::size_t number) {
    const auto executor = co_await asio::this_coro::executor;
    Connection connection(executor);
    co_await connection.open(load->address);
    asio::steady_timer timer(executor);
    std::size_t next = number;
    const auto period = std::chrono::duration_cast<Clock::duration>(load->period);
    // Clients begin spread over one period, so that they do not march in step.
    const auto spread = period * static_cast<int>(number) / static_cast<int>(load->clients);
    auto due = Clock::now() + spread;
    while (due < load->end && load->left > 0) {
        --load->left;
        if (period.count() > 0) {
            timer.expires_at(due);
            co_await timer.async_wait(asio::use_awaitable);
        } else {
            due = Clock::now();
            if (due >= load->end) break;
        }
        const auto answer = co_await connection.exchange(&load->requests[next % load->requests.size()]);
        next += load->clients;
        const double took = micros_since(due);
        if (answer.status != 200 || answer.body.find(load->must) == std::string::npos) {
            note_error(*load, std::to_string(answer.status) + " " + answer.body);
        } else if (due >= load->warm) {
            load->times.add(took);
        }
        due += period;
    }
    connection.close();
}

}  // namespace

int run_requests(const Options& options) {
    const auto paths = options.lines("paths");
    const auto clients = static_cast<std::size_t>(options.number("clients", 16));
    const double seconds = options.number("seconds", 5);
    const double rate = options.number("rate", 0);
    Load load;
    load.address = options.text("connect");
    load.must = options.text("must");
    load.clients = clients;
    for (const std::string& path : paths) {
        load.requests.push_back(request_bytes(options.text("method", "GET"), path, options.text("token"),
                                              "application/json", options.text("body")));
    }
    const double count = options.number("count", 0);
    load.left = count > 0 ? static_cast<std::size_t>(count) : std::numeric_limits<std::size_t>::max();
    // The first fifth warms up and is not counted.
    const auto began = Clock::now();
    const auto part = [&](double s) {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
    };
    load.warm = began + part(seconds * 0.2);
    load.end = began + part(seconds * 1.2);
    if (rate > 0) load.period = std::chrono::duration<double>(static_cast<double>(clients) / rate);

    asio::io_context io(1);
    for (std::size_t i = 0; i < clients; ++i) {
        asio::co_spawn(io, client(&load, i), [&load](std::exception_ptr failure) {
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const std::exception& thrown) {
                note_error(load, thrown.what());
            }
        });
    }
    io.run();
    const double counted = static_cast<double>(load.times.count());
    for (char& c : load.first_error) {
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '\'';
    }
    std::cout << "{\"per_second\":" << counted / seconds << ",\"errors\":" << load.errors
              << ",\"first_error\":\"" << load.first_error << "\",\"micros\":" << load.times.json() << "}\n";
    return 0;
}

}  // namespace boternity::bench
