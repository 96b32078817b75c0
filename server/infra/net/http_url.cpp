#include "infra/net/http_url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace boternity::infra {
namespace {

struct FreesUrl {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::unexpected<Error> no_url() {
    return fail(invalid_argument("The address must be an absolute http or https URL with a host, "
                                 "such as https://api.example.com/v1."));
}

/// The part, or empty when there is none.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

}  // namespace

bool HttpUrl::loopback() const noexcept {
    return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
           (host.starts_with("127.") &&
            std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

Result<HttpUrl> parse_http_url(const std::string& text) {
    const bool has_odd_byte =
        std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
    if (has_odd_byte || text.size() > 8'000) return no_url();
    // libcurl would take the path's first part for the host.
    if (text.contains(":///")) return no_url();
    const std::unique_ptr<CURLU, FreesUrl> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return no_url();
    HttpUrl out{.scheme = part(url.get(), CURLUPART_SCHEME),
                .host = part(url.get(), CURLUPART_HOST),
                .port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT),
                .path = part(url.get(), CURLUPART_PATH)};
    if ((out.scheme != "http" && out.scheme != "https") || out.host.empty()) return no_url();
    std::ranges::transform(out.host, out.host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    char* user = nullptr;
    out.has_credentials = curl_url_get(url.get(), CURLUPART_USER, &user, 0) == CURLUE_OK;
    curl_free(user);
    // By the text, because an empty query or fragment is none to libcurl.
    out.has_fragment = text.contains('#');
    out.has_query = text.substr(0, text.find('#')).contains('?');
    return out;
}

}  // namespace boternity::infra
