#pragma once

#include "types/result.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::llm {

/// Something that holds memory and can let go of it while nobody uses it.
class Unloadable {
public:
    virtual ~Unloadable() = default;

    /// False, and nothing happened, when it is in use.
    virtual bool unload_if_idle_blocking() = 0;
};

/// The memory that all local models share. When it is full, the model that was used longest ago and is idle
/// goes.
///
/// Lifetime  shared by the engines.
/// Threads   any; one makes room at a time.
class ModelMemory {
public:
    explicit ModelMemory(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

    /// Sets memory aside for a model before it is loaded. Unavailable when it needs more than there is at
    /// all, and with retry_after when what would have to go is in use.
    Status take_blocking(std::string_view model, std::uint64_t bytes, std::weak_ptr<Unloadable> holder);

    /// It was used just now.
    void touch(std::string_view model);

    /// It has let go, or was never loaded. Unknown names are nothing.
    void give_back(std::string_view model);

    std::uint64_t limit_bytes() const noexcept { return limit_; }
    std::uint64_t used_bytes() const;

private:
    struct Holding {
        std::string model;
        std::uint64_t bytes;
        std::weak_ptr<Unloadable> holder;
    };

    std::uint64_t used() const;  // with the mutex held

    const std::uint64_t limit_;
    std::mutex making_room_;         // held over unloading, by pool threads only; taken before the next
    mutable std::mutex mutex_;       // of the field below, held for a few moves
    std::vector<Holding> holdings_;  // the one used longest ago first
};

}  // namespace boternity::infra::llm
