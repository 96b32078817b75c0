"""What it holds in memory: by bots, and by turns. What grows with every turn would end a server of years."""

import json

from bench.bench_run import failure_of, settled_mib
from bench.figure import Figure, row

BOTS = (0, 100, 1000)
TURNS = 1000
# The first thousands fill caches and pools; growth is what the last ones add.
THOUSANDS = 12
LAST = 4
SESSIONS = 200


def by_bots(server):
    figures, made = [], 0
    for bots in BOTS:
        for made in range(made, bots):
            server.rest.make_bot(f"Bot {made}", soul=f"You are bot {made}. " * 20)
        made = bots
        figures += row(f"resident with {bots:,} bots",
                       Figure(f"memory.bots.{bots}", settled_mib(server.pid), "MiB", "{:.1f} MiB"))
    return figures


def turns(bench, server, paths):
    result = bench.load("requests", paths, method="POST", connect=server.address, token=server.token, clients=16,
                        seconds=120, count=TURNS, must="fox", body=json.dumps({"text": "hello"}))
    return settled_mib(server.pid), failure_of(result)


def by_turns(bench):
    server = bench.with_models(bench.server(), "instant")
    paths = bench.sessions(server, "instant", SESSIONS)
    sizes, notes = zip(*[turns(bench, server, paths) for _ in range(THOUSANDS)])
    note = next((note for note in notes if note), "")
    growth = (sizes[-1] - sizes[-1 - LAST]) / LAST
    return [
        *row(f"resident after {TURNS:,} turns", Figure("memory.turns.1000", sizes[0], "MiB", "{:.1f} MiB"), note=note),
        *row(f"resident after {THOUSANDS * TURNS:,} turns",
             Figure("memory.turns.12000", sizes[-1], "MiB", "{:.1f} MiB")),
        # It may be below zero, and it is small: nothing to compare by its share.
        *row(f"growth by each of the last {LAST} times {TURNS:,} turns, mean",
             Figure("memory.turns.growth", growth, "MiB", "{:+.2f} MiB", "none")),
    ]


def measure(bench):
    return by_bots(bench.server()) + by_turns(bench)
