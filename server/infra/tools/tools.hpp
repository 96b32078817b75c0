#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/tool.hpp"
#include "core/runtime/pool.hpp"
#include "infra/net/http_client.hpp"
#include "types/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Tools that need nothing of the runs. No answer has more than kMostAnswerBytes; every one is UTF-8.
namespace boternity::infra {

inline constexpr std::size_t kMostAnswerBytes = std::size_t{4} * 1024 * 1024;

/// `calculate`: one expression.
std::shared_ptr<core::Tool> make_calculate();

/// `now`: the time, in any zone of the system's tzdata, which is read on `files`. Both outlive the tool.
std::shared_ptr<core::Tool> make_now(core::Clock& clock, core::Pool& files);

/// What `http.get` is made of, all of which outlives it.
struct HttpGetNeeds {
    HttpClient& http;
    core::Clock& clock;
    core::Pool& work;                         ///< where pages are read
    std::string version{};                    ///< of Boternity, told to servers
    std::chrono::milliseconds limit{20'000};  ///< for a whole call, redirects included
};

/// `http.get`: one public page as text.
std::shared_ptr<core::Tool> make_http_get(HttpGetNeeds needs);

/// A tool that is a web service of the owner's, as the configuration declares it.
struct DeclaredWebhook {
    std::string name{};
    std::string description{};
    std::string url{};
    std::string parameters{};  ///< a JSON Schema as text; empty: any object
    /// Values may be env:NAME, a variable of the server's environment.
    std::vector<std::pair<std::string, std::string>> headers{};
    bool read_only = false;
    bool idempotent = false;
    std::chrono::seconds timeout{30};
};

/// A variable of the server's environment; nothing when it is not set.
using ToolEnvironment = std::function<std::optional<std::string>(std::string_view)>;

/// InvalidArgument, with the field, when its calls could not be sent as it says.
Status check_webhook(const DeclaredWebhook& declared);

/// Each call POSTs {"run","step","bot","arguments"} to the service, with the call's key as Idempotency-Key.
/// Headers are looked up at each call. Errors: as check_webhook.
/// `http` outlives the tool.
Result<std::shared_ptr<core::Tool>> make_webhook(DeclaredWebhook declared, HttpClient& http,
                                                 core::Clock& clock, ToolEnvironment environment);

}  // namespace boternity::infra
