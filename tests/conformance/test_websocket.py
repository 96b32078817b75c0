"""The WebSocket against Autobahn's cases, and under clients that cost. J4, J10."""

import base64
import os
import pathlib
import resource
import socket
import subprocess
import sys
import time

import pytest

from support.live import Live
from support.sse import EventStream
from support.waiting import until

# Without 9 (megabytes, which its limits are for), and 12 and 13: compression is not offered.
LEFT_OUT = ["9.*", "12.*", "13.*"]
LEAST_CASES = 240


@pytest.fixture
def echo(binary):
    """The server's WebSocket with an echo behind it; its port."""
    program = pathlib.Path(binary).parent / "tests" / "ws_echo"
    assert program.is_file(), f"{program} is not there; build it with `tools/build release ws_echo`."
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline())
        process.stdin.close()
        assert process.wait(10) == 0


def test_autobahn_finds_nothing(echo, tmp_path):
    runner = pathlib.Path(sys.executable).parent / "kosoku"
    left_out = [word for case in LEFT_OUT for word in ("-x", case)]
    ran = subprocess.run([runner, "-m", "fuzzingclient", "-p", "2", *left_out, "-o", tmp_path, f"127.0.0.1:{echo}"],
                         capture_output=True, text=True, timeout=300)
    last = ran.stdout.strip().splitlines()[-1]
    assert ran.returncode == 0 and last.endswith("cases passed"), ran.stdout + ran.stderr
    assert int(last.split()[0]) >= LEAST_CASES, last


def handshake(server):
    """A WebSocket by hand: what follows are frames as bytes."""
    raw = socket.create_connection((server.host, server.port), timeout=20)
    raw.sendall((f"GET /ws HTTP/1.1\r\nHost: {server.address}\r\nAuthorization: Bearer {server.token}\r\n"
                 "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
                 "Sec-WebSocket-Protocol: boternity.v1\r\n\r\n").encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += raw.recv(1)
    assert head.startswith(b"HTTP/1.1 101 "), head
    return raw


def frame(opcode, payload=b"", final=True, length=None):
    """A client's frame, with a mask of zeros; `length` is what its head says instead of the truth."""
    length = len(payload) if length is None else length
    head = bytes([opcode | (0x80 if final else 0)])
    if length < 126:
        head += bytes([0x80 | length])
    else:
        head += bytes([0x80 | 126]) + length.to_bytes(2, "big") if length < 65536 else \
            bytes([0x80 | 127]) + length.to_bytes(8, "big")
    return head + bytes(4) + payload


def close_code_of(raw):
    """What the server closes with; pongs before it are passed over."""
    data = b""
    while True:
        while len(data) >= 2 and len(data) >= 2 + data[1]:
            opcode, length = data[0] & 15, data[1]
            if opcode == 8:
                return int.from_bytes(data[2:4], "big")
            data = data[2 + length:]
        more = raw.recv(65536)
        if not more:
            return None
        data += more


HOSTILE = {
    "fragments without an end": (lambda: frame(1, b"x", final=False) + frame(0, b"x" * 1000, final=False) * 100, 1009),
    "a frame of 1 GiB": (lambda: frame(1, length=1 << 30), 1009),
    "a frame of 2^63 bytes": (lambda: frame(1, length=1 << 63), 1009),
    "a compressed frame that nobody agreed on": (lambda: bytes([0xC1, 0x80]) + bytes(4), 1002),
    "a frame without a mask": (lambda: bytes([0x81, 0x01]) + b"x", 1002),
    "text that is no UTF-8": (lambda: frame(1, b"\xff\xfe"), 1007),
    "a long ping": (lambda: frame(9, length=126), 1002),
    "bytes that are no frames": (lambda: b"GET / HTTP/1.1\r\n\r\n" * 10, 1002),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_frames_end_their_connection_and_no_other(server, name):
    sent, code = HOSTILE[name]
    with Live(server) as beside:
        with handshake(server) as raw:
            raw.sendall(sent())
            assert close_code_of(raw) in (code, None)
        beside.say(id="p", ping={})
        assert beside.hear() == {"id": "p", "pong": {}}


def test_a_flood_of_pings_costs_its_sender_only(server):
    before = server.resident_kib()
    with handshake(server) as raw, Live(server) as beside:
        raw.settimeout(1)
        flood = frame(9, b"x" * 100) * 1000
        try:
            for _ in range(200):  # nothing of what comes back is read
                raw.sendall(flood)
        except TimeoutError:
            pass
        beside.say(id="p", ping={})
        assert beside.hear() == {"id": "p", "pong": {}}
        assert server.resident_kib() - before < 8 * 1024


def seconds_of_cpu(pid):
    """What the process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_thousand_idle_streams_cost_little(server_factory):
    """Half over SSE, half over the WebSocket: below 64 KiB each, and next to no work while nothing happens."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    server = server_factory()
    each, streams = 500, []
    with Live(server) as first:
        first.subscribe("warm")
    before = server.resident_kib()
    try:
        for _ in range(each):
            streams.append(EventStream(server.rest, "GET", "/api/v1/events"))
            raw = handshake(server)
            raw.sendall(frame(1, b'{"id":"s","subscribe":{}}'))
            streams.append(raw)
        for raw in streams[1::2]:
            assert raw.recv(1024)
        grown = server.resident_kib() - before
        assert grown < 2 * each * 64, f"{grown / 2 / each:.1f} KiB a stream"
        begun, used = time.monotonic(), seconds_of_cpu(server.pid)
        until(lambda: time.monotonic() - begun > 5, 10, "five idle seconds")
        share = (seconds_of_cpu(server.pid) - used) / (time.monotonic() - begun)
        assert share < 0.02, f"{share:.1%} of a core"
        server.rest.post("/api/v1/bots", {"name": "Ada"}).ok()
        for raw in streams[1::2]:
            assert b"bot_created" in raw.recv(4096)
        for stream in streams[0::2]:
            assert [event.name for event, _ in zip(stream, range(2))] == ["opened", "bot_created"]
    finally:
        for stream in streams:
            stream.close()
