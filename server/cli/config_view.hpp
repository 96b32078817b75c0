#pragma once

#include "cli/invocation.hpp"
#include "infra/config/config.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace boternity::cli {

/// The configuration in the form that the API has: `file` and `settings`.
boost::json::object config_document(const infra::Config& config);

boost::json::object fault_document(const infra::ConfigFault& fault);

/// Shows such a document, or one setting of it.
Answer<ExitCode> show_config(Invocation& invocation, boost::json::object config, const std::string& key);

/// What a server did with a setting that was written, in one sentence, from its answer to a reload.
std::string effect_of(const boost::json::object& config, const std::string& key);

/// Shows a server's answer to a reload.
Answer<ExitCode> show_reloaded(Invocation& invocation, const boost::json::object& config);

}  // namespace boternity::cli
