"""The local model through the server, against llama.cpp's own loop."""

import statistics
import time

from bench.bench_run import peak_mib, resident_mib
from bench.figure import Figure, Goal, row
from support.instance import find_models
from support.sse import say_streaming

QUESTIONS = ("Tell me about the sea in four sentences.", "And about rivers?", "And about lakes?", "And about rain?",
             "And about snow?")


def ask(rest, session, text):
    """(seconds to the first word, words after it a second, tokens) of one turn."""
    began = time.monotonic()
    first = last = None
    with say_streaming(rest, session, text, timeout=120) as stream:
        for event in stream:
            now = time.monotonic()
            if event.name == "delta":
                first = first or now
                last = now
            if event.name == "completed":
                tokens = event.data["completed"]["usage"]["output_tokens"]
            if event.name == "failed":
                raise RuntimeError(event.data["failed"]["error"]["message"])
    rate = (tokens - 1) / (last - first) if last > first else 0
    return first - began, rate, tokens


def measure(bench):
    server = bench.server()
    rest = server.rest
    bot = rest.make_bot("Local", soul="You are a friendly assistant.", settings={"temperature": 0,
                                                                              "max_output_tokens": 96})
    session = rest.make_session(bot["id"])["id"]
    cold, *warm = [ask(rest, session, question) for question in QUESTIONS]
    rate = statistics.median(r for _, r, _ in warm)
    resident = resident_mib(server.pid)
    peak = peak_mib(server.pid)
    server.stop()
    first = [w[0] * 1000 for w in warm]
    stem = "local model"
    figures = [
        *row(f"{stem}: first word, cold (model loaded on the way)",
             Figure("model.first.cold", cold[0] * 1000, "ms", "{:.0f} ms")),
        *row(f"{stem}: first word, warm session",
             Figure("model.first.warm.median", statistics.median(first), "ms", "{:.0f}", goal=Goal(200, "< 200 ms"),
                    samples=first, name="median"),
             Figure("model.first.warm.worst", max(first), "ms", " / {:.0f} ms", name="worst"),
             words=f"{stem}: first word, warm session, median / worst of 4"),
        *row(stem, Figure("model.resident", resident, "MiB", "{:.0f}", name="resident"),
             Figure("model.peak", peak, "MiB", " / {:.0f} MiB", name="peak"), words=f"{stem}: resident / peak"),
        *row(f"{stem}: tokens a second through the port",
             Figure("model.tokens.port", rate, "/s", "{:.1f}", "higher",
                    samples=[r for _, r, _ in warm])),
    ]
    return figures + (beside_the_plain_loop(bench) if bench.build.program("llama_bench") else [])


def beside_the_plain_loop(bench):
    """The provider and llama.cpp's own loop, in turns in one process, so that the machine's noise meets both."""
    speeds = {line["what"]: line["per_second"]
              for line in bench.program("llama_bench", find_models() / "SmolLM2-135M-Instruct.Q4_1.gguf")}
    if not speeds:
        return []  # a build from before it told its figures
    plain = speeds["plain loop, llama.cpp's defaults"]
    middle = statistics.median(plain)
    figures = []
    for name, label in (("cold", "provider, cold session"), ("warm", "provider, warm session (second turn)")):
        here = statistics.median(speeds[label])
        figures += row(f"local model: tokens a second in the process, {name} session",
                       Figure(f"model.tokens.{name}", here, "/s", "{:.1f}", "higher", samples=speeds[label],
                              name="here"),
                       Figure(f"model.share.{name}", here / middle * 100, "%", " ({:.0f} % of llama.cpp's own loop)",
                              "higher", Goal(90, "within 10 % of llama.cpp"), name="share of llama.cpp's own loop"),
                       words=f"local model: tokens a second in the process, {name} session")
    if "sessions at once" in speeds:
        together, in_turn = (speeds[what] for what in ("sessions at once", "sessions one after the other"))
        figures += row("local model: tokens a second of 4 sessions at once",
                       Figure("model.together", statistics.median(together), "/s", "{:.0f}", "higher", samples=together,
                              name="at once"),
                       Figure("model.together.gain", statistics.median(together) / statistics.median(in_turn), "",
                              " ({:.2f} times those of one after the other)", "higher",
                              Goal(1.5, "1.5 times"), name="against one after the other"))
    return figures + row("local model: tokens a second of llama.cpp's own loop, same process",
                         Figure("model.tokens.plain", middle, "/s", "{:.1f}", "none", samples=plain))
