#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::cli {

/// Bytes that are sent as they are.
struct RawBody {
    std::string type{};  ///< their media type
    std::string bytes{};
};

/// One request to the API.
struct Request {
    std::string method = "GET";
    std::string path{};  ///< with a leading slash, its segments encoded by `segment`
    std::vector<std::pair<std::string, std::string>>
        query{};  ///< encoded when sent; empty values are left out
    std::optional<boost::json::object> body{};
    std::optional<RawBody> raw{};  ///< instead of `body`
    std::string accept = "application/json";
};

/// A path segment from text: everything but RFC 3986's unreserved characters is percent-encoded, and the
/// segments
/// `.` and `..`, which would change the path, cannot come out.
std::string segment(std::string_view text);

/// The path with its query, as it stands behind the host.
std::string target_of(const Request& request);

}  // namespace boternity::cli
