"""Many streams at once: slow ones that talk, and idle ones that only listen."""

import json
import threading
import time

from bench.bench_run import cpu_seconds, failure_of, millis, peak_mib, percentiles, resident_mib, settled_mib
from bench.figure import Figure, Goal, row
from support.sse import say_streaming

SLOW = 500
IDLE = 1000
PIECES = 50
RATE = 5
WATCH_SECONDS = 10


def slow(bench):
    """500 turns whose model says 5 words a second for 10 seconds."""
    model = f"paced-{RATE}-{PIECES}"
    server = bench.with_models(bench.server(), model)
    before = resident_mib(server.pid)
    paths = bench.sessions(server, model, SLOW)
    cpu, began = cpu_seconds(server.pid), time.monotonic()
    result = bench.load("streams", paths, method="POST", connect=server.address, token=server.token, count=SLOW,
                        body=json.dumps({"text": "hello"}))
    took = time.monotonic() - began
    busy = (cpu_seconds(server.pid) - cpu) / took * 100
    wanted = SLOW * (PIECES + 2)
    return [
        *row(f"{SLOW} slow streams: completed, errors, events",
             Figure("streams.slow.completed", result["completed"], "", "{:.0f}", "none", name="completed"),
             Figure("streams.slow.errors", result["errors"], "", ", {:.0f}", goal=Goal(0, "no error"), name="errors"),
             Figure("streams.slow.events", result["events"], "", f", {{:.0f}} of {wanted}", "none", name="events"),
             words=f"{SLOW} slow streams: completed, errors, events", note=failure_of(result)),
        *percentiles("streams.slow.first", f"{SLOW} slow streams: first event", result["first_event"],
                     words=f"{SLOW} slow streams: first event p50 / p99"),
        *row(f"{SLOW} slow streams: longest wait for a word",
             Figure("streams.slow.gap.p99", millis(result["gap"], "p99"), "ms", "p99 {:.2f} ms", name="p99"),
             Figure("streams.slow.gap.max", millis(result["gap"], "max"), "ms", ", max {:.2f} ms", name="max"),
             words=f"{SLOW} slow streams: longest wait for a word (the model's: {1000 / RATE:.0f} ms)"),
        *row(f"{SLOW} slow streams",
             Figure("streams.slow.peak", peak_mib(server.pid), "MiB", "{:.0f} MiB", goal=Goal(150, "< 150 MB"),
                    name="peak resident"),
             Figure("streams.slow.before", before, "MiB", " (before: {:.0f})", "none", name="resident before"),
             Figure("streams.slow.cpu", busy, "%", ", {:.0f} %", name="CPU of one core"),
             words=f"{SLOW} slow streams: peak resident, CPU of one core"),
    ]


def idle(bench):
    """1,000 readers of a run that says nothing."""
    server = bench.with_models(bench.server(), "silent")
    bot = server.rest.make_bot("Silent", model="fake/silent")
    session = server.rest.make_session(bot["id"])["id"]
    speaker = say_streaming(server.rest, session, "hello", timeout=120)
    run = speaker.take(2)[0].data["run"]
    before = settled_mib(server.pid)
    path = bench.paths_file([f"/api/v1/runs/{run}/events"])
    crowd = bench.spawn("streams", method="GET", connect=server.address, token=server.token, count=IDLE, paths=path)
    opened = first_line(crowd)
    after = settled_mib(server.pid)
    cpu, began = cpu_seconds(server.pid), time.monotonic()
    time.sleep(WATCH_SECONDS)
    busy = (cpu_seconds(server.pid) - cpu) / (time.monotonic() - began) * 100
    crowd.stdin.close()
    result = json.loads(crowd.stdout.readlines()[-1])
    speaker.close()
    stem = f"{IDLE:,} idle streams"
    return [
        *row(stem, Figure("streams.idle.open", opened.get("open", 0), "", "{:.0f}", "none", name="open"),
             Figure("streams.idle.errors", result["errors"], "", ", {:.0f}", name="errors"),
             words=f"{stem}: open, errors", note=failure_of(result)),
        *row(stem, Figure("streams.idle.each", (after - before) * 1024 / IDLE, "KiB", "{:.1f} KiB",
                          goal=Goal(64, "< 64 KiB each"), name="memory each"),
             Figure("streams.idle.resident", after, "MiB", " ({:.0f} MiB in all)", name="resident"),
             Figure("streams.idle.cpu", busy, "%", ", {:.1f} %", goal=Goal(2, "< 2 %"), name="CPU of one core"),
             words=f"{stem}: memory each, CPU of one core"),
    ]


def first_line(process, seconds=60):
    """The line that says that all are open; the crowd is ended when it does not come."""
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    line = process.stdout.readline()
    watch.cancel()
    return json.loads(line) if line else {}


def measure(bench):
    return slow(bench) + idle(bench)
