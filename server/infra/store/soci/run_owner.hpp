#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace boternity::infra::store {

/// The name under which this process holds runs. Threads: any.
class RunOwner {
public:
    std::string name() const {
        const std::lock_guard lock(mutex_);
        return name_;
    }
    void become(std::string name) {
        const std::lock_guard lock(mutex_);
        name_ = std::move(name);
    }

private:
    mutable std::mutex mutex_;
    std::string name_ = "nobody";  // until the first claim
};

}  // namespace boternity::infra::store
