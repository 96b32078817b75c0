#include "infra/tools/tools.hpp"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace boternity::infra {
namespace {

constexpr const char* kZones = "/usr/share/zoneinfo";
constexpr std::size_t kMostName = 64;

/// The form of every name in tzdata, and of no way out of its folder.
bool has_form_of_zone(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '+' || c == '/';
    };
    return !name.empty() && name.size() <= kMostName && name.front() >= 'A' && name.front() <= 'Z' &&
           !name.contains("//") && !name.ends_with('/') && std::ranges::all_of(name, fits);
}

/// absl keeps what it has loaded for ever, also that there is nothing, and would take any path: hence the
/// looks before.
Result<absl::TimeZone> load_zone_blocking(std::string name) {
    absl::TimeZone zone = absl::UTCTimeZone();
    if (name == "UTC") return zone;
    std::error_code error;
    const bool there = has_form_of_zone(name) &&
                       std::filesystem::is_regular_file(std::filesystem::path(kZones) / name, error);
    if (there && absl::LoadTimeZone(name, &zone)) return zone;
    std::string shown = name.substr(0, kMostName);
    if (!has_form_of_zone(shown)) shown = "this";
    return fail(invalid_argument(
        fmt::format(
            "There is no time zone \"{}\"; use a name of the IANA database, for example Europe/Berlin, "
            "America/New_York or UTC.",
            shown),
        "time_zone"));
}

std::string text_of(Timestamp when, const absl::TimeZone& zone) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez, %A", absl::FromUnixMicros(when.micros), zone);
}

class Now final : public core::Tool {
public:
    Now(core::Clock& clock, core::Pool& files) : clock_(clock), files_(files) {}

    const core::ToolCard& card() const noexcept override { return card_; }

    core::Task<core::ToolAnswer> call(core::ToolInvocation invocation, core::CallContext) override {
        const std::string name = invocation.arguments.text("time_zone", "UTC");
        auto loading = core::run_on(files_, &load_zone_blocking, name);
        auto zone = co_await std::move(loading);
        if (!zone) co_return core::tell_model(std::move(zone).error());
        const Timestamp now = clock_.now();
        std::string text = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ, %A (UTC)", absl::FromUnixMicros(now.micros),
                                            absl::UTCTimeZone());
        if (name != "UTC") text += fmt::format("\n{} ({})", text_of(now, *zone), name);
        co_return text;
    }

private:
    core::Clock& clock_;
    core::Pool& files_;
    core::ToolCard card_{
        .name = "now",
        .description = "The current date, time and weekday in UTC, and in a time zone when one is named.",
        .parameters = R"({"type":"object","properties":{"time_zone":{"type":"string","maxLength":64,)"
                      R"("description":"an IANA time zone, for example Europe/Berlin; default: UTC"}},)"
                      R"("additionalProperties":false})",
        .read_only = true,
        .idempotent = true};
};

}  // namespace

std::shared_ptr<core::Tool> make_now(core::Clock& clock, core::Pool& files) {
    return std::make_shared<Now>(clock, files);
}

}  // namespace boternity::infra
