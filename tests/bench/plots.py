"""Which figures are drawn, and how: each plot is a function of the figures, and None where they lack."""

import re

from bench import svg


def values(figures, pattern):
    """[(the groups of the pattern, value)] of the figures whose id matches, in their order."""
    found = [(re.fullmatch(pattern, figure.id), figure.value) for figure in figures]
    return [(match.groups(), value) for match, value in found if match and value is not None]


def turn_times(figures):
    series = {}
    for (where, rate, which), value in values(figures, r"turn\.(disk|memory)\.(\d+)\.(p50|p99)"):
        place = "on disk" if where == "disk" else "in memory"
        series.setdefault(f"{which}, {place}", []).append((int(rate), value))
    return series and svg.lines("Time of a turn, by how many come", "turns a second, of 16 clients",
                                "milliseconds", dict(sorted(series.items())))


def streams(figures):
    series = {}
    for (what, which), value in values(figures, r"streams\.slow\.(first|gap)\.(p50|p99|max)"):
        words = {"first": "first event", "gap": "longest wait"}[what]
        series.setdefault("500 slow streams", []).append((f"{words}, {which}", value))
    return series and svg.bars("What one of 500 streams waits for", "the model says a word every 200 ms",
                               "milliseconds", series)


def memory(figures):
    points = [(f"{int(bots):,} bots", value) for (bots,), value in values(figures, r"memory\.bots\.(\d+)")]
    for pattern, words in ((r"memory\.turns\.12000()", "12,000 turns"), (r"streams\.idle\.resident()", "1,000 readers"),
                           (r"streams\.slow\.peak()", "500 streams")):
        points += [(words, value) for _, value in values(figures, pattern)]
    return points and svg.bars("Memory, by what is there", "what the server holds", "MiB resident",
                               {"resident": points})


def reading(figures):
    series = {}
    for (kind, what), value in values(figures, r"wire\.([a-z-]+)\.(framing|decoder)\.speed"):
        series.setdefault("framing alone" if what == "framing" else "whole, with the decoder", []).append((kind, value))
    return series and svg.bars("Reading a vendor's streamed answer, one core", "kind of provider",
                               "MB a second", series)


def store(figures):
    series = {}
    for (where, writers), value in values(figures, r"store\.(disk|memory)\.(\d+)\.commits"):
        series.setdefault("on disk" if where == "disk" else "in memory", []).append((int(writers), value))
    return series and svg.bars("Durable commits of the store", "writers", "commits a second", series)


def tokens(figures):
    words = {"plain": "llama.cpp's loop", "cold": "new session", "warm": "warm session", "port": "through the port"}
    points = [(words[which], value) for (which,), value in
              values(figures, r"model\.tokens\.(plain|cold|warm|port)")]
    return points and svg.bars("The local model beside llama.cpp's own loop", "SmolLM2-135M-Instruct, Q4_1",
                               "tokens a second", {"tokens a second": points})


PLOTS = {"turns": turn_times, "streams": streams, "memory": memory, "reading": reading, "store": store,
         "tokens": tokens}


def charts(figures):
    """{name: chart} of what can be drawn from these figures."""
    drawn = {name: plot(figures) for name, plot in PLOTS.items()}
    return {name: chart for name, chart in drawn.items() if chart}


def draw(figures):
    """{name: (title, SVG)}."""
    return {name: (chart.title, chart.svg()) for name, chart in charts(figures).items()}
