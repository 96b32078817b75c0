"""Faults on the released binary: kills, power cuts, full disks, bad starts.

Every test that draws lots names its seed when it fails; BOTERNITY_SEEDS=N takes N seeds instead of the few of CI,
and BOTERNITY_FIRST_SEED=S begins with S, so that one failure can be run again.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from chaos.models import ModelsForFaults
from support.waiting import until

HERE = pathlib.Path(__file__).parent


@pytest.fixture
def models_for_faults():
    upstream = ModelsForFaults()
    yield upstream
    upstream.close()
    assert not upstream.real_complaints(), "the upstream was asked wrongly:\n" + "\n".join(upstream.complaints)


@pytest.fixture
def small_disk(tmp_path):
    """A file system that can be filled without harm: `small_disk(megabytes)` answers where it is mounted."""
    mounted = []

    def make(megabytes):
        if os.geteuid() != 0:
            pytest.skip("mounting a file system of its own needs root")
        point = tmp_path / f"disk{len(mounted)}"
        point.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "boternity-test", point],
                       check=True)
        mounted.append(point)
        return point

    yield make
    for point in mounted:
        subprocess.run(["umount", "-l", point], check=False)


class LazyDisk:
    """A mounted lazy_fs.py: `mount` is where to write, `disk` is what a power cut leaves."""

    def __init__(self, folder, seed):
        self.mount = folder / "mount"
        self.disk = folder / "disk"
        self.log = folder / "lazy_fs.log"
        for made in (folder, self.mount, self.disk):
            made.mkdir()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, HERE / "lazy_fs.py", self.disk, self.mount, str(seed)], stdout=log, stderr=log)
        until(lambda: os.path.ismount(self.mount), 10, "the mount")

    def cut_power(self):
        """After this nothing more reaches the disk."""
        self.process.send_signal(10)  # SIGUSR1
        self.process.wait(20)
        said = self.log.read_text()
        assert "power cut" in said, said
        return said

    def close(self):
        # By umount, not fusermount3: as root it needs no other program's help.
        subprocess.run(["umount", "-l", self.mount], check=False, stderr=subprocess.DEVNULL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)


@pytest.fixture
def lazy_disk(tmp_path):
    """A disk that forgets: `lazy_disk(seed)`."""
    disks = []

    def make(seed):
        if os.geteuid() != 0:
            pytest.skip("mounting a file system of its own needs root")
        if not pathlib.Path("/dev/fuse").exists() or shutil.which("fusermount3") is None:
            pytest.skip("FUSE is not there: `make test` installs fuse3, and the kernel needs /dev/fuse")
        disks.append(LazyDisk(tmp_path / f"lazy{len(disks)}", seed))
        return disks[-1]

    yield make
    for disk in disks:
        disk.close()
