// How a request is told to libcurl: the part of CurlTransfer that happens before it begins.
#include "infra/net/curl_transfer.hpp"
#include "infra/net/http_url.hpp"
#include "infra/net/public_address.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace boternity::infra {
namespace {

bool has_line_break(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

Result<std::shared_ptr<CurlTransfer>> CurlTransfer::make(HttpRequest request, core::CallContext context,
                                                         core::Strand strand) {
    BOT_TRY(url, parse_http_url(request.url));
    if (url.has_credentials) {
        return fail(invalid_argument("The address must hold no user name and no password."));
    }
    auto transfer =
        std::make_shared<CurlTransfer>(Private{}, std::move(request), std::move(context), std::move(strand));
    if (!transfer->easy_) return fail(internal_error("curl_easy_init failed"));
    BOT_CHECK(transfer->set_headers());
    BOT_CHECK(transfer->set_options());
    // A proxy is for the world outside; like Go and Python, this machine is reached directly.
    if (url.loopback() || transfer->request_.egress == Egress::Own) {
        curl_easy_setopt(transfer->easy(), CURLOPT_NOPROXY, "*");
    }
    if (transfer->request_.egress == Egress::Public) BOT_CHECK(transfer->guard());
    return transfer;
}

Status CurlTransfer::set_headers() {
    const auto append = [this](const std::string& line) {
        curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
        if (longer == nullptr) return false;
        (void)headers_.release();
        headers_.reset(longer);
        return true;
    };
    for (const auto& [name, value] : request_.headers) {
        if (name.empty() || has_line_break(name) || has_line_break(value) || name.contains(':')) {
            return fail(invalid_argument("A header must be one line with a name: " +
                                         (has_line_break(name) ? std::string("(broken)") : name) + "."));
        }
        // libcurl leaves a header without a value out unless it ends in a semicolon.
        if (!append(value.empty() ? name + ";" : name + ": " + value))
            return fail(internal_error("curl_slist"));
    }
    // An expectation costs a round trip, and not every server answers it.
    if (!append("Expect:")) return fail(internal_error("curl_slist"));
    return {};
}

Status CurlTransfer::guard() {
    // Looked at when the connection is made, after the name was resolved: a name cannot lead elsewhere then.
    // A proxy would connect where this guard does not see it, and so would a connection that is there.
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    if (refused_ == CURLE_OK) return {};
    return fail(internal_error(std::string("libcurl: ") + curl_easy_strerror(refused_)));
}

curl_socket_t CurlTransfer::on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (!is_public_address(&address->addr, address->addrlen)) {
        transfer.kept_out_ = true;
        return CURL_SOCKET_BAD;
    }
    transfer.kept_out_ = false;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

template <class Value>
void CurlTransfer::set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (refused_ == CURLE_OK) refused_ = code;
}

Status CurlTransfer::set_options() {
    if (request_.method.empty() || has_line_break(request_.method)) {
        return fail(invalid_argument("The method must be one word, such as GET."));
    }
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    // One connection an exchange: over HTTP/2 a reader that pauses would hold back all that share its
    // connection.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_NOSIGNAL, 1L);
    // Without it a request that is dropped during a slow name lookup would block its thread until the answer.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::max<std::int64_t>(request_.timeouts.connect.count(), 1)));
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_USERAGENT, "boternity");  // a header of the request wins
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_ERRORBUFFER, curl_says_.data());
    set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT" ||
        request_.method == "PATCH") {
        set(CURLOPT_POSTFIELDS, request_.body.data());  // not copied: `request_` lives as long as the handle
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    }
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else {
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
    if (refused_ != CURLE_OK)
        return fail(internal_error(std::string("libcurl: ") + curl_easy_strerror(refused_)));
    return {};
}

}  // namespace boternity::infra
