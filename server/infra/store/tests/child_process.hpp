#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

namespace boternity::infra {

/// This test program run once more as another process, doing one test that is disabled otherwise, so that it
/// can be killed. What the child writes with `tell_parent` arrives line by line.
class ChildProcess {
public:
    /// Starts `test` ("Suite.Name") in the folder.
    ChildProcess(const std::string& test, const std::string& folder);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The next line; none when the child has ended, or when `wait` has passed.
    std::optional<std::string> line(std::chrono::milliseconds wait = std::chrono::seconds(60));

    /// kill -9, and waits until it is dead. What it told before can still be read.
    void kill_hard();

    /// Lets it end by itself: its exit code.
    int join();

private:
    pid_t pid_ = -1;
    int pipe_ = -1;
    std::string held_;
};

/// In the child: the folder; nothing when this process is no child.
std::optional<std::string> child_folder();

/// In the child: sends a line to the parent, at once and whole. Threads: any.
void tell_parent(const std::string& line);

}  // namespace boternity::infra
