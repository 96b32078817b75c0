#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace boternity::core {

/// SHA-256 (FIPS 180-4) of the bytes, as "sha256:" and 64 lower-case hex digits. Names content; not for
/// passwords.
std::string content_hash(std::string_view bytes);

/// The same of bytes that come in pieces.
class ContentHasher {
public:
    ContentHasher();
    ~ContentHasher();
    ContentHasher(const ContentHasher&) = delete;
    ContentHasher& operator=(const ContentHasher&) = delete;

    void add(std::string_view bytes);
    /// Of all that was added. Once.
    std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace boternity::core
