"""Many streams at once: slow ones that talk, and idle ones that only listen."""

import json
import threading
import time

from bench.bench_run import cpu_seconds, failure_of, millis, peak_mib, resident_mib, settled_mib
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
        (f"{SLOW} slow streams: completed, errors, events",
         f"{result['completed']}, {result['errors']}, {result['events']} of {wanted}" + failure_of(result),
         "no error"),
        (f"{SLOW} slow streams: first event p50 / p99",
         f"{millis(result['first_event'].get('p50', 0))} / {millis(result['first_event'].get('p99', 0))}", ""),
        (f"{SLOW} slow streams: longest wait for a word (the model's: {1000 / RATE:.0f} ms)",
         f"p99 {millis(result['gap'].get('p99', 0))}, max {millis(result['gap'].get('max', 0))}", ""),
        (f"{SLOW} slow streams: peak resident, CPU of one core",
         f"{peak_mib(server.pid):.0f} MiB (before: {before:.0f}), {busy:.0f} %", "< 150 MB"),
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
    return [(f"{IDLE:,} idle streams: open, errors", f"{opened.get('open', 0)}, {result['errors']}" + failure_of(result), ""),
            (f"{IDLE:,} idle streams: memory each, CPU of one core",
             f"{(after - before) * 1024 / IDLE:.1f} KiB ({after:.0f} MiB in all), {busy:.1f} %",
             "< 64 KiB each, < 2 %")]


def first_line(process, seconds=60):
    """The line that says that all are open; the crowd is ended when it does not come."""
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    line = process.stdout.readline()
    watch.cancel()
    return json.loads(line) if line else {}


def measure(bench):
    return slow(bench) + idle(bench)
