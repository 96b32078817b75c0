#include "infra/net/curl_loop.hpp"
#include "infra/net/http_client.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <utility>

namespace boternity::infra {
namespace {

namespace asio = boost::asio;

/// Turns a waiting coroutine into a function that lets it go on, on its own executor, with a value.
template <class Value, class Handler>
std::move_only_function<void(Value)> resumption(Handler handler, const core::Strand& fallback) {
    auto work = asio::make_work_guard(handler, fallback);
    return [handler = std::move(handler), work = std::move(work)](Value value) mutable {
        const auto executor = work.get_executor();
        asio::post(executor, [handler = std::move(handler), work = std::move(work),
                              value = std::move(value)]() mutable { std::move(handler)(std::move(value)); });
    };
}

/// Waits on the strand for what `Begin` asks for there. Function objects instead of lambdas: g++ 12 destroys
/// captures twice when they live in the full expression of a co_await.
struct BeginAdd {
    std::shared_ptr<CurlLoop> loop;
    std::shared_ptr<CurlTransfer> transfer;

    template <class Handler>
    void operator()(Handler&& handler) {
        auto resume = resumption<Status>(std::forward<Handler>(handler), loop->strand());
        const auto strand = loop->strand();
        asio::post(strand, [loop = std::move(loop), transfer = std::move(transfer),
                            resume = std::move(resume)]() mutable {
            loop->add(std::move(transfer), std::move(resume));
        });
    }
};

struct BeginRead {
    std::shared_ptr<CurlLoop> loop;
    std::shared_ptr<CurlTransfer> transfer;

    template <class Handler>
    void operator()(Handler&& handler) {
        auto resume = resumption<Result<std::string>>(std::forward<Handler>(handler), loop->strand());
        asio::post(loop->strand(), [transfer = std::move(transfer), resume = std::move(resume)]() mutable {
            transfer->read(std::move(resume));
        });
    }
};

class CurlExchange final : public HttpExchange {
public:
    CurlExchange(std::shared_ptr<CurlLoop> loop, std::shared_ptr<CurlTransfer> transfer)
        : loop_(std::move(loop)), transfer_(std::move(transfer)) {}

    ~CurlExchange() override {
        const auto strand = loop_->strand();
        asio::post(strand, [loop = std::move(loop_), transfer = std::move(transfer_)] {
            if (transfer->lingers()) return;
            loop->drop(*transfer);
            transfer->abort({.code = ErrorCode::Cancelled, .message = "The exchange was let go."});
        });
    }

    // Written before `start` answered and never after: no strand needed.
    const HttpHead& head() const noexcept override { return transfer_->head(); }

    void expect_end() noexcept override {
        asio::post(loop_->strand(), [transfer = transfer_] { transfer->linger(); });
    }

    void limit_rest() noexcept override {
        asio::post(loop_->strand(), [transfer = transfer_] { transfer->limit_rest(); });
    }

    core::Task<Result<std::string>> read() override {
        BeginRead begin{loop_, transfer_};
        return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<std::string>)>(
            std::move(begin), asio::use_awaitable);
    }

private:
    std::shared_ptr<CurlLoop> loop_;  // shared with handlers under way, as is the transfer
    std::shared_ptr<CurlTransfer> transfer_;
};

class CurlHttpClient final : public HttpClient {
public:
    explicit CurlHttpClient(const core::Executor& executor) : loop_(std::make_shared<CurlLoop>(executor)) {}

    ~CurlHttpClient() override {
        const auto strand = loop_->strand();
        asio::post(strand, [loop = std::move(loop_)] { loop->close(); });
    }

    core::Task<Result<std::unique_ptr<HttpExchange>>> start(HttpRequest request,
                                                            core::CallContext context) override {
        const auto loop = loop_;
        if (context.stop.stop_requested()) {
            co_return fail(ErrorCode::Cancelled, "The request was cancelled.");
        }
        BOT_CO_TRY(transfer, CurlTransfer::make(std::move(request), std::move(context), loop->strand()));
        BeginAdd begin{loop, transfer};
        auto head = asio::async_initiate<const asio::use_awaitable_t<>, void(Status)>(std::move(begin),
                                                                                      asio::use_awaitable);
        BOT_CO_CHECK(co_await std::move(head));
        co_return std::make_unique<CurlExchange>(loop, transfer);
    }

private:
    std::shared_ptr<CurlLoop> loop_;  // shared with exchanges and handlers under way
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_http_client(core::Executor executor) {
    static const bool ready = [] {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        // OpenSSL writes to sockets without MSG_NOSIGNAL: a TLS peer that hangs up would end the process.
        std::signal(SIGPIPE, SIG_IGN);
        return true;
    }();
    (void)ready;
    return std::make_unique<CurlHttpClient>(executor);
}

}  // namespace boternity::infra
