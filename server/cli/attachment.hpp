#pragma once

#include "cli/invocation.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace boternity::cli {

/// Gives a file to the server and answers what it says of it. Usage naming `option` when it cannot be read.
Answer<boost::json::object> upload_attachment(Invocation& invocation, const std::string& path,
                                              const std::string& option);

/// The ids of files that are given one after the other; none when there are none.
Answer<std::vector<std::string>> upload_attachments(Invocation& invocation,
                                                    const std::vector<std::string>& paths);

}  // namespace boternity::cli
