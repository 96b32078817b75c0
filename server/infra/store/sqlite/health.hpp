#pragma once

#include "core/ports/log.hpp"
#include "infra/store/sqlite/errors.hpp"

#include <mutex>

namespace boternity::infra::store {

/// Whether the last write did well. Threads: any.
class Health {
public:
    explicit Health(core::Log& log) : log_(log) {}

    /// Damage that outlasts its statement is remembered, and logged when it is new.
    void failed(const Failure& failure);
    void succeeded();
    Damage damage() const;

private:
    core::Log& log_;
    mutable std::mutex mutex_;
    Damage damage_ = Damage::None;
};

}  // namespace boternity::infra::store
