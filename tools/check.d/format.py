"""C++ is formatted as .clang-format says."""

import re
import subprocess

from tree import Problem

BINARY = "clang-format-19"
FOUND = re.compile(r"^(?P<file>.+?):(?P<line>\d+):\d+: (?:warning|error): code should be clang-formatted")


def problems(tree):
    names = tree.cpp() + tree.cpp("cmake/")
    if not names:
        return
    try:
        output = subprocess.run([BINARY, "--dry-run", "--ferror-limit=1", *names], cwd=tree.root,
                                capture_output=True, text=True).stderr
    except FileNotFoundError:
        yield Problem(BINARY, 0, "not installed", "the format is checked with one version", "run `make setup`")
        return
    told = set()
    for line in output.splitlines():
        found = FOUND.match(line)
        if found and found["file"] not in told:
            told.add(found["file"])
            yield Problem(found["file"], int(found["line"]), "not formatted", "a diff shows changes, not tastes",
                          "run `make fmt`")
