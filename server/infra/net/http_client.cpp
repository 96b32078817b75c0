#include "infra/net/http_client.hpp"

#include <algorithm>

namespace boternity::infra {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view HttpHead::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (std::ranges::equal(key, name, {}, lower, lower)) return value;
    }
    return {};
}

core::Task<Result<std::string>> HttpExchange::read_all() {
    std::string all;
    while (true) {
        auto chunk = co_await read();
        if (!chunk) co_return chunk;
        if (chunk->empty()) co_return all;
        all += *chunk;
    }
}

}  // namespace boternity::infra
