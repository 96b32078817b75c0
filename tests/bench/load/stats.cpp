#include "stats.hpp"

#include <algorithm>
#include <numeric>

namespace boternity::bench {

std::string Times::json() {
    if (micros_.empty()) return R"({"n":0})";
    std::sort(micros_.begin(), micros_.end());
    const auto at = [this](double part) {
        const auto last = static_cast<double>(micros_.size() - 1);
        return std::to_string(micros_[static_cast<std::size_t>(part * last)]);
    };
    const double sum = std::accumulate(micros_.begin(), micros_.end(), 0.0);
    return "{\"n\":" + std::to_string(micros_.size()) +
           ",\"mean\":" + std::to_string(sum / static_cast<double>(micros_.size())) + ",\"p50\":" + at(0.5) +
           ",\"p90\":" + at(0.9) + ",\"p99\":" + at(0.99) + ",\"max\":" + at(1) + "}";
}

}  // namespace boternity::bench
