"""Where set-up put what the tests use."""

import functools
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@functools.cache
def folders():
    answer = subprocess.run([REPOSITORY / "third_party" / "paths"], capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in answer.stdout.splitlines())
