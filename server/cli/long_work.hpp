#pragma once

#include "cli/connection.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace boternity::cli {

/// Work of the server that tells how far it is.
struct LongWork {
    Request request{};
    /// Gets each event. Answers what the work came to, or nothing while it goes on.
    std::function<std::optional<boost::json::object>(const boost::json::object& event)> take{};
    std::string broken{};       ///< said when the connection breaks
    std::string interrupted{};  ///< said when a person ends it
};

/// Asks for the work and follows it to its end; `stop` ends it there too. A failure of the work is one of
/// this.
core::Task<Answer<boost::json::object>> follow_work(Connection& server, LongWork work, std::stop_token stop);

/// A number that JSON writes as a string, because it may be beyond 2^53.
double big_number(const boost::json::object& object, std::string_view name);

}  // namespace boternity::cli
