#include "cli/invocation.hpp"

#include <chrono>

namespace boternity::cli {

Connection& Invocation::server() {
    if (!connection_) {
        const std::chrono::duration<double> patience(globals.timeout_seconds);
        connection_ = std::make_unique<Connection>(
            platform_, [this] { return find_server(globals.hints, platform_.env); },
            std::chrono::duration_cast<std::chrono::milliseconds>(patience));
    }
    return *connection_;
}

}  // namespace boternity::cli
