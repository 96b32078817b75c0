#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace boternity::bench {

using Clock = std::chrono::steady_clock;

inline double micros_since(Clock::time_point then) {
    return std::chrono::duration<double, std::micro>(Clock::now() - then).count();
}

/// Times in microseconds; every one of them is kept.
class Times {
public:
    void add(double micros) { micros_.push_back(micros); }
    std::size_t count() const { return micros_.size(); }

    /// {"n":…,"mean":…,"p50":…,"p90":…,"p99":…,"max":…} in microseconds.
    std::string json();

private:
    std::vector<double> micros_;
};

}  // namespace boternity::bench
