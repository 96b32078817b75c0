"""Results for the tests of the bench, made without measuring."""

import copy

from bench import results
from bench.figure import Figure, Goal, row

HEAD = {"schema": results.SCHEMA, "machine": {"cpu": "Some CPU", "cores": 2, "memory_gib": 24}, "load": 0.5,
        "commit": "0123456789ab", "dirty": False, "date": "2026-01-02T03:04:05Z", "compiler": "Clang 19.1.7",
        "binary_sha256": "ab" * 32, "seconds": 5, "runs": 1}


def figures():
    """Something of every part that is drawn, with the numbers of a small machine."""
    made = []
    for where, words in (("disk", "on disk"), ("memory", "in memory")):
        for rate in (80, 160, 320, 640):
            made += row(f"turn, 16 clients, {rate}/s, {words}",
                        Figure(f"turn.{where}.{rate}.p50", 1.59, "ms", "{:.2f} ms", name="p50",
                               goal=Goal(1, "adds < 1 ms p50")),
                        Figure(f"turn.{where}.{rate}.p99", 12.99, "ms", " / {:.2f} ms", name="p99",
                               goal=Goal(5, "< 5 ms p99")))
        for writers in (1, 4, 16):
            made += row(f"store, {writers}, {words}",
                        Figure(f"store.{where}.{writers}.commits", 18332.4, "/s", "{:,.0f}/s", "higher"))
    for bots in (0, 100, 1000):
        made += row(f"resident with {bots:,} bots",
                    Figure(f"memory.bots.{bots}", 32.5 + bots / 500, "MiB", "{:.1f} MiB"))
    made += row("resident after 12,000 turns", Figure("memory.turns.12000", 36.4, "MiB", "{:.1f} MiB"))
    made += row("idle", Figure("streams.idle.resident", 50.0, "MiB", "{:.0f} MiB"))
    for which, value in (("first.p50", 43.62), ("first.p99", 118.4), ("gap.p99", 235.73), ("gap.max", 1244.47)):
        made += row(f"slow {which}", Figure(f"streams.slow.{which}", value, "ms", "{:.2f} ms"))
    made += row("slow", Figure("streams.slow.peak", 70.0, "MiB", "{:.0f} MiB"))
    for kind in ("openai", "openai-responses", "anthropic", "google", "ollama"):
        made += row(f"read {kind}", Figure(f"wire.{kind}.framing.speed", 1315.2, "MB/s", "{:,.0f} MB/s", "higher"))
        made += row(f"decode {kind}", Figure(f"wire.{kind}.decoder.speed", 198.4, "MB/s", "{:,.0f} MB/s", "higher"))
    for which in ("port", "cold", "warm", "plain"):
        made += row(f"tokens {which}", Figure(f"model.tokens.{which}", 94.31, "/s", "{:.1f}", "higher"))
    return made


def result(made=None, **changed):
    return copy.deepcopy(HEAD) | {"parts": {"all": [figure.record() for figure in made or figures()]}} | changed
