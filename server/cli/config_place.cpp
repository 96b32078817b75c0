#include "cli/config_place.hpp"

#include "cli/safe_text.hpp"

#include <string>
#include <utility>

namespace boternity::cli {

infra::ConfigSources config_sources(const Invocation& invocation, const ServeCommand& serve) {
    const auto& hints = invocation.globals.hints;
    const auto& env = invocation.platform().env;
    infra::ConfigSources sources{.file = hints.config.empty() ? env("BOTERNITY_CONFIG").value_or("")
                                                              : hints.config,
                                 .data_folder = data_folder(hints, env),
                                 .env = env,
                                 .checks = serve.checks};
    if (invocation.globals.data_given) sources.options["server.data_folder"] = {hints.data};
    return sources;
}

Answer<void> settle_data_folder(Invocation& invocation) {
    auto& globals = invocation.globals;
    const auto& env = invocation.platform().env;
    globals.data_given = !globals.hints.data.empty();
    const std::string file =
        globals.hints.config.empty() ? env("BOTERNITY_CONFIG").value_or("") : globals.hints.config;
    if (file.empty() || globals.data_given || env("BOTERNITY_DATA")) return {};
    auto folder = infra::data_folder_in_file_blocking(file, env);
    if (!folder) return std::unexpected(failure_of(folder.error()));
    globals.hints.data = std::move(*folder);
    return {};
}

Failure failure_of(const infra::ConfigFaults& faults) {
    std::string text;
    for (const auto& fault : faults) text += (text.empty() ? "" : "\n       ") + safe_line(fault.text());
    return {.exit = ExitCode::Usage,
            .message = std::move(text),
            .code = "usage",
            .field = faults.empty() ? std::string() : faults.front().key};
}

}  // namespace boternity::cli
