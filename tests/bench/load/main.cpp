#include "modes.hpp"

#include <exception>
#include <iostream>

int main(int count, char** words) {
    using namespace boternity::bench;
    try {
        const std::string mode = count > 1 ? words[1] : "";
        const Options options(count > 2 ? count - 2 : 0, words + 2);
        if (mode == "fake") return serve_fake_provider(options);
        if (mode == "requests") return run_requests(options);
        if (mode == "streams") return run_streams(options);
        if (mode == "fsync") return run_fsync(options);
        std::cerr << "usage: bench_load fake|requests|streams|fsync [--name value]...\n";
    } catch (const std::exception& failure) {
        std::cerr << "bench_load: " << failure.what() << '\n';
    }
    return 1;
}
