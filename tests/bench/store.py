"""The store alone: how many durable commits a second, and how long one waits, with so many writers."""

from bench.figure import Figure, row

WRITERS = (1, 4, 16)


def on(bench, folder, where, name):
    if folder is None:
        return []
    lines = bench.program("store_bench", folder / "store", max(1, round(bench.seconds / 2)))
    figures = []
    for line in lines:
        writers = line["writers"]
        if writers not in WRITERS:
            continue
        stem = f"store, {writers} writer{'s' if writers > 1 else ''}, {where}"
        prefix = f"store.{name}.{writers}"
        figures += row(stem,
                       Figure(f"{prefix}.commits", line["commits_per_second"], "/s", "{:,.0f}/s", "higher",
                              name="durable commits"),
                       Figure(f"{prefix}.p50", line["commit_ms"]["p50"], "ms", ", {:.2f} ms", name="p50"),
                       Figure(f"{prefix}.p99", line["commit_ms"]["p99"], "ms", " / {:.2f} ms", name="p99"))
    return figures


def measure(bench):
    if not bench.build.program("store_bench"):
        return []
    return on(bench, bench.folder, "on disk", "disk") + on(bench, bench.memory_folder(), "in memory", "memory")
