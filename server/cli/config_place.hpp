#pragma once

#include "cli/cli.hpp"
#include "cli/invocation.hpp"

namespace boternity::cli {

/// Where the configuration of this call comes from: --config, BOTERNITY_CONFIG or the data folder, and the
/// environment. `serve`'s own options are not in it.
infra::ConfigSources config_sources(const Invocation& invocation, const ServeCommand& serve);

/// Takes the data folder from the file that --config or BOTERNITY_CONFIG names, unless --data or
/// BOTERNITY_DATA says otherwise. A file that cannot be read is a usage error. Reads that file.
Answer<void> settle_data_folder(Invocation& invocation);

/// Everything that is wrong, as one failure; the first line says most.
Failure failure_of(const infra::ConfigFaults& faults);

}  // namespace boternity::cli
