#include "cli/discovery.hpp"

#include "cli/json_fields.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <sys/types.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>

namespace boternity::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::string_view kHowToStart = "Start one with `boternity serve` (or `make run` in a clone)";

/// A small file's text without blanks at its end; nothing when it cannot be read.
std::optional<std::string> read_small(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(kMostBytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    return text;
}

struct Running {
    std::string address;
    pid_t pid = 0;
};

std::optional<Running> read_server_file(const fs::path& folder) {
    const auto text = read_small(folder / "server.json");
    if (!text) return std::nullopt;
    boost::system::error_code error;
    const auto value = boost::json::parse(*text, error);
    if (error || !value.is_object()) return std::nullopt;
    Running running{.address = text_field(value.get_object(), "address"),
                    .pid = static_cast<pid_t>(number_field(value.get_object(), "pid"))};
    if (running.address.empty()) return std::nullopt;
    return running;
}

/// EPERM: it runs, as another user.
bool is_alive(pid_t pid) {
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

bool is_port(std::string_view text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

/// HOST:PORT or a URL, as a URL without a path.
Answer<std::string> base_url_of(std::string_view given) {
    std::string_view rest = given;
    std::string_view scheme = "http";
    if (const auto at = rest.find("://"); at != std::string_view::npos) {
        scheme = rest.substr(0, at);
        rest = rest.substr(at + 3);
    }
    while (rest.ends_with('/')) rest.remove_suffix(1);
    const auto bad = [&] {
        return usage_error(fmt::format("`{}` is not the address of a server; give HOST:PORT or a URL such as "
                                       "https://bots.example.org.",
                                       given),
                           "--server");
    };
    if ((scheme != "http" && scheme != "https") || rest.empty()) return bad();
    if (rest.find_first_of("/?#@ \t\r\n") != std::string_view::npos) return bad();
    const auto bracket = rest.rfind(']');
    const auto colon = rest.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (has_port && (colon == 0 || !is_port(rest.substr(colon + 1)))) return bad();
    // HOST:PORT names a port of its own; a bare host would mean port 80, which nobody means.
    if (!has_port && given.find("://") == std::string_view::npos) return bad();
    return std::string(scheme) + "://" + std::string(rest);
}

/// A token that somebody named; nothing when nobody did.
Answer<std::optional<std::string>> named_token(const ServerHints& hints, const Environment& env) {
    std::optional<std::string> file;
    if (!hints.token_file.empty()) {
        file = hints.token_file;
    } else if (auto token = env("BOTERNITY_TOKEN")) {
        return token;
    } else {
        file = env("BOTERNITY_TOKEN_FILE");
    }
    if (!file) return std::nullopt;
    auto token = read_small(*file);
    if (!token || token->empty()) {
        return usage_error(fmt::format("The token file {} cannot be read or is empty.", *file),
                           "--token-file");
    }
    return token;
}

}  // namespace

fs::path data_folder(const ServerHints& hints, const Environment& env) {
    return hints.data.empty() ? default_data_folder(env) : fs::path(hints.data);
}

Answer<Endpoint> find_server(const ServerHints& hints, const Environment& env) {
    auto named = named_token(hints, env);
    if (!named) return std::unexpected(std::move(named).error());
    const auto folder = data_folder(hints, env);
    const auto running = read_server_file(folder);
    const std::string given = hints.server.empty() ? env("BOTERNITY_SERVER").value_or("") : hints.server;

    Endpoint endpoint{.base_url = {}, .token = named->value_or("")};
    if (!given.empty()) {
        auto url = base_url_of(given);
        if (!url) return std::unexpected(std::move(url).error());
        endpoint.base_url = std::move(*url);
        if (*named || !running || endpoint.base_url != "http://" + running->address) return endpoint;
    } else {
        if (!running)
            return no_server(
                fmt::format("No server runs with the data folder {}. {}.", folder.string(), kHowToStart));
        if (!is_alive(running->pid)) {
            return no_server(fmt::format("The server of the data folder {} (process {}) is gone. {}.",
                                         folder.string(), running->pid, kHowToStart));
        }
        auto url = base_url_of(running->address);
        if (!url) return no_server(fmt::format("{} names no address.", (folder / "server.json").string()));
        endpoint.base_url = std::move(*url);
    }
    if (!*named) endpoint.token = read_small(folder / "token").value_or("");
    return endpoint;
}

}  // namespace boternity::cli
