#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace boternity::infra {

/// The whole schema, parsed once.
const boost::json::object& schema_root();

/// What a value of this part of the schema must be, to stand behind "must be".
std::string expects_of(const boost::json::object& node);

}  // namespace boternity::infra
