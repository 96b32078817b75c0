"""clang-tidy on the .cpp files that changed against the main branch, or, with --all, on every one.

A file that was found clean is not looked at again until it, a header of ours that it reaches, or the configuration
changes. What did not fit into the time is said, and comes next time: the verdict is never about more than was read.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import time

from tree import Problem

BINARY = "clang-tidy-19"
SECONDS = 200
FOUND = re.compile(r"^(?P<file>/.+?):(?P<line>\d+):\d+: (?:error|warning): (?P<what>.+)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def problems(tree):
    names = [name for name in tree.cpp() if name.endswith(".cpp") and not re.search(r"/(fuzz|bench)/", name)]
    if not names:
        return
    seen = _clean_folder(tree)
    keys = {name: _key(tree, name) for name in names}
    left = [name for name in names if not (seen / keys[name]).exists()]
    if not left:
        return
    if not tree.everything:
        changed = _changed(tree)
        left = [name for name in left if name in changed]
    if not left:
        return

    # Precompiled headers and generated messages must be there before a file can be read.
    made = subprocess.run([tree.root / "tools/build", "dev", "pch_core", "pch_wire", "pch_test", "contract"],
                          cwd=tree.root, capture_output=True, text=True)
    if made.returncode != 0:
        yield Problem("CMakeLists.txt", 0, "clang-tidy needs a configured dev build, which fails:\n" +
                      (made.stdout + made.stderr)[-1500:], "it reads how each file is compiled", "repair the build")
        return

    end = None if tree.everything else time.monotonic() + SECONDS
    waiting = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, result in zip(left, pool.map(lambda name: _tidy(tree, name, end), left)):
            if result is None:
                waiting += 1
                continue
            found = list(_read(tree, name, result))
            if not found and result.returncode == 0:
                (seen / keys[name]).touch()
            yield from found
    if waiting:
        print(f"check tidy: {waiting} files did not fit into {SECONDS} s and come first next time (--all: no limit)")


def _tidy(tree, name, end):
    if end is not None and time.monotonic() > end:
        return None
    return subprocess.run(["nice", BINARY, "--quiet", "-p", "build/dev", name], cwd=tree.root,
                          capture_output=True, text=True)


def _read(tree, name, result):
    links = re.compile(r".*/build/dev/include/[a-z_]+/")
    told = set()
    for line in result.stdout.splitlines():
        found = FOUND.match(line)
        if found:
            path = links.sub("server/", found["file"]).removeprefix(f"{tree.root}/")
            if (path, found["line"], found["what"]) not in told:
                told.add((path, found["line"], found["what"]))
                yield Problem(path, int(found["line"]), found["what"], "each check of .clang-tidy finds bugs that compile",
                              "repair it, or write NOLINT(check): reason")
    if result.returncode != 0 and not told:
        yield Problem(name, 0, f"{BINARY} failed: {(result.stdout + result.stderr)[-800:]}", "the file was not checked",
                      "run `make setup`, or repair the file")


def _changed(tree):
    """Files that differ from the main branch, committed or not; on the main branch itself, from the last commit but one."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=tree.root, capture_output=True, text=True).stdout
    base = git("merge-base", "HEAD", os.environ.get("BOTERNITY_BASE", "origin/main")).strip()
    if base in ("", git("rev-parse", "HEAD").strip()):
        base = "HEAD~1"
    return set(git("diff", "--name-only", base).split()) | set(git("diff", "--name-only", "HEAD").split())


def _key(tree, name):
    """A hash of all that the verdict depends on: the file, our headers that it reaches, the configuration."""
    known = set(tree.files)
    digest = hashlib.sha256((tree.root / ".clang-tidy").read_bytes())
    for part in tree.matching(".proto") + tree.matching(".hpp", under="cmake/"):
        digest.update(tree.text(part).encode())
    reached, todo = set(), [name]
    while todo:
        part = todo.pop()
        if part in reached:
            continue
        reached.add(part)
        todo += [f"server/{target}" for target in INCLUDE.findall(tree.text(part)) if f"server/{target}" in known]
    for part in sorted(reached):
        digest.update(part.encode() + b"\0" + tree.text(part).encode())
    return digest.hexdigest()


def _clean_folder(tree):
    listed = subprocess.run([tree.root / "third_party/paths"], capture_output=True, text=True, check=True).stdout
    folder = pathlib.Path(dict(line.split("=", 1) for line in listed.splitlines())["cache"]) / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
