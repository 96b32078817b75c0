#include "core/checks/check_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

namespace boternity::core {
namespace {

using namespace std::chrono_literals;

constexpr auto kEachProvider = 5s;
constexpr auto kAllProviders = 30s;
// An HTTP date has seconds, and an answer takes a while.
constexpr std::int64_t kMostSkewMicros = 60'000'000;

/// What is not there of the models that were stated.
std::vector<std::string> missing_models(const ProviderConfig& provider, const ToldModels& answer) {
    std::vector<std::string> missing;
    if (answer.models.empty()) return missing;
    for (const auto& model : provider.models) {
        if (std::ranges::find(answer.models, model, &ToldModel::name) == answer.models.end())
            missing.push_back(model);
    }
    return missing;
}

}  // namespace

CheckService::CheckService(std::vector<std::unique_ptr<Check>> checks, ModelDirectory& models, Clock& clock)
    : checks_(std::move(checks)), models_(models), clock_(clock) {}

Result<std::vector<Finding>> CheckService::run_checks_blocking() {
    std::vector<Finding> findings;
    for (const auto& check : checks_) {
        auto found = check->run_blocking();
        std::ranges::move(found, std::back_inserter(findings));
    }
    return findings;
}

Task<Finding> CheckService::look_at(ProviderConfig provider, CallContext context) {
    const std::string name = fmt::format("provider {}", provider.name);
    const auto before = clock_.now();
    auto asking = models_.ask(provider.name, std::move(context));
    const auto answer = co_await std::move(asking);
    if (!answer) {
        const bool late = answer.error().code == ErrorCode::DeadlineExceeded;
        co_return Finding{name, Severity::Error,
                          late ? fmt::format("It did not answer within {} s.", kEachProvider / 1s)
                               : answer.error().message,
                          fmt::format("Look at the server at {} and at its key.", provider.base_url)};
    }
    if (answer->date && std::abs(answer->date->micros - before.micros) > kMostSkewMicros) {
        co_return Finding{name, Severity::Warning,
                          fmt::format("Its clock and this one differ by {} s.",
                                      std::abs(answer->date->micros - before.micros) / 1'000'000),
                          "Let this machine's clock be set by the network (timedatectl set-ntp true)."};
    }
    if (const auto missing = missing_models(provider, *answer); !missing.empty()) {
        co_return Finding{
            name, Severity::Warning,
            fmt::format("It answers, and does not name its model {} among those it has.", missing.front()),
            "Take its list of models anew (boternity provider refresh), or load the model there."};
    }
    co_return Finding{name, Severity::Ok, "It answers and takes the key.", {}};
}

Task<Result<std::vector<Finding>>> CheckService::run(CallContext context) {
    auto running = run_on(pool_, [this] { return run_checks_blocking(); });
    BOT_CO_TRY(findings, co_await std::move(running));
    const Deadline all = clock_.in(kAllProviders);
    for (const auto& provider : models_.providers()) {
        if (provider.base_url.empty()) continue;  // in this process; its file is a check of its own
        if (context.stop.stop_requested()) co_return fail(ErrorCode::Cancelled, "Nobody waits any more.");
        if (clock_.steady() >= all.at) {
            findings.push_back({"provider " + provider.name, Severity::Notice,
                                "It was not asked: others took too long.", "Cure those, and ask again."});
            continue;
        }
        CallContext one = context;
        one.deadline.at = std::min({context.deadline.at, all.at, clock_.in(kEachProvider).at});
        auto looking = look_at(provider, std::move(one));
        findings.push_back(co_await std::move(looking));
    }
    co_return std::move(findings);
}

}  // namespace boternity::core
