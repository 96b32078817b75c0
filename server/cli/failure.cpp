#include "cli/failure.hpp"

namespace boternity::cli {

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
