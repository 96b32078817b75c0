#include "infra/llm/wire/data_url.hpp"

#include <openssl/evp.h>

namespace boternity::infra {

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it writes a NUL behind its text
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::string data_url(const core::MediaPart& media) {
    return "data:" + media.media_type + ";base64," + base64(media.data());
}

}  // namespace boternity::infra
