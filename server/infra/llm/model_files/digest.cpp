#include "infra/llm/model_files/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <vector>

namespace boternity::infra::llm {
namespace {

std::string hex_of(const unsigned char* bytes, std::size_t count) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += hex[bytes[i] >> 4];
        out += hex[bytes[i] & 15];
    }
    return out;
}

}  // namespace

struct Digest::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Digest::Digest(Kind kind) : state_(std::make_unique<State>()) {
    EVP_DigestInit_ex(state_->context.get(), kind == Kind::Sha256 ? EVP_sha256() : EVP_sha512(), nullptr);
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::add(std::string_view bytes) {
    EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Digest::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
    return hex_of(digest.data(), size);
}

std::string hex_of_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return {};
    std::vector<unsigned char> bytes(text.size() / 4 * 3);
    const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0) return {};
    const auto padding = text.size() - (text.find_last_not_of('=') + 1);
    return hex_of(bytes.data(), static_cast<std::size_t>(size) - padding);
}

}  // namespace boternity::infra::llm
