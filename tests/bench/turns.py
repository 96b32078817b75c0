"""What a turn costs on top of its model: against a provider that answers at once, every turn durably committed."""

import json

from bench.bench_run import cpu_seconds, failure_of, millis, peak_mib

CLIENTS = 16
# So many that none of them gets a long history, whose reading is another measurement.
SESSIONS = 16 * CLIENTS
RATES = (160, 320)


def one(bench, server, paths, **options):
    before = cpu_seconds(server.pid)
    result = bench.load("requests", paths, method="POST", connect=server.address, token=server.token,
                        clients=CLIENTS, seconds=bench.seconds, must="fox", body=json.dumps({"text": "hello"}),
                        **options)
    turns = result["micros"].get("n", 0) * 1.2  # the warm-up ran as well
    result["cpu_micros"] = (cpu_seconds(server.pid) - before) * 1e6 / turns if turns else 0
    return result


def figures(result):
    micros = result["micros"]
    if not micros["n"]:
        return "none" + failure_of(result)
    return f"{millis(micros['p50'])} / {millis(micros['p99'])}" + failure_of(result)


def on(bench, folder, where, goal):
    server = bench.with_models(bench.server(folder), "instant")
    rows = []
    for rate in RATES:
        paths = bench.sessions(server, "instant", SESSIONS)
        rows.append((f"turn, 16 clients, {rate}/s, {where}, p50 / p99", figures(one(bench, server, paths, rate=rate)),
                     goal))
    full = one(bench, server, bench.sessions(server, "instant", SESSIONS))
    rows.append((f"turn, 16 clients, saturated, {where}",
                 f"{full['per_second']:,.0f}/s ({2 * full['per_second']:,.0f} durable commits/s), {figures(full)}, "
                 f"{full['cpu_micros']:.0f} us of CPU each, peak {peak_mib(server.pid):.0f} MiB", ""))
    return rows


def measure(bench):
    rows = on(bench, None, "on disk", "adds < 1 ms p50, < 5 ms p99")
    memory = bench.memory_folder()
    if memory:
        rows += on(bench, memory, "in memory", "")
    return rows
