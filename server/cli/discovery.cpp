#include "cli/discovery.hpp"

#include "cli/json_fields.hpp"

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

void trim_end(std::string& text) {
    text.erase(text.find_last_not_of("\n\r ") + 1);
}

/// A small file's text without blanks at its end; nothing when it cannot be read.
std::optional<std::string> read_small(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(kMostBytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    trim_end(text);
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

/// Whether the server that wrote `server.json` is still there: it holds the folder's file `lock` for as long
/// as it lives, and the kernel lets go of it however it ends. Its process id alone says nothing: after a
/// crash the number may belong to any process.
bool holds_folder(const fs::path& folder, pid_t pid) {
    // EPERM: it runs, as another user. Without such a process the lock is left alone: a new server may be
    // taking it in this moment.
    if (pid <= 0 || (kill(pid, 0) != 0 && errno != EPERM)) return false;
    const int file = open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return false;
    // The kernel has no way only to ask for such a lock. One that is got here was free, and goes back at
    // once.
    const bool held = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    // Its holder is written in it, unless the disk was full. Another one has not begun to serve yet: what is
    // in `server.json` is of the server before it.
    std::array<char, 32> text{};
    const ssize_t size = pread(file, text.data(), text.size(), 0);
    close(file);
    std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    trim_end(holder);
    return held && (holder.empty() || holder == std::to_string(pid));
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

/// A token goes into a header, which is one line. `place` is where it comes from.
Answer<std::string> one_line(std::string token, const std::string& place, std::string field) {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(token, is_control)) {
        return usage_error(
            fmt::format("{} holds a control character, such as a line break; put the token there and nothing "
                        "else.",
                        place),
            std::move(field));
    }
    return token;
}

Answer<std::string> token_in_file(const std::string& path) {
    auto token = read_small(path);
    if (!token || token->empty()) {
        return usage_error(fmt::format("The token file {} cannot be read or is empty.", path),
                           "--token-file");
    }
    return one_line(std::move(*token), "The token file " + path, "--token-file");
}

/// A token that somebody named; nothing when nobody did.
Answer<std::optional<std::string>> named_token(const ServerHints& hints, const Environment& env) {
    if (!hints.token_file.empty()) return token_in_file(hints.token_file);
    if (auto token = env("BOTERNITY_TOKEN")) {
        trim_end(*token);
        if (token->empty())
            return usage_error("BOTERNITY_TOKEN holds only blanks; put the token there, or unset it.");
        return one_line(std::move(*token), "BOTERNITY_TOKEN", {});
    }
    if (const auto file = env("BOTERNITY_TOKEN_FILE")) return token_in_file(*file);
    return std::nullopt;
}

/// The token that a server keeps in its data folder; empty when it cannot be read.
Answer<std::string> token_of_folder(const fs::path& folder) {
    const fs::path path = folder / "token";
    return one_line(read_small(path).value_or(""), "The token file " + path.string(), {});
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

    const bool runs = running && holds_folder(folder, running->pid);
    Endpoint endpoint{.base_url = {}, .token = named->value_or(""), .named = !given.empty()};
    if (!given.empty()) {
        auto url = base_url_of(given);
        if (!url) return std::unexpected(std::move(url).error());
        endpoint.base_url = std::move(*url);
        if (*named || !runs || endpoint.base_url != "http://" + running->address) return endpoint;
    } else {
        if (!running)
            return no_server(
                fmt::format("No server runs with the data folder {}. {}.", folder.string(), kHowToStart));
        if (!runs) {
            return no_server(fmt::format("The server of the data folder {} (process {}) is gone. {}.",
                                         folder.string(), running->pid, kHowToStart));
        }
        auto url = base_url_of(running->address);
        if (!url) return no_server(fmt::format("{} names no address.", (folder / "server.json").string()));
        endpoint.base_url = std::move(*url);
    }
    if (*named) return endpoint;
    auto token = token_of_folder(folder);
    if (!token) return std::unexpected(std::move(token).error());
    endpoint.token = std::move(*token);
    return endpoint;
}

}  // namespace boternity::cli
