// Who listens on a port, as /proc tells: nothing is bound or connected to find out.
#include "infra/machine/machine_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
using core::Finding;
using core::Severity;

/// The inode of a socket that listens on the port; none when there is none.
std::optional<std::string> listening_inode(std::uint16_t port) {
    const std::string wanted = fmt::format(":{:04X}", port);
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream in(table);
        std::string line;
        std::getline(in, line);
        while (std::getline(in, line)) {
            std::istringstream words(line);
            std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
            words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >>
                inode;
            if (state == "0A" && local.ends_with(wanted)) return inode;
        }
    }
    return std::nullopt;
}

bool is_number(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "process 123 (nginx)"; processes of others cannot be looked into.
std::string holder_of(const std::string& inode) {
    const std::string wanted = "socket:[" + inode + "]";
    std::error_code error;
    for (fs::directory_iterator process("/proc", error), end; !error && process != end;
         process.increment(error)) {
        const std::string pid = process->path().filename();
        if (!is_number(pid)) continue;
        std::error_code closed;
        for (fs::directory_iterator file(process->path() / "fd", closed), last; !closed && file != last;
             file.increment(closed)) {
            std::error_code gone;
            if (fs::read_symlink(file->path(), gone) != wanted) continue;
            std::ifstream in(process->path() / "comm");
            std::string name;
            std::getline(in, name);
            return fmt::format("process {} ({})", pid, name);
        }
    }
    return "a process of another user";
}

class PortCheck final : public core::Check {
public:
    explicit PortCheck(std::uint16_t port) : port_(port) {}

    std::string_view name() const noexcept override { return "port"; }
    std::vector<Finding> run_blocking() override {
        const auto inode = listening_inode(port_);
        if (!inode) return {{"port", Severity::Ok, fmt::format("Port {} is free.", port_), {}}};
        return {{"port", Severity::Warning, fmt::format("Port {} is taken by {}.", port_, holder_of(*inode)),
                 "End it, or choose another port with `boternity serve --listen 127.0.0.1:PORT`."}};
    }

private:
    std::uint16_t port_;
};

}  // namespace

std::unique_ptr<core::Check> port_check(std::uint16_t port) {
    return std::make_unique<PortCheck>(port);
}

}  // namespace boternity::infra
