"""How soon it is there, and how small it is."""

import statistics
import time

from bench.bench_run import failure_of, millis, settled_mib
from bench.figure import Figure, Goal, row

STARTS = 10


def seconds_to_ready(server):
    began = time.monotonic()
    server.start(ready=False)
    while time.monotonic() - began < 20:
        if server.read_address() and server.is_ready():
            return time.monotonic() - began
        time.sleep(0.001)
    raise RuntimeError("the server never became ready: " + server.log()[-300:])


def measure(bench):
    server = bench.server(start=False)
    first = seconds_to_ready(server)
    for n in range(10):
        server.rest.make_bot(f"Bot {n}", soul=f"You are bot {n}. " * 20)
    took = []
    for _ in range(STARTS):
        server.stop()
        took.append(seconds_to_ready(server))
    idle = settled_mib(server.pid)
    began = time.monotonic()
    server.stop()
    stopped = time.monotonic() - began
    server.start()
    return [
        *row("ready on a new data folder", Figure("start.ready.new", first * 1000, "ms", "{:.0f} ms")),
        *row("ready with 10 bots",
             Figure("start.ready.median", statistics.median(took) * 1000, "ms", "{:.0f}", name="median",
                    goal=Goal(150, "< 150 ms (OpenClaw 11 to 18 s, Dagu 0.3 to 0.8 s)"),
                    samples=[seconds * 1000 for seconds in took]),
             Figure("start.ready.worst", max(took) * 1000, "ms", " / {:.0f} ms", name="worst"),
             words="ready with 10 bots, median of 10 / worst"),
        *row("resident, idle, 10 bots, no model loaded",
             Figure("start.resident", idle, "MiB", "{:.1f} MiB", goal=Goal(40, "< 40 MB (OpenClaw 815, Dagu 86)"))),
        *row("SIGTERM to exit, idle", Figure("start.stop", stopped * 1000, "ms", "{:.0f} ms")),
        *plain_requests(bench, server),
    ]


def plain_requests(bench, server):
    bot = server.rest.get("/api/v1/bots").ok()["bots"][0]["id"]
    figures = []
    for what, name, path in (("GET /healthz", "healthz", "/healthz"), ("GET a bot", "bot", f"/api/v1/bots/{bot}")):
        common = dict(connect=server.address, token=server.token, clients=16, seconds=bench.seconds)
        full = bench.load("requests", [path], **common)
        stem = f"{what}, 16 keep-alive clients, saturated"
        figures += row(stem, Figure(f"requests.{name}.saturated", full["per_second"], "/s", "{:,.0f}/s", "higher"),
                       Figure(f"requests.{name}.p99", millis(full["micros"], "p99"), "ms", ", p99 {:.2f} ms",
                              name="p99"),
                       words=stem, note=failure_of(full))
    return figures
