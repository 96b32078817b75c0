#pragma once

#include "infra/config/config.hpp"
#include "types/result.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace boternity::infra {

/// A table of `providers` that the schema has found right.
DeclaredProvider read_declared_provider(const boost::json::object& from);

/// A table of `tools` that the schema has found right. InvalidArgument, with the field at fault, for what the
/// schema cannot say: parameters that are no JSON object, a secret that stands there itself. No part of a
/// value is repeated.
Result<DeclaredTool> read_declared_tool(const boost::json::object& from);

/// What two names must not have in common: vendors know no dots, and get _ instead.
std::string told_to_vendors(std::string name);

}  // namespace boternity::infra
