#pragma once

#include "types/error.hpp"

#include <expected>
#include <utility>

namespace boternity {

/// A value, or why there is none. Expected failures travel this way; exceptions stay inside adapters.
template <class T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

inline std::unexpected<Error> fail(Error error) {
    return std::unexpected(std::move(error));
}

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string detail = {}) {
    return std::unexpected(Error{.code = code, .message = std::move(message), .detail = std::move(detail)});
}

}  // namespace boternity

/// Binds `var` to the value of a `Result`, or returns its error from this function.
#define BOT_TRY(var, ...)                                                                                    \
    auto var##_or = (__VA_ARGS__);                                                                           \
    if (!var##_or) return std::unexpected(std::move(var##_or).error());                                      \
    auto& var = *var##_or

/// The same inside a coroutine. A statement, because `co_await` inside `({ })` is broken in GCC (PR 115851).
#define BOT_CO_TRY(var, ...)                                                                                 \
    auto var##_or = (__VA_ARGS__);                                                                           \
    if (!var##_or) co_return std::unexpected(std::move(var##_or).error());                                   \
    auto& var = *var##_or

/// For results without a value.
#define BOT_CHECK(...)                                                                                       \
    if (auto status_or = (__VA_ARGS__); !status_or) return std::unexpected(std::move(status_or).error())

#define BOT_CO_CHECK(...)                                                                                    \
    if (auto status_or = (__VA_ARGS__); !status_or) co_return std::unexpected(std::move(status_or).error())
