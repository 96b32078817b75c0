"""docs/benchmarks.md with its plots, drawn from one result."""

import pathlib

from bench import plots, results
from bench.figure import rows_of, table

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/benchmarks.md"
RESULT = ROOT / "docs/benchmarks.json"
PLOTS = ROOT / "docs/benchmarks"


def heading(result):
    machine = result["machine"]
    changed = ", with changes" if result["dirty"] else ""
    times = f", median of {result['runs']} runs" if result["runs"] > 1 else ""
    return (f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gib']} GiB, "
            f"load {result['load']:.1f} before; {result['date'][:10]}, commit {result['commit']}{changed}, {result['compiler']}{times}")


def draw(result, document=DOCUMENT, folder=PLOTS):
    """Writes the page and its plots; plots that have nothing to show go."""
    figures = results.figures_of(result)
    drawn = plots.draw(figures)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        if old.stem not in drawn:
            old.unlink()
    for name, (_, svg) in drawn.items():
        (folder / f"{name}.svg").write_text(svg)
    images = "\n\n".join(f"![{title}]({folder.name}/{name}.svg)" for name, (title, _) in drawn.items())
    document.write_text(TEXT.format(heading=heading(result), plots=images, table=table(rows_of(figures))))


TEXT = """# Benchmarks

What `make bench` measured when this page was last renewed. Server, clients and the fake provider share the cores
named here, so the figures are lower bounds of what a server of its own does. `make bench BENCH=--update` renews the
page; [benchmarks.json](benchmarks.json) is the same for programs.

{heading}

{plots}

{table}

## Measuring

| type | to |
| --- | --- |
| `make bench` | measure everything (about five minutes); every figure goes into `build/bench/RESULT.json` |
| `make bench BENCH="--only turns --seconds 2"` | measure one part, quickly |
| `make bench BENCH="--runs 5 --json before.json"` | measure five times; each figure is the median and keeps its samples |
| `make bench BENCH="--compare main HEAD"` | say what has become faster or slower between two revisions |
| `make bench BENCH="--compare-results before.json after.json"` | the same of two results |
| `make bench BENCH=--update` | renew this page |

`tools/bench --help` has all of it, with examples.

## Is a difference one?

`--compare A B` takes two revisions (each is built in a worktree of its own under `build/compare`, which stays until
`make clean`), two build folders or two binaries. It measures them in turns, A B, B A, A B, ..., so that what slows
the machine for a while meets both; `--pairs` says how often, 5 times if nothing is said. `--only`, `--seconds` and
`--json FILE` are as above. Without `--only` the parts `start`, `memory`, `turns`, `wire` and `store` are compared.

For each figure it takes the logarithm of B / A of every pair, and of these the mean and its 95 % interval (Student's
t); A and B are told as geometric means, which fit that. A figure is `faster` or `slower` when the difference is at
least 2 % **and** beyond chance: all figures are tested together (Benjamini and Hochberg, 3 %), so that two equal
builds come out as equal, however many figures there are; one changed figure among many needs more pairs than a change
of all. It is `same` when the whole interval lies within 5 % of no difference, and `too noisy to say` otherwise: then
more pairs, a longer `--seconds` or an idle machine help. With `--fail-on-slower` the command ends with 1 when a
figure is slower, or when only B had errors. What needs more memory is called slower too.

`--compare-results` knows no pairs. It compares the runs of the two (Welch's t), so measure with `--runs 5` or more; a
single run says nothing about how much runs differ. Results of different machines are refused, and what happened to
the machine between the two is taken for a difference of the builds: `--compare` is the better judge.

## A result

`schema` (1), `machine` (`cpu`, `cores`, `memory_gib`), `load` before, `commit`, `dirty`, `date`, `compiler`,
`binary_sha256`, `seconds`, `runs`, and `parts`: lists of figures. A figure has a stable `id` (`turn.disk.160.p50`),
`what` it is in words, `unit`, `value` (null when nothing could be measured), `better` (`lower`, `higher`, or `none`
for what only describes), and, where there are any, `samples` (of the runs when there were several, else within the
run), `goal` (`value`, `words`) and `note` (what went wrong). `row` and `shown` say where it stands in the table.

## How each is measured

- **Ready**: from the start of the process to the first 200 of `/readyz`, asked every millisecond, on a data folder
  that exists; median of 10.
- **Turn**: `POST /api/v1/sessions/<id>/messages` over keep-alive, 16 clients with a session each, until the whole
  answer is there. The provider answers at once (its own time stands in the table and is not subtracted). Each turn
  waits for two durable commits: the message with its run before the bot begins, and the answer with the run's end.
  Hence the time of one `fdatasync` on the disk: "in memory" is the same load on a tmpfs, which shows what is ours.
- **At a rate** the time of a turn runs from when it was due, so that a stall is not hidden. **Saturated** is a closed
  loop: there each of the 16 clients waits for the 15 others, and the p50 only says how many turns a second the cores
  do.
- **Memory**: resident, once it has stopped changing. The first turns fill caches and pools, so growth is what the last
  4,000 of 12,000 add, in 200 sessions.
- **Streams**: SSE over `Accept: text/event-stream`; the provider says five words a second.
- **Idle streams**: readers of one run whose model is silent; memory is the server's growth by them, divided.
- **Reading**: a recorded answer of each vendor, made long (8,000 pieces of a few characters), in pieces of 16 KiB on
  one core: the framing alone, then as the server reads it. An event carries some 10 characters of text; the rest is
  the vendor's.
- **Store**: the store without a server around it. A writer waits for each commit before its next; commits that come
  together share one `fdatasync`.
- **Local model**: SmolLM2-135M-Instruct Q4_1, 4 sentences asked for in a session. llama.cpp's own figure is its
  decode loop with the same threads, weights and prompt, without a server around it, in turns with ours in one
  process. It stands for `llama-bench`, whose source the pinned crate does not carry; and unlike `llama-bench`, which
  decodes random tokens, it reads the same prompt and samples the same words.
"""
