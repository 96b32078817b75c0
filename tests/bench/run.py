"""Measures the release binary and prints one table: `make bench`, or `python tests/bench/run.py [--only NAME]...`.

Nothing is asserted: figures are for people, who know their machine. `--update` keeps them in docs/benchmarks.md.
"""

import argparse
import datetime
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True

from bench import local_model, machine, start, streams, turns  # noqa: E402  (found through the path above)
from bench.bench_run import Bench  # noqa: E402

PARTS = {"machine": machine.measure, "start": start.measure, "turns": turns.measure, "streams": streams.measure,
         "model": local_model.measure}
DOCUMENT = ROOT / "docs/benchmarks.md"


def table(rows):
    """Rows of (what, here, goal) as Markdown with aligned columns, which reads well in a terminal too."""
    rows = [("what", "here", "goal"), *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def heading():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                            check=False).stdout.strip()
    load = os.getloadavg()[0]
    return (f"{os.cpu_count()} cores ({cpu_name()}), {memory:.0f} GiB, load {load:.1f} before; "
            f"{datetime.date.today().isoformat()}, commit {commit or 'unknown'}")


def document(head, rows, command):
    return f"""# Benchmarks

What `make bench` printed when this page was last renewed. Server, clients and the fake provider share the cores named
here, so the figures are lower bounds of what a server of its own does. `{command}` renews the page.

{head}

{table(rows)}

## How each is measured

- **Ready**: from the start of the process to the first 200 of `/readyz`, asked every millisecond, on a data folder that exists;
  median of 10.
- **Turn**: `POST /api/v1/sessions/<id>/messages` over keep-alive, 16 clients with a session each, until the whole answer is
  there. The provider answers at once (its own time stands in the table and is not subtracted). Each turn waits for two durable
  commits: the message with its run before the bot begins, and the answer with the run's end. Hence the time of one
  `fdatasync` on the disk: "in memory" is the same load on a tmpfs, which shows what is ours.
- **At a rate** the time of a turn runs from when it was due, so that a stall is not hidden. **Saturated** is a closed
  loop: there each of the 16 clients waits for the 15 others, and the p50 only says how many turns a second the cores do.
- **Streams**: SSE over `Accept: text/event-stream`; the provider says five words a second.
- **Idle streams**: readers of one run whose model is silent; memory is the server's growth by them, divided.
- **Local model**: SmolLM2-135M-Instruct Q4_1, 4 sentences asked for in a session; llama.cpp's own figure is its decode loop
  with the same threads, weights and prompt, without a server around it.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="measure this part only")
    parser.add_argument("--update", action="store_true", help=f"keep the table in {DOCUMENT.relative_to(ROOT)}")
    parser.add_argument("--seconds", type=float, default=5, help="how long each load lasts")
    arguments = parser.parse_args()
    head = heading()
    rows = []
    failed = []
    # Beside the build, not in /tmp: that is often a file system in memory, where nothing is durable.
    build = ROOT / "build"
    with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as folder:
        for name, measure in PARTS.items():
            if arguments.only and name not in arguments.only:
                continue
            print(f"bench: {name}", file=sys.stderr, flush=True)
            with Bench(pathlib.Path(folder) / name, arguments.seconds) as bench:
                try:
                    rows += measure(bench)
                except (AssertionError, OSError, RuntimeError, ValueError) as failure:
                    failed.append(name)
                    rows.append((name, f"failed: {str(failure).splitlines()[0][:120]}", ""))
                    print(f"bench: {name}: {failure}", file=sys.stderr)
    print(head + "\n\n" + table(rows))
    if arguments.update and not failed:
        DOCUMENT.write_text(document(head, rows, "make bench BENCH=--update"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
