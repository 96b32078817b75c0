#pragma once

#include <atomic>

namespace boternity::infra {

/// Puts itself between SQLite and the disk, and fails on demand: every SQLite file of this process goes
/// through it from `install_fault_vfs` on. Threads: any.
struct Faults {
    std::atomic<bool> full{false};    ///< while set, writing fails with SQLITE_FULL
    std::atomic<long> countdown{-1};  ///< the n-th write or sync from now on fails, once; off when negative
    std::atomic<bool> syncs{false};   ///< while set, every sync fails with SQLITE_IOERR_FSYNC
    std::atomic<int> sync_errno{0};   ///< what the system says of a sync that fails
    std::atomic<long> operations{0};  ///< writes and syncs so far
    std::atomic<long> failed_syncs{0};
};

/// The one there is; the first call installs it.
Faults& faults();

}  // namespace boternity::infra
