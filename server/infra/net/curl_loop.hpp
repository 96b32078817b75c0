#pragma once

#include "core/runtime/task.hpp"
#include "infra/net/curl_transfer.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <unordered_map>

namespace boternity::infra {

/// libcurl's multi handle, driven by Asio: sockets and timers are Asio's, every call of libcurl happens on
/// the strand and none of them waits.
///
/// Lifetime  shared by the client and the handlers under way; after `close` it starts nothing new.
/// Threads   all on the strand, except `strand`.
class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
public:
    static constexpr std::size_t kMaxTransfers = 4'096;
    static constexpr long kIdleConnections = 64;

    explicit CurlLoop(const core::Executor& executor);
    ~CurlLoop();
    CurlLoop(const CurlLoop&) = delete;
    CurlLoop& operator=(const CurlLoop&) = delete;

    const core::Strand& strand() const noexcept { return strand_; }

    /// Sends the request; `on_head` hears when the answer's head is there.
    void add(std::shared_ptr<CurlTransfer> transfer, CurlTransfer::OnHead on_head);

    /// Lets go of a transfer that has not ended; its connection is closed.
    void drop(const CurlTransfer& transfer);

    /// Asks libcurl for bytes again after a pause.
    void resume(CurlTransfer& transfer);

    /// Ends all transfers and closes all connections.
    void close();

private:
    struct Socket {
        explicit Socket(const core::Strand& strand) : descriptor(strand) {}
        boost::asio::posix::stream_descriptor descriptor;
        int wanted = 0;  ///< CURL_POLL_IN, CURL_POLL_OUT or both
        bool reading = false;
        bool writing = false;
        bool removed = false;
    };

    static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket) noexcept;
    static int on_timer(CURLM* multi, long timeout_ms, void* self) noexcept;

    void watch(curl_socket_t fd, int wanted);
    void forget(curl_socket_t fd);
    void arm(const std::shared_ptr<Socket>& socket, curl_socket_t fd);
    void arm(const std::shared_ptr<Socket>& socket, curl_socket_t fd, int direction);
    void act(curl_socket_t fd, int events);
    void collect_ended();

    core::Strand strand_;
    boost::asio::steady_timer timer_;
    unsigned timer_number_ = 0;  ///< tells a timer that fired before it was set anew
    std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
    std::unordered_map<CURL*, std::shared_ptr<CurlTransfer>> transfers_;
    std::unique_ptr<CURLM, CurlFreedBy<&curl_multi_cleanup>> multi_;
};

}  // namespace boternity::infra
