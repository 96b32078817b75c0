"""What a turn costs on top of its model: against a provider that answers at once, every turn durably committed."""

import json

from bench.bench_run import cpu_seconds, failure_of, millis, peak_mib, percentiles
from bench.figure import Figure, Goal, row

CLIENTS = 16
# So many that none of them gets a long history, whose reading is another measurement.
SESSIONS = 16 * CLIENTS
RATES = (80, 160, 320, 640)


def one(bench, server, paths, **options):
    before = cpu_seconds(server.pid)
    result = bench.load("requests", paths, method="POST", connect=server.address, token=server.token,
                        clients=CLIENTS, seconds=bench.seconds, must="fox", body=json.dumps({"text": "hello"}),
                        **options)
    turns = result["micros"].get("n", 0) * 1.2  # the warm-up ran as well
    result["cpu_micros"] = (cpu_seconds(server.pid) - before) * 1e6 / turns if turns else 0
    return result


def saturated(name, stem, result, peak):
    micros, rate = result["micros"], result["per_second"]
    return row(stem, Figure(f"{name}.rate", rate, "/s", "{:,.0f}/s", "higher", name="turns a second"),
               Figure(f"{name}.commits", 2 * rate, "/s", " ({:,.0f} durable commits/s)", "none",
                      name="durable commits"),
               Figure(f"{name}.p50", millis(micros, "p50"), "ms", ", {:.2f} ms", name="p50"),
               Figure(f"{name}.p99", millis(micros, "p99"), "ms", " / {:.2f} ms", name="p99"),
               Figure(f"{name}.cpu", result["cpu_micros"], "us", ", {:.0f} us of CPU each", name="CPU of a turn"),
               Figure(f"{name}.peak", peak, "MiB", ", peak {:.0f} MiB", name="peak resident"),
               words=stem, note=failure_of(result))


def on(bench, folder, where, name, goals):
    server = bench.with_models(bench.server(folder), "instant")
    figures = []
    for rate in RATES:
        paths = bench.sessions(server, "instant", SESSIONS)
        result = one(bench, server, paths, rate=rate)
        figures += percentiles(f"turn.{name}.{rate}", f"turn, 16 clients, {rate}/s, {where}", result["micros"],
                               goals=goals, note=failure_of(result))
    full = one(bench, server, bench.sessions(server, "instant", SESSIONS))
    return figures + saturated(f"turn.{name}.saturated", f"turn, 16 clients, saturated, {where}", full,
                               peak_mib(server.pid))


def measure(bench):
    figures = on(bench, None, "on disk", "disk", (Goal(1, "adds < 1 ms p50"), Goal(5, "< 5 ms p99")))
    memory = bench.memory_folder()
    if memory:
        figures += on(bench, memory, "in memory", "memory", (None, None))
    return figures
