"""How fast bytes are read: vendors' streamed answers, and the JSON bodies of our own port.

A long answer is a recorded one (server/infra/llm/tests/golden) whose last piece of text comes a great many times.
"""

import json
import statistics

from bench.figure import Figure, row
from support.instance import REPOSITORY

GOLDEN = REPOSITORY / "server/infra/llm/tests/golden"
ANSWERS = {"openai": "text_with_usage.sse", "openai-responses": "text_with_usage.sse",
           "anthropic": "text_with_usage.sse", "google": "text_with_usage.sse", "ollama": "text_with_usage.ndjson"}
# The whole of one recorded event's text, and what is said in its place.
WORDS = '"世界 🙂"'
SAID = ("and then ", "the old sea ", "rose, ", "grey, ", "\"slowly\" ", "over the Dünen. ")
PIECES = 8000


def long_answer(recorded, pieces=PIECES):
    """A recorded stream in which the event that says WORDS comes so many times, with other words in it."""
    separator = "\n\n" if "data:" in recorded else "\n"
    events = recorded.split(separator)
    at = next((n for n, event in enumerate(events) if WORDS in event), None)
    if at is None:
        raise RuntimeError(f"no event of the recorded answer says {WORDS}")
    more = [events[at].replace(WORDS, json.dumps(SAID[n % len(SAID)], ensure_ascii=False)) for n in range(pieces)]
    return separator.join([*events[:at], *more, *events[at:]])


def statistics_of(line, name, stem, per, unit, scale, each):
    return row(stem,
               Figure(f"{name}.speed", statistics.median(line["mb_per_second"]), "MB/s", "{:,.0f} MB/s", "higher",
                      samples=line["mb_per_second"], name="speed"),
               # The same in other words, so it is not compared.
               Figure(f"{name}.time", statistics.median(line[per]) / scale, unit, f", {{:,.0f}} {unit} {each}", "none",
                      samples=[value / scale for value in line[per]], name="time"),
               words=stem)


def vendors(bench):
    figures = []
    for kind, file in ANSWERS.items():
        answer = bench.folder / f"{kind}.stream"
        answer.write_text(long_answer((GOLDEN / kind / file).read_text()))
        for line in bench.program("wire_bench", kind, answer, min(bench.seconds, 2)):
            framing = "lines of JSON" if kind == "ollama" else "server-sent events"
            what = f"read {kind}: " + (f"{framing} alone" if line["what"] == "framing" else "whole, with the decoder")
            figures += statistics_of(line, f"wire.{kind}.{line['what']}", what, "ns_per_event", "ns", 1,
                                     "an event")
    return figures


def bodies(bench):
    words = {"request": "read a request body of 4 KiB", "answer": "write a page of 100 messages"}
    return [figure for line in bench.program("json_bench", min(bench.seconds, 2))
            for figure in statistics_of(line, f"json.{line['what']}", words[line["what"]], "ns_per_call", "us", 1000,
                                        "each")]


def measure(bench):
    return ((vendors(bench) if bench.build.program("wire_bench") else []) +
            (bodies(bench) if bench.build.program("json_bench") else []))
