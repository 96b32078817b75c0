#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::infra {

/// Whose address a request goes to. Every outbound connection says it; the guard decides from it.
enum class Egress {
    Operator,  ///< an address the owner of this server configured: any host, loopback too
    Own,       ///< this very server, as its own CLI calls it
    Public,    ///< an address that somebody else chose: public hosts only, reached directly, without a proxy
};

struct HttpTimeouts {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds first_byte{120'000};  ///< until the head is there
    std::chrono::milliseconds idle{120'000};        ///< while a read waits for bytes
    std::chrono::milliseconds rest{2'000};          ///< for all that comes after `limit_rest`
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;  ///< http or https only
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    HttpTimeouts timeouts{};
    std::size_t max_body_bytes = 64 * 1024 * 1024;  ///< of the answer, after decompression
    Egress egress = Egress::Operator;
};

struct HttpHead {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};

    /// The first header of that name (case-insensitive), or empty.
    std::string_view header(std::string_view name) const noexcept;
};

/// An answer whose head has arrived. Pulled: an answer that nobody reads is not received.
/// Destroying it ends the exchange at once.
class HttpExchange {
public:
    virtual ~HttpExchange() = default;
    virtual const HttpHead& head() const noexcept = 0;

    /// The next bytes of the body, decompressed; empty at its end. UpstreamFailed when the connection broke
    /// before the end or was silent for too long, DeadlineExceeded at the context's deadline, Cancelled on a
    /// stop request, TooLarge over max_body_bytes. One read at a time.
    virtual core::Task<Result<std::string>> read() = 0;

    /// Says that nothing more is wanted but the end, which is near: the connection can then serve the next
    /// request even if this exchange is destroyed first. Without the end soon after, it is closed.
    virtual void expect_end() noexcept {}

    /// Says that what matters is there: for the rest of the body, end included, there is only
    /// HttpTimeouts::rest from now on; then UpstreamFailed.
    virtual void limit_rest() noexcept {}

    /// The rest of the body, whole.
    core::Task<Result<std::string>> read_all();
};

/// The one way out: every outbound HTTP connection of the server is opened here.
///
/// Threads  any strand; resumes on the caller's. Redirects are not followed.
/// Cancel   by `context.stop` and `context.deadline`, at once.
/// Errors   InvalidArgument (URL, header), UpstreamFailed (no connection, not HTTP, silent for too long),
///          DeadlineExceeded (the context's), Cancelled, Unavailable (too many at once, shutting down).
class HttpClient {
public:
    virtual ~HttpClient() = default;
    virtual core::Task<Result<std::unique_ptr<HttpExchange>>> start(HttpRequest request,
                                                                    core::CallContext context) = 0;
};

/// libcurl's multi interface driven by the executor's io threads (HTTP/1.1, TLS 1.2 and newer, proxies from
/// the environment except for this very machine). Outlives its exchanges; the executor's context outlives it.
/// Ignores SIGPIPE for the whole process. After its destruction the executor has no more work of it than to
/// close.
std::unique_ptr<HttpClient> make_curl_http_client(core::Executor executor);

}  // namespace boternity::infra
