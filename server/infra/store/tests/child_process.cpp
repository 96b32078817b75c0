#include "infra/store/tests/child_process.hpp"

#include <fcntl.h>
#include <sys/poll.h>
#include <sys/signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

namespace boternity::infra {
namespace {

// High, so that no other file of a test run is taken for it.
constexpr int kPipe = 193;

}  // namespace

ChildProcess::ChildProcess(const std::string& test, const std::string& folder) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the child");
    const std::string filter = "--gtest_filter=" + test;
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no child process");
    if (pid_ == 0) {
        // Until exec only what is safe after a fork.
        if (::chdir(folder.c_str()) != 0 || ::dup2(ends[1], kPipe) != kPipe) ::_exit(126);
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDOUT_FILENO);
        ::execl("/proc/self/exe", "store_child", filter.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) kill_hard();
    ::close(pipe_);
}

std::optional<std::string> ChildProcess::line(std::chrono::milliseconds wait) {
    while (true) {
        if (const auto end = held_.find('\n'); end != std::string::npos) {
            std::string line = held_.substr(0, end);
            held_.erase(0, end + 1);
            return line;
        }
        pollfd ready{pipe_, POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return std::nullopt;
        std::array<char, 4096> bytes{};
        const ssize_t size = ::read(pipe_, bytes.data(), bytes.size());
        if (size <= 0) return std::nullopt;
        held_.append(bytes.data(), static_cast<std::size_t>(size));
    }
}

void ChildProcess::kill_hard() {
    ::kill(pid_, SIGKILL);
    join();
}

int ChildProcess::join() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::optional<std::string> child_folder() {
    struct stat found{};
    if (::fstat(kPipe, &found) != 0 || !S_ISFIFO(found.st_mode)) return std::nullopt;
    return std::filesystem::current_path().string();
}

void tell_parent(const std::string& line) {
    const std::string whole = line + "\n";
    // Shorter than PIPE_BUF: never mixed with another's.
    if (::write(kPipe, whole.data(), whole.size()) < 0) ::_exit(3);
}

}  // namespace boternity::infra
