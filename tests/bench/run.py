"""Measures Boternity: starts, memory, turns, streams, wire formats, the store, runs and the local model.

Prints one table and writes every figure to build/bench/RESULT.json. Nothing is asserted: figures are for people, who
know their machine. Whether one build is faster than another is another question, which --compare answers.
"""

import argparse
import http.client
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True

from bench import page, results  # noqa: E402  (found through the path above)
from bench.figure import medians, rows_of, table  # noqa: E402

# Each is a module with `measure(bench)`, which answers figures; loaded when it is wanted.
PARTS = {"machine": "machine", "start": "start", "memory": "memory", "turns": "turns", "streams": "streams",
         "wire": "wire", "store": "store", "runs": "runs", "model": "local_model"}
RESULT = ROOT / "build/bench/RESULT.json"
EXAMPLES = """examples:
  tools/bench                                          everything, about five minutes
  tools/bench --only turns --only store --seconds 2    two parts, quickly
  tools/bench --runs 5 --json before.json              five runs; the file is good for --compare-results
  tools/bench --update                                 renew docs/benchmarks.md and its plots
  tools/bench --compare main build/release             two builds, measured in turns: a revision, and what is built here
  tools/bench --compare old/boternity new/boternity --only turns --pairs 10 --fail-on-slower
  tools/bench --compare-results before.json after.json

With make, the words go into BENCH: make bench BENCH="--compare main HEAD"
"""


def parser():
    made = argparse.ArgumentParser(prog="tools/bench", description=__doc__, epilog=EXAMPLES,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--only", action="append", choices=sorted(PARTS), metavar="PART",
                      help=f"measure this part only; may be repeated: {', '.join(PARTS)}")
    made.add_argument("--seconds", type=positive(float), default=None,
                      help="how long each load lasts (5; 2 in a comparison)")
    made.add_argument("--runs", type=positive(int), default=1,
                      help="measure so often; each figure is then the median, and keeps its samples (1)")
    made.add_argument("--json", type=pathlib.Path, metavar="FILE",
                      help=f"where the result goes ({RESULT.relative_to(ROOT)}; of a comparison: nowhere)")
    made.add_argument("--update", action="store_true",
                      help="keep table, plots and result in docs/, once every part has been measured")
    made.add_argument("--redraw", action="store_true",
                      help="draw the page anew from docs/benchmarks.json; measures nothing")
    made.add_argument("--compare", nargs=2, metavar=("A", "B"),
                      help="is B faster than A? Each is a binary, a build folder or a revision of this repository")
    made.add_argument("--compare-results", nargs=2, metavar=("A.json", "B.json"), type=pathlib.Path,
                      help="the same of two results; those of --runs 3 or more say how much they vary")
    made.add_argument("--pairs", type=positive(int), default=5, help="how many pairs of runs a comparison makes (5)")
    made.add_argument("--fail-on-slower", action="store_true", help="exit with 1 when a figure of B is slower")
    return made


def positive(kind):
    def read(word):
        value = kind(word)
        if not 0 < value < 100_000:
            raise argparse.ArgumentTypeError(f"{word}: a number above 0, please")
        return value
    read.__name__ = kind.__name__
    return read


def can_be_written(file):
    """Asked before minutes of measuring, not after them."""
    folder = next((parent for parent in file.absolute().parents if parent.exists()), file)
    return not file.is_dir() and folder.is_dir() and os.access(folder, os.W_OK)


def say(line):
    print(f"bench: {line}", file=sys.stderr, flush=True)


def measure_part(name, build, seconds):
    """The figures of one part of one build. Throws what went wrong while measuring."""
    from bench.bench_run import Bench
    # Beside the build, not in /tmp: that is often a file system in memory, where nothing is durable.
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        with Bench(pathlib.Path(folder) / name, seconds, build) as bench:
            return importlib.import_module(f"bench.{PARTS[name]}").measure(bench)


FAILURES = (AssertionError, OSError, RuntimeError, ValueError, LookupError, subprocess.SubprocessError,
            http.client.HTTPException)


def measure(build, names, seconds, runs):
    """({part: figures}, names of the parts that failed)."""
    parts, failed = {}, []
    for name in names:
        try:
            measured = []
            for number in range(runs):
                say(name if runs == 1 else f"{name}, run {number + 1} of {runs}")
                measured.append(measure_part(name, build, seconds))
            parts[name] = medians(measured)
        except FAILURES as failure:
            failed.append(name)
            say(f"{name}: failed: {failure}")
    return parts, failed


def own_build():
    from bench.builds import BuildError, named
    binary = pathlib.Path(os.environ.get("BOTERNITY_BINARY") or ROOT / "build/release/boternity")
    if not binary.is_file():
        raise BuildError(f"{binary}: it is not there; build it with `make build`.")
    return named(str(binary), say)


def measure_here(arguments):
    from bench.builds import BuildError
    seconds = arguments.seconds or 5
    try:
        build = own_build()
    except BuildError as failure:
        return refuse(failure)
    head = results.head(ROOT, build.binary, seconds, arguments.runs)
    names = [name for name in PARTS if not arguments.only or name in arguments.only]
    parts, failed = measure(build, names, seconds, arguments.runs)
    # As it will be read: the page is then the same as one drawn from the file.
    result = results.rounded(head | {"parts": {name: [figure.record() for figure in figures]
                                               for name, figures in parts.items()}})
    file = arguments.json or RESULT
    results.write(file, result)
    print(page.heading(result) + "\n\n" + table(rows_of(results.figures_of(result))))
    say(f"every figure is in {file}")
    if failed:
        say(f"failed: {', '.join(failed)}; what they said stands above")
    elif arguments.update:
        results.write(page.RESULT, result)
        page.draw(result)
    return 1 if failed else 0


def refuse(failure):
    say(failure)
    return 2


def main(words=None):
    made = parser()
    arguments = made.parse_args(words)
    if arguments.compare and arguments.compare_results:
        made.error("--compare measures two builds, --compare-results reads two files; choose one")
    if arguments.update and arguments.only:
        made.error("--update keeps a whole page, so every part is needed; leave out --only")
    if arguments.pairs < 3:
        made.error("--pairs: fewer than 3 say nothing about noise; leave it out for 5")
    if arguments.json and not can_be_written(arguments.json):
        made.error(f"{arguments.json} cannot be written; name a file in a folder of yours")
    if arguments.compare and shutil.which("git") is None:
        made.error("--compare needs git, for the names of revisions; install it")
    if arguments.compare or arguments.compare_results:
        from bench import compare
        return compare.run(arguments, say, PARTS, measure_part, FAILURES)
    if arguments.redraw:
        try:
            page.draw(results.read(page.RESULT))
        except results.ResultError as failure:
            return refuse(failure)
        return 0
    return measure_here(arguments)


if __name__ == "__main__":
    sys.exit(main())
