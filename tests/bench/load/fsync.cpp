#include "modes.hpp"
#include "stats.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace boternity::bench {

int run_fsync(const Options& options) {
    const std::string path = options.text("file");
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) throw std::runtime_error("cannot open " + path);
    const std::array<char, 4096> block{};
    // Blocks that are there already, as most of a WAL is: no new size to be made durable with the data.
    constexpr int kBlocks = 1000;
    for (int i = 0; i < kBlocks; ++i) {
        if (::write(file, block.data(), block.size()) < 0) throw std::runtime_error("cannot write " + path);
    }
    if (::fsync(file) != 0) throw std::runtime_error("cannot write " + path);
    Times times;
    const auto end = Clock::now() + std::chrono::duration<double>(options.number("seconds", 1));
    while (Clock::now() < end) {
        const auto place = static_cast<off_t>(times.count() % kBlocks * block.size());
        const auto began = Clock::now();
        // fdatasync, as SQLite does.
        if (::pwrite(file, block.data(), block.size(), place) < 0 || ::fdatasync(file) != 0) {
            throw std::runtime_error("cannot write " + path);
        }
        times.add(micros_since(began));
    }
    ::close(file);
    ::unlink(path.c_str());
    std::cout << times.json() << '\n';
    return 0;
}

}  // namespace boternity::bench
