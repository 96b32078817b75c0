#include "app/owner_token.hpp"

#include "app/owner_file.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace boternity::app {
namespace {

constexpr std::size_t kTokenBytes = 32;

std::string new_token() {
    std::array<unsigned char, kTokenBytes> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return {};
    std::string token;
    for (const unsigned char byte : random) token += fmt::format("{:02x}", byte);
    return token;
}

bool is_token(const std::string& text) {
    return text.size() >= 2 * kTokenBytes &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<std::string> owner_token_blocking(const std::filesystem::path& data_folder) {
    const auto path = data_folder / "token";
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
        auto token = new_token();
        if (token.empty()) return fail(ErrorCode::Unavailable, "This machine gives no random numbers.");
        BOT_CHECK(write_owner_file_blocking(path, token + "\n"));
        return token;
    }
    if ((info.st_mode & 077) != 0) {
        return fail(ErrorCode::Unavailable,
                    fmt::format("Others may read {0}; run `chmod 600 {0}`, or delete it to get a new token.",
                                path.string()));
    }
    std::ifstream in(path);
    std::string token;
    std::getline(in, token);
    if (!is_token(token)) {
        return fail(
            ErrorCode::Unavailable,
            fmt::format(
                "{} holds no token of 64 characters or more; delete it and start again to get a new one.",
                path.string()));
    }
    return token;
}

}  // namespace boternity::app
