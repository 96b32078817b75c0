"""What runs cost: durable steps, a resume after a crash, a replay, events told to many, and agents that wait."""

import statistics

from bench.figure import Figure, Goal, row


def median_of(lines, member):
    values = [line[member] for line in lines]
    return {"value": statistics.median(values), "samples": values}


def measure(bench):
    if not bench.build.program("run_bench"):
        return []
    seconds = max(1, round(bench.seconds / 2))

    def part(name):
        return bench.program("run_bench", name, bench.folder / f"runs-{name}", seconds)

    appends, events, replay = part("appends"), part("events"), part("replay")[0]
    resume, agents = part("resume")[0], part("agents")[0]
    return [
        *row("64 runs at once, on disk", Figure(
            "runs.appends.speed", unit="/s", shown="{:,.0f}/s", better="higher", name="durable steps",
            goal=Goal(20_000, "> 20,000/s"), **median_of(appends, "steps_per_second"))),
        *row("1,000 runs that a crash left", Figure(
            "runs.resume.time", resume["ended_s"] * 1000, "ms", "{:,.0f} ms", name="until the last has ended",
            goal=Goal(2000, "< 2 s"))),
        *row("replay of a run of 100 steps", Figure(
            "runs.replay.p50", replay["p50_ms"], "ms", "{:.2f} ms", name="p50", goal=Goal(50, "< 50 ms")),
            Figure("runs.replay.p99", replay["p99_ms"], "ms", " / {:.2f} ms", name="p99")),
        *row("events to 100 readers", Figure(
            "runs.events.speed", unit="/s", shown="{:,.0f}/s", better="higher", name="deliveries",
            goal=Goal(500_000, "> 500,000/s"), **median_of(events, "deliveries_per_second"))),
        *row("10,000 agents that wait", Figure(
            "runs.agents.spawn", agents["spawn_us"], "us", "{:.1f} us", name="spawn of one",
            goal=Goal(20, "< 20 us")),
            Figure("runs.agents.memory", agents["resident_mib"], "MiB", ", {:,.0f} MiB", name="memory of all",
                   goal=Goal(95.4, "< 100 MB"))),
    ]
