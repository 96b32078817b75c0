"""What is measured: a binary, with the measuring programs that were built beside it."""

import dataclasses
import pathlib
import re
import subprocess

from bench.results import git

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("llama_bench", "wire_bench", "json_bench", "store_bench", "run_bench")


class BuildError(Exception):
    """What was named cannot be measured: one sentence that says why and what to do."""


@dataclasses.dataclass
class Build:
    """`programs` is the folder of the build, None when only a binary was named."""

    name: str
    binary: pathlib.Path
    programs: pathlib.Path | None = None

    def program(self, name):
        """A measuring program of this build; None where there is none."""
        path = self.programs / "bench" / name if self.programs else None
        return path if path and path.is_file() else None


def is_revision(word, root=ROOT):
    return bool(git(root, "rev-parse", "--verify", "--quiet", f"{word}^{{commit}}"))


def checked(build):
    """The build, once its binary has said its version. Throws BuildError when it does not start."""
    try:
        ended = subprocess.run([build.binary, "version"], capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        raise BuildError(f"{build.name}: {build.binary} did not say its version within 20 s; build it again.") from None
    except OSError as failure:
        raise BuildError(f"{build.name}: {build.binary} does not start ({failure.strerror}); name a binary of "
                         "this machine.") from None
    if ended.returncode != 0:
        words = (ended.stderr or ended.stdout).strip().splitlines()
        raise BuildError(f"{build.name}: {build.binary} does not start (it ended with {ended.returncode}"
                         f"{': ' + words[0][:120] if words else ''}); build it again.")
    return build


def named(word, say, root=ROOT):
    """The build that a word names: a binary, a build folder, or a revision, which is then built.

    Throws BuildError. `say` is told of progress, line by line."""
    path = pathlib.Path(word)
    if path.is_file():
        beside = path.resolve().parent
        return checked(Build(word, path.resolve(), beside if (beside / "build.ninja").is_file() else None))
    if path.is_dir():
        binary = path / "boternity"
        if not binary.is_file():
            raise BuildError(f"{word}: there is no `boternity` in this folder; build it with "
                             "`tools/build release boternity`.")
        return checked(Build(word, binary.resolve(), path.resolve()))
    if is_revision(word, root):
        return checked(of_revision(word, say, root))
    raise BuildError(f"{word}: neither a file, nor a build folder, nor a revision of this repository; "
                     "see `git log --oneline` or `git branch`.")


def of_revision(word, say, root):
    """Builds a revision in a worktree of its own, build/compare/<sha>, which stays for the next time."""
    sha = git(root, "rev-parse", "--verify", f"{word}^{{commit}}")
    tree = root / "build/compare" / sha[:12]
    if not (tree / "CMakeLists.txt").is_file():
        say(f"{word}: checking out {sha[:12]} in {tree.relative_to(root)}")
        tree.parent.mkdir(parents=True, exist_ok=True)
        git(root, "worktree", "prune")
        run(["git", "worktree", "add", "--detach", "--force", str(tree), sha], root, f"{word}: no worktree")
    release = tree / "build/release"
    say(f"{word}: setting up and building")
    run(["tools/setup"], tree, f"{word}: its setup failed")
    follow(["tools/build", "release", "boternity"], tree, lambda line: say(f"{word}: {line}"),
           f"{word}: it does not build")
    for program in PROGRAMS:
        # A revision from before a program was written measures without it.
        known = subprocess.run(["ninja", "-C", "build/release", "-t", "query", program], cwd=tree,
                               capture_output=True, check=False)
        if known.returncode == 0:
            run(["tools/build", "release", program], tree, f"{word}: {program} does not build")
    return Build(word, release / "boternity", release)


def run(command, folder, what):
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise BuildError(f"{what}: {(ended.stderr or ended.stdout).strip()[-400:]}")


def follow(command, folder, say, what):
    """Runs a build and tells every tenth part of it."""
    last, told = "", 0
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            last = line.strip() or last
            step = re.match(r"\[(\d+)/(\d+)\]", line)
            tenth = int(step.group(1)) * 10 // int(step.group(2)) if step else told
            if tenth != told:
                told = tenth
                say(f"built {step.group(1)} of {step.group(2)}")
    if process.returncode != 0:
        raise BuildError(f"{what}: {last[-400:]}")
