#pragma once

#include "core/runtime/signal.hpp"
#include "core/runtime/task.hpp"
#include "types/time.hpp"

#include <utility>

namespace boternity::core {

/// Lets one coroutine of a strand through at a time, over its waits. Everything on that strand.
class Turnstile {
public:
    explicit Turnstile(Strand strand) : free_(std::move(strand)) {}

    /// Whoever holds it is inside.
    class Pass {
    public:
        explicit Pass(Turnstile* turnstile) : turnstile_(turnstile) {}
        Pass(Pass&& other) noexcept : turnstile_(std::exchange(other.turnstile_, nullptr)) {}
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (turnstile_ != nullptr) turnstile_->leave();
        }

    private:
        Turnstile* turnstile_;
    };

    /// Waits until nobody is inside. Who is inside leaves by itself, so that nobody waits for ever.
    Task<Pass> enter() {
        while (taken_) co_await free_.wait(Deadline::never(), {});
        taken_ = true;
        co_return Pass(this);
    }

private:
    void leave() {
        taken_ = false;
        free_.notify_all();
    }

    Signal free_;
    bool taken_ = false;
};

}  // namespace boternity::core
