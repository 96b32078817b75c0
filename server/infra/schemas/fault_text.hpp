#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace boternity::infra {

/// What the library says is wrong at a place: the steps to it, such as "[limit]", behind the first, and a
/// sentence.
struct RawFault {
    std::vector<std::string> path{};
    std::string sentence{};
};

/// At most three faults in words for a model: "path: wanted, but is missing; limit: must be an integer, is a
/// string". `schema` is a prepared one.
std::string fault_text(const std::vector<RawFault>& faults, const boost::json::value& schema,
                       const boost::json::value& value);

}  // namespace boternity::infra
