#include "infra/store/sqlite/health.hpp"

namespace boternity::infra::store {

void Health::failed(const Failure& failure) {
    if (failure.damage == Damage::None) return;
    {
        const std::lock_guard lock(mutex_);
        if (damage_ == failure.damage) return;
        damage_ = failure.damage;
    }
    log_.write(core::LogLevel::Error, "store_write_failed",
               {{"error", failure.error.message}, {"detail", failure.error.detail}});
}

void Health::succeeded() {
    {
        const std::lock_guard lock(mutex_);
        if (damage_ == Damage::None) return;
        damage_ = Damage::None;
    }
    log_.write(core::LogLevel::Info, "store_writes_resumed", {});
}

Damage Health::damage() const {
    const std::lock_guard lock(mutex_);
    return damage_;
}

}  // namespace boternity::infra::store
