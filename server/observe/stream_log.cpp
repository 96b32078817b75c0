#include "observe/stream_log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace boternity::observe {
namespace {

spdlog::level::level_enum level_of(core::LogLevel level) {
    switch (level) {
    case core::LogLevel::Debug: return spdlog::level::debug;
    case core::LogLevel::Info: return spdlog::level::info;
    case core::LogLevel::Warn: return spdlog::level::warn;
    case core::LogLevel::Error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

bool is_plain(std::string_view value) {
    return !value.empty() && std::ranges::all_of(value, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./:@").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::string escaped(std::string_view value) {
    std::string out;
    out.reserve(value.size() + 8);
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += value[i];
        } else if (c == '\n') {
            out += "\\n";
        } else if (c < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", c);
        } else if (c == 0xc2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xa0) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(value[++i]));
        } else {
            out += value[i];
        }
    }
    return out;
}

StreamLog::StreamLog(LogFormat format, core::LogLevel lowest)
    : format_(format),
      logger_(
          std::make_shared<spdlog::logger>("boternity", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger_->set_level(level_of(lowest));
    logger_->flush_on(spdlog::level::debug);
    logger_->set_pattern(format == LogFormat::Json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})"
                                                   : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                         spdlog::pattern_time_type::utc);
}

StreamLog::~StreamLog() = default;

void StreamLog::set_lowest(core::LogLevel lowest) {
    logger_->set_level(level_of(lowest));
}

void StreamLog::write(core::LogLevel level, std::string_view event,
                      std::initializer_list<core::LogField> fields) {
    if (!logger_->should_log(level_of(level))) return;
    std::string line;
    if (format_ == LogFormat::Json) {
        line = fmt::format(R"("event":"{}")", event);
        for (const auto& [key, value] : fields) line += fmt::format(R"(,"{}":"{}")", key, escaped(value));
    } else {
        line = event;
        for (const auto& [key, value] : fields) {
            if (value.empty()) continue;
            line += is_plain(value) ? fmt::format(" {}={}", key, value)
                                    : fmt::format(" {}=\"{}\"", key, escaped(value));
        }
    }
    logger_->log(level_of(level), "{}", line);
}

}  // namespace boternity::observe
