"""What the machine itself can do, to judge the other figures by."""

from bench.bench_run import failure_of, percentiles
from bench.figure import Figure, row


def measure(bench):
    sync = bench.load("fsync", file=bench.folder / "fsync", seconds=2)
    body = '{"model":"instant","messages":[{"role":"user","content":"hello"}],"stream":true}'
    direct = dict(method="POST", connect=f"127.0.0.1:{bench.fake_provider()}", body=body, must="fox", clients=16,
                  seconds=bench.seconds)
    path = ["/v1/chat/completions"]
    paced = bench.load("requests", path, rate=320, **direct)
    full = bench.load("requests", path, **direct)
    # They describe the machine, not the server: neither way is better.
    return [
        *percentiles("machine.fsync", "disk: 4 KiB overwritten and fdatasync", sync, "none"),
        *percentiles("machine.provider.320", "fake provider alone, 320/s", paced["micros"], "none",
                     note=failure_of(paced)),
        *row("fake provider alone, saturated",
             Figure("machine.provider.saturated", full["per_second"], "/s", "{:,.0f}/s", "none"),
             note=failure_of(full)),
    ]
