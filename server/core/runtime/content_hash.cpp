#include "core/runtime/content_hash.hpp"

#include <openssl/evp.h>

#include <array>

namespace boternity::core {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string text_of(const Digest& digest) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "sha256:";
    for (const unsigned char byte : digest) {
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
    return out;
}

}  // namespace

struct ContentHasher::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {
    EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}

ContentHasher::~ContentHasher() = default;

void ContentHasher::add(std::string_view bytes) {
    EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string ContentHasher::finish() {
    Digest digest{};
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr);
    return text_of(digest);
}

std::string content_hash(std::string_view bytes) {
    Digest digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return text_of(digest);
}

}  // namespace boternity::core
