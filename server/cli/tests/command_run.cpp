#include "cli/tests/command_run.hpp"

#include "cli/command_line.hpp"
#include "infra/clock/system_clock.hpp"
#include "testing/sequential_ids.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace boternity::cli {
namespace {

/// A file in memory that is written to.
class MemoryFile {
public:
    MemoryFile() : file_(open_memstream(&bytes_, &size_)) {}
    ~MemoryFile() {
        if (file_ != nullptr) std::fclose(file_);
        std::free(bytes_);
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::FILE* get() const { return file_; }
    std::string text() {
        std::fflush(file_);
        return {bytes_, size_};
    }

private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_;
};

}  // namespace

Ended CommandRun::operator()(std::vector<std::string> arguments) const {
    MemoryFile out;
    MemoryFile err;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::tmpfile(), &std::fclose);
    std::fwrite(input.data(), 1, input.size(), in.get());
    std::rewind(in.get());
    const infra::SystemClock clock;
    boternity::testing::SequentialIds ids;
    const auto variable = [this](const char* name) -> std::optional<std::string> {
        const auto found = env.find(name);
        return found == env.end() ? std::nullopt : std::optional(found->second);
    };
    Invocation invocation(
        {.in = in.get(), .out = out.get(), .err = err.get(), .env = variable, .clock = clock, .ids = ids},
        "1.2.3");
    const int code = run_command(std::move(arguments), invocation, serve);
    return {.code = code, .out = out.text(), .err = err.text()};
}

}  // namespace boternity::cli
