#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace boternity::cli {

/// Where the API has a run.
std::string run_path(const std::string& run);

/// How long a run or a step took; empty until it has ended.
std::string took_text(const boost::json::object& of);

}  // namespace boternity::cli
