"""What the release binary is linked with."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("BOTERNITY_BIN", ROOT / "build/release/boternity"))


@pytest.fixture
def libraries():
    if not BINARY.exists():
        pytest.skip("there is no release binary: make build")
    return subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout


def test_debians_sqlite_is_not_loaded(libraries):
    """3.7.0 to 3.51.2 can corrupt a WAL database, and Debian 12 has 3.40.1: no library of ours may pull it in."""
    assert "libsqlite3" not in libraries

