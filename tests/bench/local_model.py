"""The local model through the server, against llama.cpp's own loop."""

import re
import statistics
import subprocess
import time

from bench.bench_run import peak_mib, resident_mib
from support.instance import REPOSITORY, find_models
from support.sse import say_streaming

QUESTIONS = ("Tell me about the sea in four sentences.", "And about rivers?", "And about lakes?", "And about rain?",
             "And about snow?")
LLAMA_BENCH = REPOSITORY / "build/release/bench/llama_bench"


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
    rows = [
        ("local model: first word, cold (model loaded on the way)", f"{cold[0] * 1000:.0f} ms", ""),
        ("local model: first word, warm session, median / worst of 4",
         f"{statistics.median(w[0] for w in warm) * 1000:.0f} / {max(w[0] for w in warm) * 1000:.0f} ms", "< 200 ms"),
        ("local model: resident / peak", f"{resident:.0f} / {peak:.0f} MiB", ""),
    ]
    rows.append(("local model: tokens a second through the port", f"{rate:.1f}", "within 10 % of llama.cpp"))
    return rows + beside_the_plain_loop()


def beside_the_plain_loop():
    """The provider and llama.cpp's own loop, in turns in one process, so that the machine's noise meets both."""
    if not LLAMA_BENCH.is_file():
        return []
    weights = next(find_models().glob("*.gguf"))
    ended = subprocess.run([LLAMA_BENCH, weights], capture_output=True, text=True, timeout=300, check=True)
    speeds = {}
    for line in ended.stdout.splitlines():
        found = re.match(r"(plain loop, llama.cpp's defaults|provider, (?:cold|warm) session).*?\s+([\d.]+)\s+([\d.]+)"
                         r"\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)$", line)
        if found:
            speeds[found.group(1)] = float(found.group(4))
    plain = speeds["plain loop, llama.cpp's defaults"]
    return [(f"local model: tokens a second in the process, {what} session; llama.cpp's own loop",
             f"{speeds[f'provider, {what} session']:.1f}; {plain:.1f} "
             f"({(speeds[f'provider, {what} session'] / plain - 1) * 100:+.0f} %)", "within 10 %")
            for what in ("cold", "warm")]
