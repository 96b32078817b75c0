"""A file system that loses what was not synced: `python lazy_fs.py DISK MOUNT [SEED]`.

Everything lives in memory twice: as programs see it, and as it would be found after a power cut. Data reaches the
second copy by fsync of the file, names (create, rename, remove, make a folder) by fsync of a folder, in order.
SIGUSR1 is the power cut: a seeded random part of the unsynced 512-byte sectors (torn writes) and a random number of
the oldest unsynced name changes still make it; then all of it is written to DISK and the process ends.
Stricter than ext4, which makes a new file's name durable together with its data: POSIX promises only what is here.
"""
import errno
import os
import random
import signal
import stat
import sys
import threading
import time

from fuse import FUSE, FuseOSError, Operations

SECTOR = 512


class File:
    """One file: `data` as programs see it, `durable` as it is on the disk."""

    def __init__(self, mode):
        self.mode = mode
        self.data = bytearray()
        self.durable = bytearray()
        self.dirty = set()
        self.resized = False
        self.time = time.time()

    def write(self, data, offset):
        end = offset + len(data)
        if len(self.data) < end:
            self.data.extend(b"\0" * (end - len(self.data)))
        self.data[offset:end] = data
        self.dirty.update(range(offset // SECTOR, (end + SECTOR - 1) // SECTOR))
        self.time = time.time()

    def truncate(self, size):
        del self.data[size:]
        self.data.extend(b"\0" * (size - len(self.data)))
        self.resized = True
        self.time = time.time()

    def settle(self, sectors):
        """Lets these sectors reach the disk, and the size with them."""
        if self.resized and sectors is self.dirty:
            del self.durable[len(self.data):]
            self.durable.extend(b"\0" * (len(self.data) - len(self.durable)))
        for sector in sectors:
            start = sector * SECTOR
            piece = self.data[start:start + SECTOR]
            if len(self.durable) < start + len(piece):
                self.durable.extend(b"\0" * (start + len(piece) - len(self.durable)))
            self.durable[start:start + len(piece)] = piece

    def sync(self):
        self.settle(self.dirty)
        self.dirty = set()
        self.resized = False


class LazyFs(Operations):
    """The tree is a dict of paths: a File, or None for a folder. `disk` is the tree of the names that are durable."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.random = random.Random(seed)
        self.mutex = threading.RLock()
        self.tree = {"/": None}
        self.disk = {"/": None}
        self.pending = []  # changes of names, oldest first: (function, arguments) on a tree
        self.modes = {"/": stat.S_IFDIR | 0o700}
        self.handles = 0

    # names

    def change(self, function, *arguments):
        function(self.tree, *arguments)
        self.pending.append((function, arguments))

    @staticmethod
    def put(tree, path, entry):
        tree[path] = entry

    @staticmethod
    def take(tree, path):
        tree.pop(path, None)

    @staticmethod
    def move(tree, old, new):
        if old not in tree:
            return
        for path in [p for p in tree if p == old or p.startswith(old + "/")]:
            tree[new + path[len(old):]] = tree.pop(path)

    def file(self, path):
        if path not in self.tree:
            raise FuseOSError(errno.ENOENT)
        if self.tree[path] is None:
            raise FuseOSError(errno.EISDIR)
        return self.tree[path]

    def handle(self):
        self.handles += 1
        return self.handles

    # FUSE

    def getattr(self, path, fh=None):
        with self.mutex:
            if path not in self.tree:
                raise FuseOSError(errno.ENOENT)
            entry = self.tree[path]
            common = {"st_uid": os.getuid(), "st_gid": os.getgid()}
            if entry is None:
                return common | {"st_mode": self.modes.get(path, stat.S_IFDIR | 0o700), "st_nlink": 2}
            times = {"st_mtime": entry.time, "st_ctime": entry.time, "st_atime": entry.time}
            return common | times | {"st_mode": stat.S_IFREG | entry.mode, "st_nlink": 1, "st_size": len(entry.data)}

    def readdir(self, path, fh):
        prefix = path.rstrip("/") + "/"
        names = {p[len(prefix):] for p in self.tree if p.startswith(prefix) and p != "/"}
        return [".", ".."] + sorted(n for n in names if "/" not in n)

    def create(self, path, mode, fi=None):
        with self.mutex:
            self.change(self.put, path, File(mode & 0o777))
            return self.handle()

    def open(self, path, flags):
        with self.mutex:
            self.file(path)
            return self.handle()

    def read(self, path, size, offset, fh):
        with self.mutex:
            return bytes(self.file(path).data[offset:offset + size])

    def write(self, path, data, offset, fh):
        with self.mutex:
            self.file(path).write(data, offset)
            return len(data)

    def truncate(self, path, length, fh=None):
        with self.mutex:
            self.file(path).truncate(length)

    def fsync(self, path, datasync, fh):
        with self.mutex:
            self.file(path).sync()

    def fsyncdir(self, path, datasync, fh):
        with self.mutex:
            for function, arguments in self.pending:
                function(self.disk, *arguments)
            self.pending.clear()

    def mkdir(self, path, mode):
        with self.mutex:
            self.modes[path] = stat.S_IFDIR | (mode & 0o777)
            self.change(self.put, path, None)

    def rmdir(self, path):
        with self.mutex:
            self.change(self.take, path)

    def unlink(self, path):
        with self.mutex:
            self.file(path)
            self.change(self.take, path)

    def rename(self, old, new):
        with self.mutex:
            if old not in self.tree:
                raise FuseOSError(errno.ENOENT)
            self.change(self.move, old, new)

    def chmod(self, path, mode):
        with self.mutex:
            if self.tree.get(path) is None:
                self.modes[path] = stat.S_IFDIR | (mode & 0o777)
            else:
                self.tree[path].mode = mode & 0o777

    def chown(self, path, uid, gid):
        pass

    def utimens(self, path, times=None):
        pass

    def statfs(self, path):
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 20, "f_bfree": 1 << 20, "f_bavail": 1 << 20,
                "f_namemax": 255}

    # the end

    def power_cut(self):
        """Ends the process: what is in DISK afterwards is what the machine finds when it starts again."""
        with self.mutex:
            kept_names = self.random.randint(0, len(self.pending))
            for function, arguments in self.pending[:kept_names]:
                function(self.disk, *arguments)
            kept = lost = 0
            for entry in {id(f): f for f in self.disk.values() if f is not None}.values():
                survivors = {s for s in entry.dirty if self.random.random() < 0.5}
                kept += len(survivors)
                lost += len(entry.dirty) - len(survivors)
                entry.settle(survivors)
            self.write_disk()
            print(f"power cut: {kept} sectors kept, {lost} lost; {kept_names} of {len(self.pending)} names kept",
                  flush=True)
            os._exit(0)

    def write_disk(self):
        for path in sorted(self.disk):
            target = self.folder + path
            entry = self.disk[path]
            if entry is None:
                os.makedirs(target, mode=0o700, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            with open(target, "wb") as out:
                out.write(entry.durable)
            os.chmod(target, entry.mode)


def main():
    folder, mount = sys.argv[1], sys.argv[2]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    fs = LazyFs(folder, seed)
    # Waited for in a thread of its own: the main one sits in libfuse's loop, where Python sees no signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})

    def wait_for_cut():
        signal.sigwait({signal.SIGUSR1})
        fs.power_cut()

    threading.Thread(target=wait_for_cut, daemon=True).start()
    FUSE(fs, mount, foreground=True, nothreads=True, raw_fi=False)


if __name__ == "__main__":
    main()
