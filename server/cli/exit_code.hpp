#pragma once

#include <string_view>

namespace boternity::cli {

/// What the process answers its caller. Part of the interface: a number never changes its meaning.
enum class ExitCode : int {
    Ok = 0,
    Failed = 1,         ///< the request failed, for a reason not listed below
    Usage = 2,          ///< the command line is wrong
    NoServer = 3,       ///< no server was found, or it does not answer
    NotFound = 4,       ///< no such bot, session, run, ...
    Conflict = 5,       ///< taken, changed meanwhile, or in a state that does not allow it
    Unauthorised = 6,   ///< no valid token, or it may not do this
    Model = 7,          ///< the provider or the model failed
    Interrupted = 130,  ///< Ctrl-C
};

/// The exit code of an error code of the API ("not_found"); of the HTTP status when the code is unknown or
/// empty.
ExitCode exit_code_for(std::string_view api_code, int http_status) noexcept;

/// The page that `boternity help exit-codes` shows.
std::string_view exit_codes_page() noexcept;

}  // namespace boternity::cli
