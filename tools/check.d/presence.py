"""The files that must be there, headers that say #pragma once, names in snake_case."""

import re

from tree import Problem

NEEDED = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "Makefile", ".ci/run"]
NAME = re.compile(r"^[a-z0-9_]+\.(cpp|hpp)$")


def problems(tree):
    for name in NEEDED:
        if name not in tree.files:
            yield Problem(name, 0, "this file is missing or not tracked", "people and CI look for it by this name",
                          "write it and `git add` it")
    for name in tree.cpp():
        if not NAME.match(name.rsplit("/", 1)[-1]):
            yield Problem(name, 0, "file name is not snake_case.{hpp,cpp}", "one way to name files means none to guess",
                          "rename it")
        if name.endswith(".hpp") and not any(line.strip() == "#pragma once" for line in tree.code(name)):
            yield Problem(name, 1, "header without #pragma once", "a second inclusion would not compile",
                          "put `#pragma once` on its first line")
