#include "testing/upstream/fake_upstream.hpp"

#include "testing/upstream/fake_upstream_writes.hpp"
#include "testing/upstream/fake_wire.hpp"
#include "testing/upstream/wire_text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

namespace boternity::testing {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxBody = 64 * 1024 * 1024;

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

UpstreamAnswer refusal(const FakeWire& wire, int status, const std::string& sentence) {
    return UpstreamAnswer::error(status, wire.error_body(status, sentence),
                                 {{"Content-Type", "application/json"}});
}

/// Formats that tell results by their call only: the call knows the tool.
void name_results(core::ModelRequest& request) {
    std::map<std::string, std::string> tools;
    for (auto& message : request.messages) {
        for (auto& part : message.parts) {
            if (const auto* call = std::get_if<core::ToolCall>(&part)) tools[call->id] = call->name;
            auto* result = std::get_if<core::ToolResult>(&part);
            if (result != nullptr && result->name.empty()) result->name = tools[result->call];
        }
    }
}

}  // namespace

UpstreamAnswer UpstreamAnswer::says(std::string text) {
    UpstreamAnswer answer;
    answer.token_bytes = std::max<std::size_t>(4, text.size() / 500);
    answer.usage = core::Usage{.input_tokens = 9, .output_tokens = static_cast<int>(text.size() + 3) / 4};
    answer.text = std::move(text);
    return answer;
}

UpstreamAnswer UpstreamAnswer::error(int status, std::string body, UpstreamHeaders headers) {
    UpstreamAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.headers = std::move(headers);
    return answer;
}

UpstreamAnswer UpstreamAnswer::written(std::string raw) {
    UpstreamAnswer answer;
    answer.raw = std::move(raw);
    return answer;
}

std::string_view UpstreamRequest::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (std::ranges::equal(key, name, {}, lower, lower)) return value;
    }
    return {};
}

struct FakeUpstream::Server {
    Server(UpstreamRules wanted, const FakeWire& spoken) : rules(std::move(wanted)), wire(spoken) {
        tcp::acceptor acceptor(threads, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        port = acceptor.local_endpoint().port();
        asio::co_spawn(threads, accept(this, std::move(acceptor)), [](std::exception_ptr) {});
    }

    ~Server() {
        threads.stop();
        threads.join();
    }

    static core::Task<> accept(Server* self, tcp::acceptor acceptor) {
        while (true) {
            tcp::socket socket(self->threads);
            const auto result = co_await acceptor.async_accept(socket, kAwait);
            if (std::get<0>(result)) co_return;
            {
                const std::lock_guard lock(self->mutex);
                ++self->connections;
            }
            asio::co_spawn(self->threads, serve(self, std::move(socket)), [](std::exception_ptr) {});
        }
    }

    static core::Task<> serve(Server* self, tcp::socket socket) {
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        beast::flat_buffer buffer;
        while (true) {
            beast::http::request_parser<beast::http::string_body> parser;
            parser.body_limit(kMaxBody);
            const auto result = co_await beast::http::async_read(socket, buffer, parser, kAwait);
            if (std::get<0>(result)) co_return;
            UpstreamRequest request;
            request.method = std::string(parser.get().method_string());
            request.target = std::string(parser.get().target());
            for (const auto& field : parser.get()) {
                request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
            }
            request.body = std::move(parser.get().body());
            UpstreamAnswer answer = self->choose(std::move(request));
            const bool goes_on = co_await respond(self, &socket, std::move(answer));
            if (!goes_on) co_return;
        }
    }

    static core::Task<bool> respond(Server* self, tcp::socket* socket, UpstreamAnswer answer) {
        UpstreamWrites writes = writes_of(answer, self->wire);
        if (answer.raw && answer.hold != LlmHold::Never) writes.closes = false;
        bool written =
            co_await write_all(self, socket, std::move(writes.before), answer.write_bytes, answer.pause);
        if (!written) co_return false;
        if (answer.hold != LlmHold::Never) {
            self->count(&Server::held);
            char byte = 0;
            co_await socket->async_read_some(asio::buffer(&byte, 1), kAwait);
            self->count(&Server::given_up);
            co_return false;
        }
        written = co_await write_all(self, socket, std::move(writes.after), answer.write_bytes, answer.pause);
        co_return written && !writes.closes;
    }

    static core::Task<bool> write_all(Server* self, tcp::socket* socket, std::vector<std::string> writes,
                                      std::size_t piece, std::chrono::milliseconds pause) {
        asio::steady_timer timer(self->threads);
        for (const auto& text : writes) {
            if (pause.count() > 0) {
                timer.expires_after(pause);
                co_await timer.async_wait(kAwait);
            }
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t length = piece == 0 ? text.size() : std::min(piece, text.size() - at);
                const auto result =
                    co_await asio::async_write(*socket, asio::buffer(text.data() + at, length), kAwait);
                if (std::get<0>(result)) {
                    self->count(&Server::given_up);
                    co_return false;
                }
                at += length;
                self->written.fetch_add(length);
            }
        }
        co_return true;
    }

    /// Empty, or the sentence of the first thing that is wrong.
    std::string fault_in(const UpstreamRequest& request, bool query) const {
        if (rules.key.empty() && !wire.key_of(request).empty()) return "a key nobody asked for";
        auto secrets = rules.secrets;
        if (!rules.key.empty()) secrets.push_back(rules.key);
        for (const auto& secret : secrets) {
            if (request.body.contains(secret)) return "a secret is in the body";
            if (request.target.contains(secret)) return "a secret is in the address";
        }
        if (query) return {};
        const auto faults = wire.faults(request);
        return faults.empty() ? std::string{} : faults.front();
    }

    UpstreamAnswer choose(UpstreamRequest request) {
        const std::lock_guard lock(mutex);
        requests.push_back(request);
        if (rules.checks) {
            auto queried = wire.queried(request, rules.models);
            if (auto fault = fault_in(request, queried.has_value()); !fault.empty()) {
                violations.push_back(std::move(fault));
                return refusal(wire, 400, "the request breaks the protocol: " + violations.back());
            }
            if (!rules.key.empty() && wire.key_of(request) != rules.key) {
                return refusal(wire, 401, "Incorrect API key provided");
            }
            if (queried && script.empty()) return std::move(*queried);
            if (!queried) {
                heard = wire.read(request);
                name_results(heard);
                const auto limit = static_cast<std::size_t>(std::max(heard.max_output_tokens, 0));
                if (request.body.size() / 4 + limit > static_cast<std::size_t>(rules.window_tokens)) {
                    return wire.too_long();
                }
            }
        }
        if (!script.empty()) {
            UpstreamAnswer answer = std::move(script.front());
            script.pop_front();
            return answer;
        }
        return always ? *always : story_for(heard);
    }

    void count(int Server::* counter) {
        {
            const std::lock_guard lock(mutex);
            ++(this->*counter);
        }
        changed.notify_all();
    }

    /// Waits until `counter` is above what earlier waits have seen of it.
    bool wait_for_more(int Server::* counter, int Server::* seen, std::chrono::milliseconds wait) {
        std::unique_lock lock(mutex);
        if (!changed.wait_for(lock, wait, [&] { return this->*counter > this->*seen; })) return false;
        ++(this->*seen);
        return true;
    }

    const UpstreamRules rules;
    const FakeWire& wire;
    unsigned short port = 0;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<UpstreamAnswer> script;
    std::optional<UpstreamAnswer> always;
    std::vector<UpstreamRequest> requests;
    std::vector<std::string> violations;
    core::ModelRequest heard;
    int connections = 0;
    int held = 0;
    int held_seen = 0;
    int given_up = 0;
    int given_up_seen = 0;
    std::atomic<std::size_t> written{0};
    asio::thread_pool threads{1};  // last: its coroutines use what stands above
};

FakeUpstream::FakeUpstream(UpstreamRules rules, const FakeWire& wire)
    : server_(std::make_unique<Server>(std::move(rules), wire)) {}
FakeUpstream::~FakeUpstream() = default;

std::string FakeUpstream::origin() const {
    return "http://127.0.0.1:" + std::to_string(server_->port);
}

std::string FakeUpstream::base_url() const {
    return origin() + std::string(server_->wire.base_path());
}

const FakeWire& FakeUpstream::wire() const {
    return server_->wire;
}

void FakeUpstream::answer(UpstreamAnswer next) {
    const std::lock_guard lock(server_->mutex);
    server_->script.push_back(std::move(next));
}

void FakeUpstream::otherwise(UpstreamAnswer always) {
    const std::lock_guard lock(server_->mutex);
    server_->always = std::move(always);
}

std::vector<UpstreamRequest> FakeUpstream::requests() const {
    const std::lock_guard lock(server_->mutex);
    return server_->requests;
}

core::ModelRequest FakeUpstream::heard() const {
    const std::lock_guard lock(server_->mutex);
    return server_->heard;
}

std::vector<std::string> FakeUpstream::violations() const {
    const std::lock_guard lock(server_->mutex);
    return server_->violations;
}

int FakeUpstream::connections() const {
    const std::lock_guard lock(server_->mutex);
    return server_->connections;
}

std::size_t FakeUpstream::bytes_written() const {
    return server_->written.load();
}

bool FakeUpstream::wait_held(std::chrono::milliseconds wait) {
    return server_->wait_for_more(&Server::held, &Server::held_seen, wait);
}

bool FakeUpstream::wait_given_up(std::chrono::milliseconds wait) {
    return server_->wait_for_more(&Server::given_up, &Server::given_up_seen, wait);
}

}  // namespace boternity::testing
