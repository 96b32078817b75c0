#include "cli/failure.hpp"

#include <fmt/format.h>

namespace boternity::cli {

Failure failure_of(const Error& error) {
    const bool usage = error.code == ErrorCode::InvalidArgument;
    // Whoever runs it on this machine is the one who may see the detail.
    return {.exit = usage ? ExitCode::Usage : exit_code_for(code_name(error.code), 0),
            .message =
                error.detail.empty() ? error.message : fmt::format("{} ({}.)", error.message, error.detail),
            .code = usage ? "usage" : std::string(code_name(error.code)),
            .field = error.field};
}

boost::json::object problem_of(const Failure& failure) {
    if (!failure.problem.empty()) return failure.problem;
    boost::json::object problem{{"type", "about:blank"},
                                {"title", "The command failed"},
                                {"detail", failure.message},
                                {"code", failure.code}};
    if (!failure.field.empty()) problem["field"] = failure.field;
    return problem;
}

}  // namespace boternity::cli
