"""HTTP/1.1 as bytes: what no well-behaved client library would send, and exactly what comes back."""

import dataclasses
import socket
import time


@dataclasses.dataclass
class RawAnswer:
    status: int
    version: str
    headers: list  # (name in lower case, value)
    body: bytes

    def header(self, name, default=None):
        found = [v for n, v in self.headers if n == name.lower()]
        assert len(found) <= 1, f"{name} came {len(found)} times"
        return found[0] if found else default


class Incomplete(Exception):
    """More bytes are needed."""


def parse_answer(data, head_only=False):
    """The first answer in `data` and the bytes behind it; Incomplete when it is not all there."""
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator:
        raise Incomplete
    lines = head.decode("latin-1").split("\r\n")
    version, status, *_ = lines[0].split(" ", 2)
    assert version in ("HTTP/1.1", "HTTP/1.0"), data[:80]
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        assert colon and name == name.strip(), f"a malformed header came: {line!r}"
        headers.append((name.lower(), value.strip()))
    answer = RawAnswer(int(status), version, headers, b"")
    if head_only or answer.status in (204, 304) or 100 <= answer.status < 200:
        return answer, rest
    if answer.header("transfer-encoding"):
        assert answer.header("content-length") is None, "both lengths came"
        while True:
            line, separator, rest = rest.partition(b"\r\n")
            if not separator:
                raise Incomplete
            size = int(line.split(b";")[0], 16)
            if len(rest) < size + 2:
                raise Incomplete
            answer.body += rest[:size]
            assert rest[size:size + 2] == b"\r\n"
            rest = rest[size + 2:]
            if size == 0:
                return answer, rest
    length = answer.header("content-length")
    assert length is not None, f"an answer without a length came: {head!r}"
    if len(rest) < int(length):
        raise Incomplete
    answer.body = rest[:int(length)]
    return answer, rest[int(length):]


class RawConnection:
    """One TCP connection."""

    def __init__(self, address, timeout=15.0):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.timeout = timeout
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends; a connection that the server has already closed is no error, its answer still counts."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def read_more(self):
        """False at the end of the connection. A reset counts as one."""
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.data += more
        return bool(more)

    def answer(self, head_only=False):
        """The next answer."""
        while True:
            try:
                found, self.data = parse_answer(self.data, head_only)
                return found
            except Incomplete:
                if not self.read_more():
                    raise AssertionError(f"the connection ended instead of an answer: {self.data!r}") from None

    def answers_until_closed(self):
        """Every answer, and that the server closes the connection behind the last."""
        deadline = time.monotonic() + self.timeout
        while True:
            assert time.monotonic() < deadline, "the server keeps the connection open"
            try:
                if not self.read_more():
                    break
            except TimeoutError:
                raise AssertionError(f"the server keeps the connection open; it said {self.data[:500]!r}") from None
        found = []
        while self.data:
            answer, self.data = parse_answer(self.data)
            found.append(answer)
        return found

    def is_closed(self, seconds):
        """Whether the server closes the connection within that time, whatever it says before."""
        self.socket.settimeout(seconds)
        try:
            while self.read_more():
                pass
            return True
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(self.timeout)


def exchange(address, data, timeout=15.0):
    """Sends all of `data` on a new connection, then reads to the end that the server must make."""
    with RawConnection(address, timeout) as connection:
        connection.send(data)
        return connection.answers_until_closed()


def request(method, target, host, headers=(), body=b"", version="HTTP/1.1"):
    """The bytes of a plain request; `headers` are (name, value) pairs."""
    lines = [f"{method} {target} {version}", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
