#pragma once

#include "core/ports/log.hpp"

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace boternity::observe {

enum class LogFormat {
    Text,  ///< time level event key=value, for people
    Json,  ///< one JSON object a line, for programs
};

/// The server's log on standard error, through spdlog. One line an event, whatever a value holds: control
/// characters and quotes are escaped, so that a value can neither forge a line nor steer a terminal.
class StreamLog final : public core::Log {
public:
    StreamLog(LogFormat format, core::LogLevel lowest);
    ~StreamLog() override;

    /// From any thread.
    void set_lowest(core::LogLevel lowest);

    void write(core::LogLevel level, std::string_view event,
               std::initializer_list<core::LogField> fields) override;

private:
    LogFormat format_;
    std::shared_ptr<spdlog::logger> logger_;
};

/// The value as it stands between quotes in both formats: JSON string escapes, C1 controls and DEL included.
std::string escaped(std::string_view value);

}  // namespace boternity::observe
