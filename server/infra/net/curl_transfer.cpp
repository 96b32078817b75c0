#include "infra/net/curl_transfer.hpp"

#include "infra/net/curl_loop.hpp"
#include "infra/net/http_url.hpp"

#include <boost/asio/post.hpp>

#include <charconv>
#include <utility>

namespace boternity::infra {

namespace asio = boost::asio;

namespace {

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The request was cancelled."};
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The status of a line such as "HTTP/1.1 200 OK"; 0 when it has none.
int status_of(std::string_view line) noexcept {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return 0;
    int status = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    return status;
}

}  // namespace

CurlTransfer::CurlTransfer(Private, HttpRequest request, core::CallContext context, core::Strand strand)
    : request_(std::move(request)),
      context_(std::move(context)),
      strand_(std::move(strand)),
      easy_(curl_easy_init()),
      wait_timer_(strand_),
      deadline_timer_(strand_),
      rest_timer_(strand_) {}

void CurlTransfer::begin(std::weak_ptr<CurlLoop> loop, OnHead on_head) {
    loop_ = std::move(loop);
    on_head_ = std::move(on_head);
    const auto weak = weak_from_this();
    if (context_.deadline != Deadline::never()) {
        deadline_timer_.expires_at(context_.deadline.at);
        deadline_timer_.async_wait([weak](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self) return;
            self->give_up({.code = ErrorCode::DeadlineExceeded,
                           .message = "The request took longer than its deadline allows."});
        });
    }
    if (context_.stop.stop_possible()) {
        on_stop_.emplace(context_.stop, [strand = strand_, weak] {
            asio::post(strand, [weak] {
                if (const auto self = weak.lock()) self->give_up(cancelled());
            });
        });
    }
    wait_at_most(request_.timeouts.connect + request_.timeouts.first_byte, "did not begin to answer");
}

void CurlTransfer::read(OnBytes on_bytes) {
    if (!unread_.empty() && !drop_unread_) {
        on_bytes(std::exchange(unread_, {}));
        if (std::exchange(paused_, false)) {
            if (const auto loop = loop_.lock()) loop->resume(*this);
        }
        return;
    }
    if (error_) return on_bytes(fail(*error_));
    if (ended_) return on_bytes(std::string{});
    on_bytes_ = std::move(on_bytes);
    wait_at_most(request_.timeouts.idle, "fell silent in the middle of its answer");
}

void CurlTransfer::linger() {
    if (over()) return;
    lingers_ = true;
    unread_.clear();
    wait_at_most(kLinger, "did not end its answer");
    if (std::exchange(paused_, false)) {
        if (const auto loop = loop_.lock()) loop->resume(*this);
    }
}

void CurlTransfer::limit_rest() {
    if (over()) return;
    rest_timer_.expires_after(request_.timeouts.rest);
    rest_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self) return;
        self->give_up(self->too_late(self->request_.timeouts.rest, "did not end its answer"));
    });
}

Error CurlTransfer::too_late(std::chrono::milliseconds limit, const std::string& what) const {
    return {.code = ErrorCode::UpstreamFailed,
            .message =
                peer() + " " + what + " within " + std::to_string(limit.count() / 1000) + " s; try again.",
            .detail = "not within " + std::to_string(limit.count()) + " ms"};
}

void CurlTransfer::wait_at_most(std::chrono::milliseconds limit, std::string what) {
    wait_timer_.expires_after(limit);
    wait_timer_.async_wait([weak = weak_from_this(), number = ++wait_number_, limit,
                            what = std::move(what)](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self || self->wait_number_ != number) return;
        self->give_up(self->too_late(limit, what));
    });
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    try {
        return static_cast<CurlTransfer*>(self)->take_header({data, size * count});
    } catch (...) {
        return 0;  // ends the transfer; nothing may be thrown through libcurl
    }
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    try {
        return static_cast<CurlTransfer*>(self)->take_body({data, size * count});
    } catch (...) {
        return 0;
    }
}

std::size_t CurlTransfer::take_header(std::string_view line) {
    if (head_done_) return line.size();  // trailers interest nobody
    head_bytes_ += line.size();
    if (head_bytes_ > kHeadBytes) {
        error_ =
            Error{.code = ErrorCode::TooLarge, .message = "The headers of " + peer() + " are too large."};
        return 0;
    }
    if (line.starts_with("HTTP/")) {
        head_ = {.status = status_of(line)};
    } else if (!trimmed(line).empty()) {
        const auto colon = line.find(':');
        const bool folded = line.front() == ' ' || line.front() == '\t';  // RFC 9112 section 5.2
        if (folded && !head_.headers.empty()) {
            head_.headers.back().second += " " + std::string(trimmed(line));
        } else if (colon != std::string_view::npos) {
            head_.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
        }
    } else if (head_.status >= 200) {  // else an interim answer: the real one follows
        head_done_ = true;
        ++wait_number_;
        wait_timer_.cancel();
        if (auto on_head = std::exchange(on_head_, nullptr)) on_head(Status{});
    }
    return line.size();
}

std::size_t CurlTransfer::take_body(std::string_view bytes) {
    if (bytes.size() > request_.max_body_bytes - received_) {
        error_ = Error{.code = ErrorCode::TooLarge,
                       .message = "The answer of " + peer() + " is larger than " +
                                  std::to_string(request_.max_body_bytes) + " bytes."};
        return 0;
    }
    if (lingers_) {
        // An end that is near has little before it; counted from here on.
        lingered_bytes_ += bytes.size();
        return lingered_bytes_ > kUnreadBytes ? 0 : bytes.size();
    }
    if (unread_.size() >= kUnreadBytes) {
        paused_ = true;
        return CURL_WRITEFUNC_PAUSE;  // libcurl keeps these bytes and offers them again
    }
    unread_ += bytes;
    received_ += bytes.size();
    answer_waiter();
    return bytes.size();
}

void CurlTransfer::answer_waiter() {
    if (error_) {
        if (auto on_head = std::exchange(on_head_, nullptr)) on_head(fail(*error_));
    }
    if (!on_bytes_ || (unread_.empty() && !over())) return;
    ++wait_number_;
    wait_timer_.cancel();
    auto on_bytes = std::exchange(on_bytes_, nullptr);
    if (!unread_.empty() && !drop_unread_) {
        on_bytes(std::exchange(unread_, {}));
    } else if (error_) {
        on_bytes(fail(*error_));
    } else {
        on_bytes(std::string{});
    }
}

void CurlTransfer::finish(CURLcode code) {
    if (!error_) {
        if (code != CURLE_OK || !head_done_) {
            error_ = failure(code);
        } else {
            ended_ = true;
        }
    }
    stand_down();
    answer_waiter();
}

void CurlTransfer::abort(Error error) {
    if (!over()) error_ = std::move(error);
    drop_unread_ = error_.has_value();
    stand_down();
    answer_waiter();
}

void CurlTransfer::give_up(Error error) {
    if (over()) return;
    if (const auto loop = loop_.lock()) loop->drop(*this);
    abort(std::move(error));
}

void CurlTransfer::stand_down() {
    ++wait_number_;
    wait_timer_.cancel();
    deadline_timer_.cancel();
    rest_timer_.cancel();
    on_stop_.reset();
}

std::string CurlTransfer::peer() const {
    const auto url = parse_http_url(request_.url);
    return url ? url->authority() : "the server";
}

Error CurlTransfer::failure(CURLcode code) const {
    std::string why = curl_says_[0] != '\0' ? curl_says_.data() : curl_easy_strerror(code);
    Error error{.code = ErrorCode::UpstreamFailed,
                .message = {},
                .detail = "libcurl " + std::to_string(code) + ": " + why};
    if (kept_out_) {
        error.code = ErrorCode::PermissionDenied;
        error.message =
            peer() + " is no public address, and only those may be asked for this; take another one.";
        return error;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        error.message = "The name of " + peer() + " cannot be resolved; check the address.";
        break;
    case CURLE_COULDNT_CONNECT:
        error.message = "Nothing answers at " + peer() + "; check the address and that the server runs.";
        break;
    case CURLE_OPERATION_TIMEDOUT:
        error.message = peer() + " could not be reached in time; check the address and the network.";
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
        error.message = "No secure connection to " + peer() + " could be made; check its certificate.";
        break;
    default:
        error.message = head_done_
                            ? "The connection to " + peer() + " broke before the answer's end; try again."
                            : peer() + " did not answer with HTTP; check the address.";
    }
    return error;
}

}  // namespace boternity::infra
