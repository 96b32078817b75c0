"""Clients that are slow, silent or too many: each is cut by its deadline and nobody else notices. J1, J3, J6."""

import resource
import select
import socket
import time

import pytest

from support.raw_http import RawConnection, request
from support.rest import Rest
from support.waiting import until

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(32) + b"\x20" + bytes(32)
FIRST_BYTES_SECONDS = 10.0
SLACK_SECONDS = 6.0
# More than the kernel holds for both sides of a connection.
MOST_PIPELINED_BYTES = 64 << 20

# What never becomes a request. The first bytes must come within 10 s, whatever they are.
STALLS = {
    "nothing at all": b"",
    "one letter": b"G",
    "half a preface": PREFACE[:10],
    "all of the preface but its last byte": PREFACE[:-1],
    "half a request line": b"GET /api/v1/sys",
    "half a header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sl",
    "all but the last byte of a header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r",
    "line ends only": b"\r\n",
}
# What is answered or cut at once, or at the latest then.
NO_HTTP = {
    "a TLS hello": TLS_HELLO,
    "a PROXY line": b"PROXY TCP4 10.0.0.1 10.0.0.2 1234 80\r\n",
    "a PROXY v2 header": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12),
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "SMTP": b"EHLO evil.test\r\n",
    "Redis": b"*1\r\n$4\r\nINFO\r\n",
    "zeros": bytes(100),
}


def closing_times(connections, seconds, beat=None):
    """When the server closed each of the named sockets, in seconds from now; absent: not within `seconds`."""
    began = time.monotonic()
    open_ = dict(connections)
    closed = {}
    while open_ and time.monotonic() - began < seconds:
        ready, _, _ = select.select(list(open_.values()), [], [], 0.2)
        for name, sock in list(open_.items()):
            try:
                if sock in ready and not sock.recv(65536):
                    raise ConnectionResetError
                if beat:
                    beat(name, sock)
            except OSError:
                closed[name] = time.monotonic() - began
                del open_[name]
    return closed


def test_connections_that_never_become_a_request_are_closed_in_time(server):
    connections = {}
    for name, data in (STALLS | NO_HTTP).items():
        connections[name] = socket.create_connection((server.host, server.port))
        if data:
            connections[name].sendall(data)
    closed = closing_times(connections, FIRST_BYTES_SECONDS + SLACK_SECONDS)
    late = [name for name in connections if name not in closed]
    for sock in connections.values():
        sock.close()
    assert not late, f"still open after {FIRST_BYTES_SECONDS + SLACK_SECONDS} s: {late}"
    quick = [name for name in NO_HTTP if closed[name] > 3]
    assert not quick, f"no HTTP, and known to be none, yet open for long: {quick}"


def test_slow_loris_is_cut_while_others_are_served(server):
    """Forty connections that send a byte of a header or body now and then; the owner's requests do not wait."""
    head = f"POST /api/v1/bots HTTP/1.1\r\nHost: {server.address}\r\nAuthorization: Bearer {server.token}\r\n"
    connections = {}
    for number in range(40):
        sock = socket.create_connection((server.host, server.port))
        if number % 2:
            sock.sendall(head.encode())
        else:
            sock.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n".encode())
        connections[("header" if number % 2 else "body", number)] = sock
    last = dict.fromkeys(connections, 0.0)
    times = []

    def beat(name, sock):
        now = time.monotonic()
        if now - last[name] < 1:
            return
        last[name] = now
        sock.sendall(b"X-%d: y\r\n" % int(now) if name[0] == "header" else b" ")
        began = time.monotonic()
        server.rest.get("/api/v1/system").ok()
        times.append(time.monotonic() - began)

    closed = closing_times(connections, 40, beat)
    for sock in connections.values():
        sock.close()
    open_headers = [name for name in connections if name[0] == "header" and closed.get(name, 99) > 16]
    open_bodies = [name for name in connections if name not in closed]
    assert not open_headers, open_headers
    assert not open_bodies, open_bodies
    assert sorted(times)[int(len(times) * 0.95)] < 1.0, sorted(times)[-5:]


def test_a_client_that_reads_nothing_does_not_fill_memory(server):
    """Answers pile up in the socket, not in the server: it stops reading further requests."""
    rest = server.rest
    before = server.resident_kib()
    with RawConnection(server.address) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.socket.settimeout(2)
        asked = request("GET", "/openapi.json", server.address, [("X-Padding", "x" * 4000)]) * 20
        sent = 0
        try:
            while sent < MOST_PIPELINED_BYTES:
                connection.socket.sendall(asked)
                sent += len(asked)
        except TimeoutError:
            pass
        assert sent < MOST_PIPELINED_BYTES, "the server takes any number of requests without sending answers"
        rest.get("/api/v1/system").ok()
        assert server.resident_kib() - before < 40_000


def test_a_slow_reader_of_a_stream_holds_up_nobody(server, rest, session, fake_upstream):
    """The run ends at its own pace; the one that does not read is cut or catches up, and memory stays bounded."""
    from support.fake_upstream import Text
    fake_upstream.when("much", *(Text("x" * 1000) for _ in range(900)))
    slow = []
    for _ in range(5):
        connection = RawConnection(server.address)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.append(connection)
    body = b'{"text": "much"}'
    slow[0].send(request("POST", f"/api/v1/sessions/{session}/messages", server.address,
                         [("Authorization", f"Bearer {server.token}"), ("Content-Type", "application/json"),
                          ("Accept", "text/event-stream")], body))
    run = until(lambda: rest.get("/api/v1/runs", query={"session": session}).ok()["runs"], what="the run")[0]["id"]
    for connection in slow[1:]:
        connection.send(request("GET", f"/api/v1/runs/{run}/events", server.address,
                                [("Authorization", f"Bearer {server.token}")]))
    until(lambda: rest.run(run)["state"] == "completed", 30, "the end of the run")
    assert len(rest.messages(session)[1]["text"]) == 900_000
    for connection in slow:
        connection.close()


def test_file_descriptors_run_out_and_come_back(server_factory):
    """Accepting pauses, those who are in go on, and when others leave new ones get in."""
    server = server_factory(wrapper=("prlimit", "--nofile=64:64"))
    kept = server.rest.connection()
    headers = {"Authorization": f"Bearer {server.token}"}

    def ask(connection):
        connection.request("GET", "/api/v1/system", headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    assert ask(kept) == 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 1024)), hard))
    crowd = [socket.create_connection((server.host, server.port), timeout=10) for _ in range(150)]
    for sock in crowd[:100]:
        sock.sendall(b"GET /healthz HTTP/1.1\r\n")
    for _ in range(20):
        assert ask(kept) == 200
    kept.request("POST", "/api/v1/bots", body=b'{"name": "made in a crowd"}',
                 headers={**headers, "Content-Type": "application/json"})
    answer = kept.getresponse()
    assert answer.status in (200, 201), answer.read()
    answer.read()
    assert server.open_files() <= 64
    for sock in crowd:
        sock.close()
    until(lambda: gets_in(server), 15, "a new connection to be served")
    assert server.rest.get("/api/v1/bots/made-in-a-crowd").ok()
    kept.close()


def gets_in(server):
    try:
        return Rest(server.address, server.token, timeout=2).get("/api/v1/system").status == 200
    except OSError:
        return False


def test_open_connections_do_not_make_it_busy(server):
    """A hundred idle connections cost no processor time."""
    crowd = [RawConnection(server.address) for _ in range(100)]
    for connection in crowd:
        connection.send(request("GET", "/healthz", server.address))
    for connection in crowd:
        assert connection.answer().status == 200
    before = cpu_seconds(server.pid)
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 2, 5, "two seconds")
    assert cpu_seconds(server.pid) - before < 0.3
    for connection in crowd:
        connection.close()


@pytest.mark.parametrize("begun", [1, 3, 10, len(PREFACE) - 1])
def test_half_a_preface_and_then_the_end_costs_nothing(server, begun):
    """Such a socket stays readable for ever, with nothing new to read: it is closed at once instead of asked again."""
    before = cpu_seconds(server.pid)
    connections = {}
    for number in range(20):
        connections[number] = socket.create_connection((server.host, server.port))
        connections[number].sendall(PREFACE[:begun])
        connections[number].shutdown(socket.SHUT_WR)
    closed = closing_times(connections, FIRST_BYTES_SECONDS / 2)
    used = cpu_seconds(server.pid) - before
    for sock in connections.values():
        sock.close()
    assert len(closed) == len(connections), f"{len(connections) - len(closed)} are still open"
    assert used < 0.5, f"{used:.1f} s of processor time for {len(connections)} connections"


def test_connections_that_never_call_do_not_keep_the_owner_out_of_grpc(server):
    """More of them than there are places; and they leave one line in the log, not one each."""
    crowd = [socket.create_connection((server.host, server.port)) for _ in range(300)]
    for sock in crowd:
        sock.sendall(PREFACE + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        assert sock.recv(1), "not taken for HTTP/2"
    with server.grpc() as owner:
        assert "version" in owner.call("SystemService.GetSystem")
    for sock in crowd:
        sock.close()
    assert server.log().count("grpc_connections_full") == 1
    assert "task_failed" not in server.log()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.mark.parametrize("how", ["reset", "half request", "after a request"])
def test_clients_that_vanish_leave_nothing_behind(server, how):
    before = server.open_files()
    for _ in range(100):
        connection = RawConnection(server.address)
        if how == "half request":
            connection.send(b"GET / HT")
        elif how == "after a request":
            connection.send(request("GET", "/openapi.json", server.address))
        if how == "reset":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    until(lambda: server.open_files() <= before + 3, 15, "the descriptors to come back")
    server.rest.get("/api/v1/system").ok()
