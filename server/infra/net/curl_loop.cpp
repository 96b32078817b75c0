#include "infra/net/curl_loop.hpp"

#include <utility>
#include <vector>

namespace boternity::infra {

namespace asio = boost::asio;

CurlLoop::CurlLoop(const core::Executor& executor)
    : strand_(asio::make_strand(executor)), timer_(strand_), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kIdleConnections);
}

CurlLoop::~CurlLoop() {
    close();
}

void CurlLoop::add(std::shared_ptr<CurlTransfer> transfer, CurlTransfer::OnHead on_head) {
    if (!multi_) {
        return on_head(fail(ErrorCode::Unavailable, "The server is shutting down; try again in a moment."));
    }
    if (transfers_.size() >= kMaxTransfers) {
        return on_head(
            fail(ErrorCode::Unavailable, "Too many outbound requests are under way; try again in a moment."));
    }
    CURL* easy = transfer->easy();
    if (const CURLMcode code = curl_multi_add_handle(multi_.get(), easy); code != CURLM_OK) {
        return on_head(
            fail(internal_error(std::string("curl_multi_add_handle: ") + curl_multi_strerror(code))));
    }
    transfers_.emplace(easy, transfer);
    transfer->begin(weak_from_this(), std::move(on_head));
    act(CURL_SOCKET_TIMEOUT, 0);  // begins at once, without a turn over the timer
}

void CurlLoop::drop(const CurlTransfer& transfer) {
    const auto found = transfers_.find(transfer.easy());
    if (found == transfers_.end()) return;
    const auto keep = std::move(found->second);
    transfers_.erase(found);
    curl_multi_remove_handle(multi_.get(), keep->easy());
}

void CurlLoop::resume(CurlTransfer& transfer) {
    if (!transfers_.contains(transfer.easy())) return;
    curl_easy_pause(transfer.easy(), CURLPAUSE_CONT);
    collect_ended();
}

void CurlLoop::close() {
    for (auto& [easy, transfer] : std::exchange(transfers_, {})) {
        curl_multi_remove_handle(multi_.get(), easy);
        transfer->abort({.code = ErrorCode::Cancelled, .message = "The server is shutting down."});
    }
    multi_.reset();  // reports the sockets of idle connections as removed before it closes them
    for (auto& [fd, socket] : std::exchange(sockets_, {})) {
        socket->removed = true;
        socket->descriptor.release();
    }
    ++timer_number_;
    timer_.cancel();
}

int CurlLoop::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
    try {
        auto& loop = *static_cast<CurlLoop*>(self);
        what == CURL_POLL_REMOVE ? loop.forget(fd) : loop.watch(fd, what);
        return 0;
    } catch (...) {
        return -1;
    }
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
    try {
        auto& loop = *static_cast<CurlLoop*>(self);
        const unsigned number = ++loop.timer_number_;
        if (timeout_ms < 0) {
            loop.timer_.cancel();
            return 0;
        }
        auto on_time = [weak = loop.weak_from_this(), number](boost::system::error_code error) {
            const auto alive = weak.lock();
            if (error || !alive || alive->timer_number_ != number) return;
            alive->act(CURL_SOCKET_TIMEOUT, 0);
        };
        if (timeout_ms == 0) {
            // Not here: libcurl must not be called from its own callback.
            asio::post(loop.strand_, [on_time] { on_time({}); });
            return 0;
        }
        loop.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
        loop.timer_.async_wait(std::move(on_time));
        return 0;
    } catch (...) {
        return -1;
    }
}

void CurlLoop::watch(curl_socket_t fd, int wanted) {
    auto& socket = sockets_[fd];
    if (!socket) {
        socket = std::make_shared<Socket>(strand_);
        socket->descriptor.assign(fd);
    }
    socket->wanted = wanted;
    arm(socket, fd);
}

void CurlLoop::forget(curl_socket_t fd) {
    const auto found = sockets_.find(fd);
    if (found == sockets_.end()) return;
    found->second->removed = true;
    found->second->descriptor.release();  // libcurl owns it and closes it
    sockets_.erase(found);
}

void CurlLoop::arm(const std::shared_ptr<Socket>& socket, curl_socket_t fd) {
    if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) arm(socket, fd, CURL_POLL_IN);
    if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing) arm(socket, fd, CURL_POLL_OUT);
}

void CurlLoop::arm(const std::shared_ptr<Socket>& socket, curl_socket_t fd, int direction) {
    const bool in = direction == CURL_POLL_IN;
    (in ? socket->reading : socket->writing) = true;
    auto on_ready = [weak = weak_from_this(), socket, fd, direction](boost::system::error_code error) {
        const auto alive = weak.lock();
        (direction == CURL_POLL_IN ? socket->reading : socket->writing) = false;
        if (!alive || socket->removed) return;
        // A wait may outlive the wish for it, e.g. over a pause: then it is not repeated.
        if ((socket->wanted & direction) == 0) return;
        const int event = direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
        alive->act(fd, error ? event | CURL_CSELECT_ERR : event);
        if (!socket->removed) alive->arm(socket, fd);
    };
    socket->descriptor.async_wait(in ? asio::posix::descriptor_base::wait_read
                                     : asio::posix::descriptor_base::wait_write,
                                  std::move(on_ready));
}

void CurlLoop::act(curl_socket_t fd, int events) {
    if (!multi_) return;
    int running = 0;
    curl_multi_socket_action(multi_.get(), fd, events, &running);
    collect_ended();
}

void CurlLoop::collect_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;  // gone once the handle is removed
        const auto found = transfers_.find(message->easy_handle);
        if (found == transfers_.end()) continue;
        const auto transfer = std::move(found->second);
        transfers_.erase(found);
        curl_multi_remove_handle(multi_.get(), transfer->easy());
        transfer->finish(code);
    }
}

}  // namespace boternity::infra
