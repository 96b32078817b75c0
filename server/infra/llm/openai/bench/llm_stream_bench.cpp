// What our side adds to a streamed completion, measured against a server on loopback that answers at once,
// and what many slow streams at once cost. `tools/build release llm_stream_bench &&
// build/release/bench/llm_stream_bench`.
#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "infra/net/http_client.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <string>
#include <vector>

namespace boternity {
namespace {

using Clock = std::chrono::steady_clock;

struct Times {
    double first_piece = 0;  ///< microseconds from the call
    double end = 0;
    int pieces = 0;
    bool ok = false;
};

double since(Clock::time_point start) {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

core::Task<Times> one_call(core::LlmProvider* provider) {
    Times times;
    core::ModelRequest request{.model = "tiny"};
    request.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::User, "Hello"));
    core::CallContext context;
    const auto start = Clock::now();
    auto stream = co_await provider->open(std::move(request), std::move(context));
    if (!stream) co_return times;
    while (true) {
        auto piece = co_await (*stream)->next();
        if (!piece) co_return times;
        if (times.pieces++ == 0) times.first_piece = since(start);
        if (std::holds_alternative<core::ReplyEnd>(*piece)) break;
    }
    times.end = since(start);
    times.ok = true;
    co_return times;
}

/// One exchange without the format: the client alone.
core::Task<Times> one_exchange(infra::HttpClient* client, std::string url) {
    Times times;
    infra::HttpRequest request{.url = std::move(url)};
    core::CallContext context;
    const auto start = Clock::now();
    auto exchange = co_await client->start(std::move(request), std::move(context));
    if (!exchange) co_return times;
    while (true) {
        auto chunk = co_await (*exchange)->read();
        if (!chunk) co_return times;
        if (chunk->empty()) break;
        if (times.pieces++ == 0) times.first_piece = since(start);
    }
    times.end = since(start);
    times.ok = true;
    co_return times;
}

double quantile(std::vector<double> values, double q) {
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

void report(const char* what, const std::vector<Times>& all) {
    std::vector<double> first;
    std::vector<double> end;
    for (const auto& times : all) {
        if (!times.ok) {
            std::printf("%-34s FAILED\n", what);
            return;
        }
        first.push_back(times.first_piece);
        end.push_back(times.end);
    }
    std::printf("%-34s first piece p50 %6.0f us p99 %6.0f us   end p50 %6.0f us p99 %6.0f us   %d pieces\n",
                what, quantile(first, 0.5), quantile(first, 0.99), quantile(end, 0.5), quantile(end, 0.99),
                all.back().pieces);
}

double resident_mib() {
    std::ifstream status("/proc/self/statm");
    long pages = 0;
    long resident = 0;
    status >> pages >> resident;
    return static_cast<double>(resident) * 4096 / 1048576;
}

std::shared_ptr<core::LlmProvider> provider_of(infra::HttpClient& http,
                                               const testing::FakeUpstream& upstream) {
    const auto factory = infra::make_remote_factory(
        {.http = http, .environment = [](std::string_view) { return std::nullopt; }},
        infra::make_openai_chat());
    return *factory->make(
        {.name = "fake", .kind = "openai", .base_url = upstream.base_url(), .models = {"tiny"}});
}

testing::UpstreamAnswer tokens(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "word ";
    auto answer = testing::UpstreamAnswer::says(text);
    answer.token_bytes = 5;
    return answer;
}

void measure_calls(boost::asio::thread_pool& threads, int count) {
    testing::FakeUpstream plain({.checks = false});
    plain.otherwise(testing::UpstreamAnswer::error(200, "ok"));
    const auto http = infra::make_curl_http_client(threads.get_executor());
    std::vector<Times> all;
    for (int i = 0; i < count; ++i) {
        all.push_back(boost::asio::co_spawn(boost::asio::make_strand(threads),
                                            one_exchange(http.get(), plain.origin()), boost::asio::use_future)
                          .get());
    }
    all.erase(all.begin(), all.begin() + count / 10);  // the first make connections
    report("exchange of 2 bytes", all);
    for (const int length : {1, 100, 1000}) {
        testing::FakeUpstream upstream;
        upstream.otherwise(tokens(length));
        const auto provider = provider_of(*http, upstream);
        all.clear();
        for (int i = 0; i < count; ++i) {
            all.push_back(boost::asio::co_spawn(boost::asio::make_strand(threads), one_call(provider.get()),
                                                boost::asio::use_future)
                              .get());
        }
        all.erase(all.begin(), all.begin() + count / 10);
        report(("completion of " + std::to_string(length) + " tokens").c_str(), all);
        if (upstream.connections() != 1) std::printf("  over %d connections\n", upstream.connections());
    }
}

void measure_many(boost::asio::thread_pool& threads, int streams) {
    testing::FakeUpstream upstream;
    auto slow = tokens(50);
    slow.pause = std::chrono::milliseconds(40);
    upstream.otherwise(slow);
    const auto http = infra::make_curl_http_client(threads.get_executor());
    const auto provider = provider_of(*http, upstream);
    const double before = resident_mib();
    const auto start = Clock::now();
    const auto begin = [&] {
        return boost::asio::co_spawn(boost::asio::make_strand(threads), one_call(provider.get()),
                                     boost::asio::use_future);
    };
    std::vector<decltype(begin())> calls;
    for (int i = 0; i < streams; ++i) calls.push_back(begin());
    double peak = before;
    std::vector<Times> all;
    for (auto& call : calls) {
        while (call.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
            peak = std::max(peak, resident_mib());
        }
        all.push_back(call.get());
    }
    report((std::to_string(streams) + " streams of 50 slow tokens").c_str(), all);
    std::printf("  all in %.2f s; resident %.1f MiB before, %.1f MiB at the peak: %.1f KiB a stream with its "
                "server's side\n",
                since(start) / 1e6, before, peak, (peak - before) * 1024 / streams);
}

}  // namespace
}  // namespace boternity

int main() {
    boost::asio::thread_pool threads(2);
    boternity::measure_calls(threads, 2000);
    boternity::measure_many(threads, 500);
    threads.join();
    return 0;
}
