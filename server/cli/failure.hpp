#pragma once

#include "cli/exit_code.hpp"
#include "types/error.hpp"

#include <boost/json/object.hpp>

#include <expected>
#include <string>
#include <utility>

namespace boternity::cli {

/// Why a command did not do what was asked.
struct Failure {
    ExitCode exit = ExitCode::Failed;
    std::string message;            ///< one sentence that says what to do
    std::string code{};             ///< as the API names it; `usage`, `no_server` or `interrupted` from here
    std::string field{};            ///< which part of the request, or empty
    boost::json::object problem{};  ///< the server's problem document, or empty
};

/// A value, or why there is none.
template <class T>
using Answer = std::expected<T, Failure>;

inline std::unexpected<Failure> usage_error(std::string message, std::string field = {}) {
    return std::unexpected(Failure{
        .exit = ExitCode::Usage, .message = std::move(message), .code = "usage", .field = std::move(field)});
}

inline std::unexpected<Failure> no_server(std::string message) {
    return std::unexpected(
        Failure{.exit = ExitCode::NoServer, .message = std::move(message), .code = "no_server"});
}

/// Of what the person ended.
inline std::unexpected<Failure> interrupted() {
    return std::unexpected(
        Failure{.exit = ExitCode::Interrupted, .message = "Interrupted.", .code = "interrupted"});
}

inline std::unexpected<Failure> failed(std::string message, std::string code = "client_error") {
    return std::unexpected(
        Failure{.exit = ExitCode::Failed, .message = std::move(message), .code = std::move(code)});
}

/// Why something that this program did itself failed, told as every other failure is.
Failure failure_of(const Error& error);

/// The problem document of a failure, made here when the server sent none (RFC 9457).
boost::json::object problem_of(const Failure& failure);

}  // namespace boternity::cli
