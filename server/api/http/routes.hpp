#pragma once

#include "api/methods/method_table.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::api {

/// The REST routes of the contract, read from the `google.api.http` options of the methods in the table.
///
/// A template is of segments that are literal or one `{field}`, and may end in a `:verb`. A segment's value
/// never holds a slash; it is percent-decoded. Read-only after it was made.
class Routes {
public:
    explicit Routes(const MethodTable& methods);

    /// What a path and verb lead to. Two methods may share a route, one of them streaming.
    struct Match {
        const Method* unary = nullptr;
        const Method* stream = nullptr;
        bool has_body = false;
        std::vector<std::pair<std::string, std::string>> variables{};  ///< field and decoded value
        std::string allow{};  ///< the verbs of this path; empty: there is no such path

        bool found() const noexcept { return unary != nullptr || stream != nullptr; }
    };

    /// `path` without the query, still percent-encoded.
    Match match(std::string_view verb, std::string_view path) const;

private:
    struct Segment {
        std::string literal;  ///< or empty
        std::string field;
    };
    struct Route {
        std::string http_verb;
        std::vector<Segment> segments;
        std::string verb;  ///< behind the colon; may be empty
        bool has_body = false;
        const Method* unary = nullptr;
        const Method* stream = nullptr;
    };

    void add(const Method& method);
    static bool fits(const Route& route, std::string_view path,
                     std::vector<std::pair<std::string, std::string>>& variables);

    std::vector<Route> routes_;
};

}  // namespace boternity::api
