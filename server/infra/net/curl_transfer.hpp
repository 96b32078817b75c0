#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "infra/net/http_client.hpp"
#include "types/result.hpp"

#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace boternity::infra {

class CurlLoop;

template <auto Free>
struct CurlFreedBy {
    template <class Handle>
    void operator()(Handle* handle) const noexcept {
        Free(handle);
    }
};

/// One exchange as libcurl runs it.
///
/// Lifetime  shared by the loop (while it runs), the exchange's handle and handlers under way.
/// Threads   after construction everything happens on the loop's strand.
class CurlTransfer : public std::enable_shared_from_this<CurlTransfer> {
    struct Private {};

public:
    /// For `make` alone.
    CurlTransfer(Private, HttpRequest request, core::CallContext context, core::Strand strand);

    using OnHead = std::move_only_function<void(Status)>;
    using OnBytes = std::move_only_function<void(Result<std::string>)>;

    /// More than this unread and the peer is held back.
    static constexpr std::size_t kUnreadBytes = 64 * 1024;
    static constexpr std::size_t kHeadBytes = 64 * 1024;
    static constexpr std::chrono::milliseconds kLinger{500};

    /// InvalidArgument when libcurl could not send this request as it is.
    static Result<std::shared_ptr<CurlTransfer>> make(HttpRequest request, core::CallContext context,
                                                      core::Strand strand);

    CURL* easy() const noexcept { return easy_.get(); }
    const HttpHead& head() const noexcept { return head_; }

    /// Begins to wait for the head: arms the timers and listens to the stop request.
    void begin(std::weak_ptr<CurlLoop> loop, OnHead on_head);

    /// Asks for the next bytes. One question at a time.
    void read(OnBytes on_bytes);

    /// Nobody reads any more, but the end is near: what else comes is dropped, for a moment.
    void linger();

    /// Gives up when the end is not there in time.
    void limit_rest();

    /// libcurl has ended the transfer.
    void finish(CURLcode code);

    /// Ends the transfer with an error; the loop has let go of it.
    void abort(Error error);

    bool lingers() const noexcept { return lingers_ && !over(); }
    bool over() const noexcept { return ended_ || error_.has_value(); }

private:
    Status set_options();
    Status set_headers();
    Status guard();
    template <class Value>
    void set(CURLoption option, Value value);

    static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    std::size_t take_header(std::string_view line);
    std::size_t take_body(std::string_view bytes);

    /// Ends from inside, e.g. by a timer: the loop is told to let go.
    void give_up(Error error);
    void answer_waiter();
    void wait_at_most(std::chrono::milliseconds limit, std::string what);
    Error too_late(std::chrono::milliseconds limit, const std::string& what) const;
    void stand_down();
    Error failure(CURLcode code) const;
    std::string peer() const;

    HttpRequest request_;
    core::CallContext context_;
    core::Strand strand_;
    std::weak_ptr<CurlLoop> loop_;
    std::unique_ptr<CURL, CurlFreedBy<&curl_easy_cleanup>> easy_;
    std::unique_ptr<curl_slist, CurlFreedBy<&curl_slist_free_all>> headers_;
    CURLcode refused_ = CURLE_OK;  ///< the first option that libcurl did not take
    std::array<char, CURL_ERROR_SIZE> curl_says_{};
    bool kept_out_ = false;  ///< the guard refused an address

    HttpHead head_;
    std::size_t head_bytes_ = 0;
    bool head_done_ = false;
    std::string unread_;
    std::size_t received_ = 0;
    bool paused_ = false;
    bool ended_ = false;
    std::optional<Error> error_;
    bool lingers_ = false;
    std::size_t lingered_bytes_ = 0;
    bool drop_unread_ = false;  ///< the caller gave up: what is unread interests nobody

    OnHead on_head_;
    OnBytes on_bytes_;
    boost::asio::steady_timer wait_timer_;
    boost::asio::steady_timer deadline_timer_;
    boost::asio::steady_timer rest_timer_;
    unsigned wait_number_ = 0;  ///< tells a timer that fired for an earlier wait
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace boternity::infra
