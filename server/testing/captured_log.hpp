#pragma once

#include "core/ports/log.hpp"

#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::testing {

/// Keeps what is logged, to be looked at. Threads: any.
class CapturedLog final : public core::Log {
public:
    struct Line {
        core::LogLevel level = core::LogLevel::Info;
        std::string event;
        std::map<std::string, std::string> fields;
    };

    void write(core::LogLevel level, std::string_view event,
               std::initializer_list<core::LogField> fields) override {
        Line line{level, std::string(event), {}};
        for (const auto& [name, value] : fields) line.fields.emplace(name, value);
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }

    std::vector<Line> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    int count(std::string_view event) const {
        const std::lock_guard lock(mutex_);
        int found = 0;
        for (const auto& line : lines_) found += line.event == event ? 1 : 0;
        return found;
    }

    /// Whether `needle` stands anywhere in what was logged: to show that a secret
    /// does not.
    bool mentions(std::string_view needle) const {
        const std::lock_guard lock(mutex_);
        for (const auto& line : lines_) {
            if (line.event.find(needle) != std::string::npos) return true;
            for (const auto& [name, value] : line.fields) {
                if (name.find(needle) != std::string::npos || value.find(needle) != std::string::npos) {
                    return true;
                }
            }
        }
        return false;
    }

private:
    mutable std::mutex mutex_;
    std::vector<Line> lines_;
};

}  // namespace boternity::testing
