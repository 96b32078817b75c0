#include "api/http/negotiate.hpp"

#include "api/http/field_value.hpp"

#include <algorithm>

namespace boternity::api {
namespace {

/// `0`, `1`, `0.5`, `1.000`; anything else counts as 1, as if it were not there.
double weight(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        const auto semicolon = parameters.find(';');
        const auto parameter = trimmed(parameters.substr(0, semicolon));
        parameters =
            semicolon == std::string_view::npos ? std::string_view{} : parameters.substr(semicolon + 1);
        if (parameter.size() < 3 || !same_word(parameter.substr(0, 2), "q=")) continue;
        const auto digits = parameter.substr(2);
        if (digits.front() == '1') return 1;
        double value = 0;
        double place = 0.1;
        for (const char c : digits.substr(std::min<std::size_t>(2, digits.size()))) {
            if (c < '0' || c > '9') return 1;
            value += (c - '0') * place;
            place /= 10;
        }
        return value;
    }
    return 1;
}

}  // namespace

double weight_of(std::string_view list, std::string_view item) noexcept {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto entry = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        const auto semicolon = entry.find(';');
        if (!same_word(trimmed(entry.substr(0, semicolon)), item)) continue;
        return semicolon == std::string_view::npos ? 1 : weight(entry.substr(semicolon + 1));
    }
    return -1;
}

double accept_weight(std::string_view accept, std::string_view media_type) noexcept {
    if (trimmed(accept).empty()) return 1;
    if (const double exact = weight_of(accept, media_type); exact >= 0) return exact;
    const auto slash = media_type.find('/');
    char range[64];
    const auto length = media_type.copy(range, std::min<std::size_t>(slash + 1, sizeof range - 1));
    range[length] = '*';
    if (const double wide = weight_of(accept, {range, length + 1}); wide >= 0) return wide;
    return std::max(weight_of(accept, "*/*"), 0.0);
}

std::string_view media_type_of(std::string_view content_type) noexcept {
    return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace boternity::api
