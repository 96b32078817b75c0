"""J1 as others ask it: Debian's slowhttptest holds hundreds of connections, and nobody else notices."""

import re
import shutil
import subprocess
import time

import pytest

CONNECTIONS = 300
SECONDS = 18
MOST_SECONDS_OF_ANSWER = 0.5


def percentile(times, part):
    return sorted(times)[int(len(times) * part)]


@pytest.mark.parametrize("mode, path, options", [
    ("-H", "/api/v1/bots", ["-i", "3"]),
    ("-B", "/api/v1/bots", ["-i", "3", "-s", "8192"]),
    # The largest answer that a stranger can ask for, read a few bytes at a time.
    ("-X", "/docs/swagger-ui-bundle.js", ["-w", "10", "-y", "20", "-n", "3", "-z", "16", "-k", "3"]),
], ids=["slow headers", "slow body", "slow read"])
def test_slow_clients_hold_up_nobody(server_factory, mode, path, options):
    tool = shutil.which("slowhttptest")
    assert tool, "slowhttptest is not installed; run tools/setup --tests"
    server = server_factory()
    before = server.resident_kib()
    attack = subprocess.Popen(
        [tool, mode, "-c", str(CONNECTIONS), "-r", "100", "-l", str(SECONDS), "-p", "3", *options,
         "-u", f"http://{server.address}{path}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    times = []
    grown = 0
    while attack.poll() is None:
        began = time.monotonic()
        server.rest.get("/api/v1/system").ok()
        times.append(time.monotonic() - began)
        grown = max(grown, server.resident_kib() - before)
        try:
            attack.wait(0.05)
        except subprocess.TimeoutExpired:
            pass
    said = re.sub(r"\x1b\[[0-9;]*m", "", attack.stdout.read())
    assert len(times) > 20 and percentile(times, 0.99) < MOST_SECONDS_OF_ANSWER, sorted(times)[-5:]
    assert "service available:   NO" not in said, said[-2000:]
    if mode == "-H":
        assert "No open connections left" in said, f"headers that never end are not waited for:\n{said[-2000:]}"
    assert grown < 64 * 1024, f"{grown} KiB more for {CONNECTIONS} connections"
