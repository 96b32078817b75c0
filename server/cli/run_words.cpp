#include "cli/run_words.hpp"

#include "cli/json_fields.hpp"
#include "cli/request.hpp"
#include "cli/when.hpp"

namespace boternity::cli {

std::string run_path(const std::string& run) {
    return "/api/v1/runs/" + segment(run);
}

std::string took_text(const boost::json::object& of) {
    const auto started = parse_time(text_field(of, "started_at"));
    const auto ended = parse_time(text_field(of, "ended_at"));
    if (!started || !ended) return {};
    return duration_text(static_cast<double>(ended->micros - started->micros) / 1e6);
}

}  // namespace boternity::cli
