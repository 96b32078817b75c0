#include "infra/llm/model_files/fetching.hpp"

#include "infra/net/http_url.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

namespace boternity::infra::llm {
namespace {

constexpr int kMostRedirects = 5;
constexpr std::size_t kWrittenAtOnce = 4 * 1024 * 1024;
constexpr std::size_t kMostBytes = std::size_t{64} * 1024 * 1024 * 1024;
// Silence that ends a fetch: it can go on later.
constexpr std::chrono::seconds kSilence{60};
constexpr std::chrono::milliseconds kStep{500};

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Error cannot_fetch(const HttpUrl& from, int status) {
    const std::string what = fmt::format("{} answered HTTP {}", from.authority(), status);
    if (status == 404 || status == 410 || status == 401 || status == 403)
        return invalid_argument(what + ": check the address, and whether it needs a sign-in.", "source");
    return {.code = ErrorCode::UpstreamFailed, .message = what + "; try again later."};
}

struct Redirect {
    std::string address{};
    bool leaves_machine = false;
};

Result<Redirect> redirected(const std::string& from, std::string_view location) {
    BOT_TRY(here, parse_http_url(from));
    std::string next(location);
    if (next.starts_with('/')) next = here.scheme + "://" + here.authority() + next;
    const auto there = parse_http_url(next);
    const bool down = there && here.scheme == "https" && there->scheme != "https";
    if (!there || down || there->has_credentials)
        return fail(
            ErrorCode::UpstreamFailed,
            fmt::format("{} sent on to an address that is not safe; it was not followed.", here.authority()));
    return Redirect{.address = std::move(next), .leaves_machine = here.loopback() && !there->loopback()};
}

/// A partial answer must begin where we are: "bytes 5-9/10".
bool continues(const HttpHead& head, std::uint64_t from) {
    const auto range = head.header("content-range");
    return head.status == 206 && range.starts_with("bytes ") && number_of(range.substr(6)) == from;
}

std::uint64_t size_blocking(const std::filesystem::path& place) {
    std::error_code error;
    const auto size = std::filesystem::file_size(place, error);
    return error ? 0 : size;
}

Status append_blocking(std::shared_ptr<GrowingFile> file, std::string bytes) {
    return file->append_blocking(bytes);
}

Status finish_blocking(std::shared_ptr<GrowingFile> file) {
    return file->finish_blocking();
}

Result<std::shared_ptr<GrowingFile>> open_blocking(std::filesystem::path place, GrowingFile::Begin begin) {
    BOT_TRY(file, GrowingFile::open_blocking(place, begin));
    return std::make_shared<GrowingFile>(std::move(file));
}

}  // namespace

core::Task<Result<std::unique_ptr<HttpExchange>>> Fetching::ask(core::CallContext context,
                                                                std::uint64_t from) {
    for (int hop = 0; hop <= kMostRedirects; ++hop) {
        HttpRequest request{.url = address_,
                            .headers = {{"User-Agent", "boternity"}, {"Accept-Encoding", "identity"}},
                            .max_body_bytes = kMostBytes,
                            .egress = egress_};
        request.timeouts.first_byte = request.timeouts.idle = kSilence;
        if (from > 0) request.headers.emplace_back("Range", fmt::format("bytes={}-", from));
        auto starting = http_.start(std::move(request), context);
        BOT_CO_TRY(exchange, co_await std::move(starting));
        const int status = exchange->head().status;
        const bool sent_on =
            status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
        if (!sent_on) co_return std::move(exchange);
        BOT_CO_TRY(next, redirected(address_, exchange->head().header("location")));
        address_ = std::move(next.address);
        if (next.leaves_machine) egress_ = Egress::Public;
    }
    co_return fail(ErrorCode::UpstreamFailed, "The address sends on and on; it was given up.");
}

core::Task<Result<bool>> Fetching::begin(core::CallContext context) {
    auto sizing = core::run_on(
        files_, [](std::filesystem::path place) { return Result<std::uint64_t>(size_blocking(place)); },
        place_);
    BOT_CO_TRY(there, co_await std::move(sizing));
    auto asking = ask(context, there);
    BOT_CO_TRY(exchange, co_await std::move(asking));
    // All of it is there already, or it is another file now: the checksum tells.
    if (exchange->head().status == 416 && there > 0) {
        done_ = total_ = there;
        co_return true;
    }
    const bool behind = continues(exchange->head(), there);
    if (!behind && exchange->head().status != 200) {
        BOT_CO_TRY(from, parse_http_url(address_));
        co_return fail(cannot_fetch(from, exchange->head().status));
    }
    done_ = behind ? there : 0;
    if (const auto length = number_of(exchange->head().header("content-length")); length > 0)
        total_ = done_ + length;
    auto opening = core::run_on(files_, &open_blocking, place_,
                                behind ? GrowingFile::Begin::Behind : GrowingFile::Begin::Anew);
    BOT_CO_TRY(file, co_await std::move(opening));
    file_ = std::move(file);
    exchange_ = std::move(exchange);
    co_return true;
}

core::Task<Result<bool>> Fetching::next() {
    if (!exchange_) co_return false;
    const auto until = clock_.steady() + kStep;
    std::string bytes;
    bool ended = false;
    while (!ended && bytes.size() < kWrittenAtOnce && clock_.steady() < until) {
        auto reading = exchange_->read();
        BOT_CO_TRY(more, co_await std::move(reading));
        ended = more.empty();
        bytes += more;
    }
    done_ += bytes.size();
    auto writing = core::run_on(files_, &append_blocking, file_, std::move(bytes));
    BOT_CO_CHECK(co_await std::move(writing));
    if (!ended) co_return true;
    exchange_.reset();
    auto finishing = core::run_on(files_, &finish_blocking, std::exchange(file_, nullptr));
    BOT_CO_CHECK(co_await std::move(finishing));
    co_return false;
}

}  // namespace boternity::infra::llm
