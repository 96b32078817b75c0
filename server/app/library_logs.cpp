#include "app/library_logs.hpp"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <atomic>
#include <string>
#include <string_view>

namespace boternity::app {
namespace {

constexpr std::size_t kMostShown = 300;

// The hooks are plain functions without a place for state.
std::atomic<core::Log*> g_log{nullptr};

void tell(core::LogLevel level, std::string_view library, std::string_view file, int line,
          std::string_view message) {
    if (auto* log = g_log.load()) {
        log->write(level, "library_said",
                   {{"library", std::string(library)},
                    {"at", fmt::format("{}:{}", file.substr(file.rfind('/') + 1), line)},
                    {"message", std::string(message.substr(0, kMostShown))}});
    }
}

void from_grpc(gpr_log_func_args* said) {
    const std::string_view message = said->message;
    const bool aborts = message.starts_with("assertion failed");
    tell(aborts ? core::LogLevel::Error : core::LogLevel::Debug, "grpc", said->file, said->line, message);
}

void from_protobuf(google::protobuf::LogLevel level, const char* file, int line, const std::string& message) {
    const bool aborts = level == google::protobuf::LOGLEVEL_FATAL;
    tell(aborts ? core::LogLevel::Error : core::LogLevel::Debug, "protobuf", file, line, message);
}

}  // namespace

LibraryLogs::LibraryLogs(core::Log& log) {
    g_log.store(&log);
    gpr_set_log_function(&from_grpc);
    google::protobuf::SetLogHandler(&from_protobuf);
}

LibraryLogs::~LibraryLogs() {
    g_log.store(nullptr);
}

}  // namespace boternity::app
