#include "infra/llm/wire/data_url.hpp"

#include <boost/beast/core/detail/base64.hpp>

namespace boternity::infra {

std::string base64(std::string_view bytes) {
    std::string out(boost::beast::detail::base64::encoded_size(bytes.size()), '\0');
    out.resize(boost::beast::detail::base64::encode(out.data(), bytes.data(), bytes.size()));
    return out;
}

std::string data_url(const core::MediaPart& media) {
    return "data:" + media.media_type + ";base64," + base64(media.data());
}

}  // namespace boternity::infra
