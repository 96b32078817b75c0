#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace boternity::infra::llm {

/// A digest over bytes that come in pieces. SHA-256 and SHA-512 (FIPS 180-4).
class Digest {
public:
    enum class Kind { Sha256, Sha512 };
    explicit Digest(Kind kind);
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;

    void add(std::string_view bytes);
    /// In lower-case hex. Once.
    std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The bytes that base64 with padding (RFC 4648) says, in lower-case hex; empty when it is none.
std::string hex_of_base64(std::string_view text);

}  // namespace boternity::infra::llm
