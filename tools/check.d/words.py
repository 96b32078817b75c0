"""Text that no tracked file may hold: paths of one machine, registries, leftovers. Rules in words.toml."""

import re

from tree import Problem, rules


def problems(tree):
    bans = [(re.compile(ban["match"]), ban) for ban in rules("words")["ban"]]
    for name in tree.files:
        text = tree.text(name)
        if "\0" in text[:4096]:
            continue  # not text
        for pattern, ban in bans:
            if any(name.startswith(entry["path"]) for entry in ban.get("allow", [])):
                continue
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield Problem(name, line, f"`{found.group().strip()}`", ban["reason"], ban["do"])
