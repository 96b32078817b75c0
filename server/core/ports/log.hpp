#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace boternity::core {

enum class LogLevel { Debug, Info, Warn, Error };

/// One field of a log line. Values may come from users: the implementation escapes them.
using LogField = std::pair<std::string_view, std::string>;

/// The server's log: one line an event, `event` in snake_case and constant. Threads: any; does not block on
/// I/O longer than a line's write.
class Log {
public:
    virtual ~Log() = default;
    virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
};

}  // namespace boternity::core
