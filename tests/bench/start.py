"""How soon it is there, and how small it is."""

import statistics
import time

from bench.bench_run import failure_of, millis, settled_mib

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
        ("ready on a new data folder", f"{first * 1000:.0f} ms", ""),
        ("ready with 10 bots, median of 10 / worst",
         f"{statistics.median(took) * 1000:.0f} / {max(took) * 1000:.0f} ms", "< 150 ms (OpenClaw 11 to 18 s, Dagu 0.3 to 0.8 s)"),
        ("resident, idle, 10 bots, no model loaded", f"{idle:.1f} MiB", "< 40 MB (OpenClaw 815, Dagu 86)"),
        ("SIGTERM to exit, idle", f"{stopped * 1000:.0f} ms", ""),
        *plain_requests(bench, server),
    ]


def plain_requests(bench, server):
    bot = server.rest.get("/api/v1/bots").ok()["bots"][0]["id"]
    rows = []
    for what, path in (("GET /healthz", "/healthz"), ("GET a bot", f"/api/v1/bots/{bot}")):
        common = dict(connect=server.address, token=server.token, clients=16, seconds=bench.seconds)
        full = bench.load("requests", [path], **common)
        rows.append((f"{what}, 16 keep-alive clients, saturated",
                     f"{full['per_second']:,.0f}/s, p99 {millis(full['micros']['p99'])}" + failure_of(full), ""))
    return rows
