#include "infra/llm/google/google_error.hpp"

#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

namespace boternity::infra {

namespace json = boost::json;

namespace {

/// "34s", "1.5s": a google.protobuf.Duration as JSON.
std::optional<std::chrono::milliseconds> duration_from(std::string_view text) {
    if (!text.ends_with('s')) return std::nullopt;
    text.remove_suffix(1);
    double seconds = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr double kDay = 86'400;
    if (wrong != std::errc{} || end != text.data() + text.size() || !(seconds >= 0)) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, kDay) * 1'000));
}

void add_details(const json::object& object, std::string_view secret, Error& error) {
    const json::array* details = array_in(object, "details");
    if (details == nullptr) return;
    for (const json::value& value : *details) {
        const json::object* detail = value.if_object();
        if (detail == nullptr) continue;
        const auto delay = duration_from(string_in(*detail, "retryDelay"));
        if (delay && !error.retry_after) error.retry_after = delay;
        if (string_in(*detail, "reason") == "API_KEY_INVALID")
            error = error_of_status(401, complaint_in(object, secret));
    }
}

}  // namespace

void add_google_details(std::string_view body, std::string_view secret, Error& error) {
    const auto value = parse_vendor_json(body);
    const json::value* found = value ? &*value : nullptr;
    if (const json::array* list = found ? found->if_array() : nullptr; list != nullptr && !list->empty())
        found = &list->front();
    const json::object* answer = found ? found->if_object() : nullptr;
    const json::object* object = answer ? object_in(*answer, "error") : nullptr;
    if (object != nullptr) add_details(*object, secret, error);
}

Error google_stream_error(const json::object& object, std::string_view secret) {
    Error error = stream_error(object, secret);
    add_details(object, secret, error);
    return error;
}

}  // namespace boternity::infra
