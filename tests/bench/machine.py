"""What the machine itself can do, to judge the other figures by."""

from bench.bench_run import failure_of, millis


def measure(bench):
    sync = bench.load("fsync", file=bench.folder / "fsync", seconds=2)
    body = '{"model":"instant","messages":[{"role":"user","content":"hello"}],"stream":true}'
    direct = dict(method="POST", connect=f"127.0.0.1:{bench.fake_provider()}", body=body, must="fox", clients=16,
                  seconds=bench.seconds)
    path = ["/v1/chat/completions"]
    paced = bench.load("requests", path, rate=320, **direct)
    full = bench.load("requests", path, **direct)
    return [
        ("disk: 4 KiB overwritten and fdatasync, p50 / p99",
         f"{millis(sync['p50'])} / {millis(sync['p99'])}", ""),
        ("fake provider alone, 320/s, p50 / p99",
         f"{millis(paced['micros']['p50'])} / {millis(paced['micros']['p99'])}" + failure_of(paced), ""),
        ("fake provider alone, saturated", f"{full['per_second']:,.0f}/s" + failure_of(full), ""),
    ]
