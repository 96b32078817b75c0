#pragma once

#include "cli/output.hpp"

#include <boost/json/object.hpp>

namespace boternity::cli {

/// Prints one message of a session for people: who and when, then the text.
void show_message(Output& out, const boost::json::object& message);

}  // namespace boternity::cli
