"""What our code does not use, each ban with its reason, what to use instead and the places that may: bans.toml."""

import re

from tree import Problem, rules

NOLINT = re.compile(r"\bNOLINT(NEXTLINE|BEGIN)?\b(?!\([^)]+\)\s*[:,-]?\s*\S)")


def problems(tree):
    for ban in rules("bans")["ban"]:
        pattern = re.compile(ban["match"])
        suffixes = tuple(ban.get("files", [".cpp", ".hpp"]))
        for name in tree.matching(*suffixes, under=ban.get("under", "server/")):
            if any(re.search(entry["path"], name) for entry in ban.get("allow", [])):
                continue
            lines = tree.code(name, ban.get("strings", False)) if name.endswith((".cpp", ".hpp")) \
                else tree.text(name).split("\n")
            for number, line in enumerate(lines, 1):
                found = pattern.search(line)
                if found:
                    yield Problem(name, number, f"`{found.group().strip()}`", ban["reason"], ban["do"])
    for name in tree.cpp():
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            if NOLINT.search(line):
                yield Problem(name, number, "NOLINT without a check or without a reason",
                              "nobody can tell later whether it is still needed", "write NOLINT(check): reason")
