#include "cli/exit_code.hpp"

#include <array>

namespace boternity::cli {
namespace {

struct Row {
    std::string_view code;
    ExitCode exit;
};

constexpr std::array kRows{
    Row{"not_found", ExitCode::NotFound},
    Row{"already_exists", ExitCode::Conflict},
    Row{"wrong_state", ExitCode::Conflict},
    Row{"stale_etag", ExitCode::Conflict},
    Row{"idempotency_reuse", ExitCode::Conflict},
    Row{"unauthenticated", ExitCode::Unauthorised},
    Row{"permission_denied", ExitCode::Unauthorised},
    Row{"context_too_long", ExitCode::Model},
    Row{"upstream_auth", ExitCode::Model},
    Row{"upstream_rate_limited", ExitCode::Model},
    Row{"upstream_refused", ExitCode::Model},
    Row{"upstream_failed", ExitCode::Model},
    Row{"cancelled", ExitCode::Failed},
    Row{"no_server", ExitCode::NoServer},
    Row{"usage", ExitCode::Usage},
    Row{"interrupted", ExitCode::Interrupted},
};

}  // namespace

ExitCode exit_code_for(std::string_view api_code, int http_status) noexcept {
    for (const auto& row : kRows) {
        if (row.code == api_code) return row.exit;
    }
    switch (http_status) {
    case 401:
    case 403: return ExitCode::Unauthorised;
    case 404: return ExitCode::NotFound;
    case 409:
    case 412: return ExitCode::Conflict;
    case 502: return ExitCode::Model;
    default: return ExitCode::Failed;
    }
}

std::string_view exit_codes_page() noexcept {
    return R"(Exit codes

    0  everything asked for was done
    1  the request failed (for a reason not listed below)
    2  the command line is wrong
    3  no server was found, or it does not answer: start one with `boternity serve`
    4  not found: no such bot, soul version, session, run, provider or backup
    5  conflict: the name is taken, it was changed meanwhile, or its state does not allow this
    6  unauthorised: no valid token, or the token may not do this
    7  the provider or the model failed
  130  interrupted by Ctrl-C

Errors are one line on stderr, `error: ...`, and a second line `field: ...` when one field of the request is at
fault. With --json the same problem (RFC 9457, with `code`, `field` and `request_id`) is on stdout as well.
)";
}

}  // namespace boternity::cli
