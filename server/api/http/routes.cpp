#include "api/http/routes.hpp"

#include "api/http/url.hpp"
#include "google/api/annotations.pb.h"

#include <algorithm>

namespace boternity::api {
namespace {

std::pair<std::string, std::string> binding_of(const google::api::HttpRule& rule) {
    using Rule = google::api::HttpRule;
    switch (rule.pattern_case()) {
    case Rule::kGet: return {"GET", rule.get()};
    case Rule::kPut: return {"PUT", rule.put()};
    case Rule::kPost: return {"POST", rule.post()};
    case Rule::kDelete: return {"DELETE", rule.delete_()};
    case Rule::kPatch: return {"PATCH", rule.patch()};
    case Rule::kCustom:
    case Rule::PATTERN_NOT_SET: break;
    }
    return {};
}

/// The next segment of a path that begins with a slash; `path` is moved behind it.
std::string_view next_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

}  // namespace

Routes::Routes(const MethodTable& methods) {
    for (const auto& [name, method] : methods.all()) add(method);
}

void Routes::add(const Method& method) {
    const auto& rule = method.descriptor->options().GetExtension(google::api::http);
    auto [http_verb, path] = binding_of(rule);
    if (path.empty()) return;
    Route route{.http_verb = http_verb, .has_body = !rule.body().empty()};
    if (const auto colon = path.rfind(':'); colon != std::string::npos) {
        route.verb = path.substr(colon + 1);
        path.resize(colon);
    }
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto segment = next_segment(rest);
        if (segment.starts_with('{')) {
            route.segments.push_back(
                {.literal = {}, .field = std::string(segment.substr(1, segment.size() - 2))});
        } else {
            route.segments.push_back({.literal = std::string(segment), .field = {}});
        }
    }
    const auto same = [&](const Route& other) {
        return other.http_verb == route.http_verb && other.verb == route.verb &&
               std::ranges::equal(other.segments, route.segments, [](const Segment& a, const Segment& b) {
                   return a.literal == b.literal && a.field == b.field;
               });
    };
    auto found = std::ranges::find_if(routes_, same);
    if (found == routes_.end()) found = routes_.insert(routes_.end(), std::move(route));
    (method.streams() ? found->stream : found->unary) = &method;
}

bool Routes::fits(const Route& route, std::string_view path,
                  std::vector<std::pair<std::string, std::string>>& variables) {
    if (!route.verb.empty()) {
        if (!path.ends_with(route.verb) || path.size() <= route.verb.size()) return false;
        path.remove_suffix(route.verb.size());
        if (path.back() != ':') return false;
        path.remove_suffix(1);
    }
    variables.clear();
    for (const auto& segment : route.segments) {
        if (path.empty() || path.front() != '/') return false;
        const auto text = next_segment(path);
        if (segment.field.empty()) {
            if (text != segment.literal) return false;
            continue;
        }
        // A colon begins a verb that this route does not have.
        if (text.empty() || text.find(':') != std::string_view::npos) return false;
        auto value = percent_decode(text, Plus::IsPlus);
        if (!value || value->find('/') != std::string::npos) return false;
        variables.emplace_back(segment.field, std::move(*value));
    }
    return path.empty();
}

Routes::Match Routes::match(std::string_view verb, std::string_view path) const {
    Match match;
    std::vector<std::pair<std::string, std::string>> variables;
    const auto wanted = verb == "HEAD" ? std::string_view("GET") : verb;
    for (const auto& route : routes_) {
        if (!fits(route, path, variables)) continue;
        if (match.allow.find(route.http_verb) == std::string::npos) {
            match.allow += (match.allow.empty() ? "" : ", ") + route.http_verb;
            if (route.http_verb == "GET") match.allow += ", HEAD";
        }
        if (route.http_verb != wanted) continue;
        match.unary = route.unary;
        match.stream = route.stream;
        match.has_body = route.has_body;
        match.variables = variables;
    }
    return match;
}

}  // namespace boternity::api
