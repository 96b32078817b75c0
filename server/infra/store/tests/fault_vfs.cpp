#include "infra/store/tests/fault_vfs.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <cerrno>
#include <new>

namespace boternity::infra {
namespace {

using namespace sqlite_api;

Faults the_faults;
sqlite3_vfs* disk = nullptr;

/// SQLite allocates szOsFile bytes: this, and behind it the real file.
struct FaultFile {
    sqlite3_file base;
    sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<FaultFile*>(file)->real;
}

bool fails_now() {
    the_faults.operations.fetch_add(1);
    return the_faults.countdown.load() >= 0 && the_faults.countdown.fetch_sub(1) == 0;
}

int close_file(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), to, size, at);
}
int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    if (the_faults.full.load()) return SQLITE_FULL;
    if (fails_now()) return SQLITE_IOERR_WRITE;
    return real(file)->pMethods->xWrite(real(file), from, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
    if (the_faults.syncs.load() || fails_now()) {
        the_faults.failed_syncs.fetch_add(1);
        errno = the_faults.sync_errno.load();
        return SQLITE_IOERR_FSYNC;
    }
    return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* held) {
    return real(file)->pMethods->xCheckReservedLock(real(file), held);
}
int control(sqlite3_file* file, int what, void* value) {
    return real(file)->pMethods->xFileControl(real(file), what, value);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int traits(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, at);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods kMethods{2,           close_file,  read_file, write_file,  truncate_file,
                                      sync_file,   file_size,   lock_file, unlock_file, check_lock,
                                      control,     sector_size, traits,    shm_map,     shm_lock,
                                      shm_barrier, shm_unmap,   nullptr,   nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* fault = reinterpret_cast<FaultFile*>(file);
    fault->real = reinterpret_cast<sqlite3_file*>(fault + 1);
    const int code = disk->xOpen(disk, name, fault->real, flags, out_flags);
    fault->base.pMethods = fault->real->pMethods != nullptr ? &kMethods : nullptr;
    return code;
}

}  // namespace

Faults& faults() {
    static sqlite3_vfs installed = [] {
        sqlite3_initialize();
        disk = sqlite3_vfs_find(nullptr);
        sqlite3_vfs vfs = *disk;
        vfs.zName = "faults";
        vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + disk->szOsFile;
        vfs.xOpen = open_file;
        vfs.pNext = nullptr;
        return vfs;
    }();
    static const int registered = sqlite3_vfs_register(&installed, 1);
    static_cast<void>(registered);
    return the_faults;
}

}  // namespace boternity::infra
