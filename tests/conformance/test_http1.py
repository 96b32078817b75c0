"""HTTP/1.1 on the shared port, byte by byte: RFC 9110 and RFC 9112, and every shape that smuggling is made of (C9)."""

import gzip
import json
import socket
import time

import pytest

from support.raw_http import RawConnection, exchange, request

OK = {200}
BAD = {400}


class Wire:
    """Makes raw requests to one server."""

    def __init__(self, server):
        self.server = server
        self.address = server.address
        self.auth = ("Authorization", f"Bearer {server.token}")

    def get(self, target="/api/v1/system", headers=(), version="HTTP/1.1"):
        return request("GET", target, self.address, [self.auth, *headers], version=version)

    def post(self, body, target="/api/v1/bots", headers=()):
        return request("POST", target, self.address, [self.auth, ("Content-Type", "application/json"), *headers], body)

    def head(self, target="/api/v1/bots", method="POST", lines=()):
        """The beginning of a request whose framing lines the test writes itself."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.address}", ": ".join(self.auth),
                 "Content-Type: application/json", *lines]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n"


@pytest.fixture
def wire(server):
    return Wire(server)


# A body that would make a bot, if it were ever taken for one.
BODY = b'{"name": "smuggled"}'
CHUNKED = b"14\r\n" + BODY + b"\r\n0\r\n\r\n"

# Framing that two programs could read differently. Each is sent as the head of a POST, followed by what would be its
# body and by a second request: the answer is 400, the connection ends, and the second request is never answered.
FRAMING = {
    "length and chunked": (["Content-Length: 20", "Transfer-Encoding: chunked"], CHUNKED),
    "chunked and length": (["Transfer-Encoding: chunked", "Content-Length: 20"], CHUNKED),
    "chunked and length 0": (["Transfer-Encoding: chunked", "Content-Length: 0"], CHUNKED),
    "two lengths": (["Content-Length: 20", "Content-Length: 0"], BODY),
    "two lengths, the other way": (["Content-Length: 0", "Content-Length: 20"], BODY),
    "the same length twice": (["Content-Length: 20", "Content-Length: 20"], BODY),
    "a list of lengths": (["Content-Length: 20, 20"], BODY),
    "a length with a plus": (["Content-Length: +20"], BODY),
    "a negative length": (["Content-Length: -20"], BODY),
    "a hexadecimal length": (["Content-Length: 0x14"], BODY),
    "a length with a blank inside": (["Content-Length: 2 0"], BODY),
    "a length with letters": (["Content-Length: 20abc"], BODY),
    "a length with a fraction": (["Content-Length: 20.0"], BODY),
    "an empty length": (["Content-Length: "], BODY),
    "a length over 64 bits": (["Content-Length: 18446744073709551636"], BODY),
    "a length in other digits": (["Content-Length: \xb2\xb0"], BODY),
    "an unknown coding": (["Transfer-Encoding: xchunked"], CHUNKED),
    "identity": (["Transfer-Encoding: identity"], BODY),
    "chunked not last": (["Transfer-Encoding: chunked, identity"], CHUNKED),
    "chunked twice": (["Transfer-Encoding: chunked, chunked"], CHUNKED),
    "chunked in two fields": (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], CHUNKED),
    "chunked and another in two fields": (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED),
    "chunked behind a vertical tab": (["Transfer-Encoding: \x0bchunked"], CHUNKED),
    "chunked in quotes": (['Transfer-Encoding: "chunked"'], CHUNKED),
    "chunked with a parameter": (["Transfer-Encoding: chunked;q=1"], CHUNKED),
    "chunked with a comma": (["Transfer-Encoding: chunked,"], CHUNKED),
    "an empty coding": (["Transfer-Encoding: "], CHUNKED),
    "gzip and chunked": (["Transfer-Encoding: gzip, chunked"], CHUNKED),
    "a blank before the colon": (["Transfer-Encoding : chunked"], CHUNKED),
    "a blank before the colon of the length": (["Content-Length : 20"], BODY),
    "a folded line": (["Transfer-Encoding:", " chunked"], CHUNKED),
    "a folded line with a tab": (["X-Fold: a", "\tContent-Length: 20"], BODY),
    "a folded length": (["Content-Length: 2", " 0"], BODY),
    "a bare line feed between fields": (["X-Bare: a\nTransfer-Encoding: chunked"], CHUNKED),
    "a bare carriage return in a field": (["X-Bare: a\rTransfer-Encoding: chunked"], CHUNKED),
    "a NUL in a value": (["X-Nul: a\x00b", "Content-Length: 20"], BODY),
    "a NUL in a name": (["X-N\x00ul: a", "Content-Length: 20"], BODY),
    "a control character in a value": (["X-Control: a\x01b", "Content-Length: 20"], BODY),
    "a delete character in a value": (["X-Control: a\x7fb", "Content-Length: 20"], BODY),
    "an empty name": ([": empty", "Content-Length: 20"], BODY),
    "a line without a colon": (["no colon", "Content-Length: 20"], BODY),
    "a name with a separator": (["Content(Length: 20", "Content-Length: 20"], BODY),
    "a name with a high byte": (["X-\xe9: 20", "Content-Length: 20"], BODY),
}

CHUNKS = {
    "a size of letters": b"xyz\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a negative size": b"-14\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a size with a prefix": b"0x14\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a size with a blank before": b" 14\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a size with a plus": b"+14\r\n" + BODY + b"\r\n0\r\n\r\n",
    "an empty size": b"\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a size over 64 bits": b"10000000000000014\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a bare line feed behind the size": b"14\n" + BODY + b"\r\n0\r\n\r\n",
    "a bare line feed behind the data": b"14\r\n" + BODY + b"\n0\r\n\r\n",
    "data longer than its size": b"13\r\n" + BODY + b"\r\n0\r\n\r\n",
    "data shorter than its size": b"15\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a NUL in an extension": b"14;a=\x00\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a bare line feed in an extension": b"14;a=b\nc\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a trailer with a bare line feed": b"14\r\n" + BODY + b"\r\n0\r\nX: a\nY: b\r\n\r\n",
    "a trailer without a colon": b"14\r\n" + BODY + b"\r\n0\r\nnothing\r\n\r\n",
}

START_LINES = {
    "no version": b"GET /api/v1/system\r\n",
    "version 0.9": b"GET /api/v1/system HTTP/0.9\r\n",
    "version 1.2 in words": b"GET /api/v1/system HTTP/1.two\r\n",
    "version 2.0": b"GET /api/v1/system HTTP/2.0\r\n",
    "version 3": b"GET /api/v1/system HTTP/3\r\n",
    "version in lower case": b"GET /api/v1/system http/1.1\r\n",
    "version with more behind": b"GET /api/v1/system HTTP/1.1x\r\n",
    "version with a long number": b"GET /api/v1/system HTTP/1.10\r\n",
    "another protocol": b"GET /api/v1/system RTSP/1.0\r\n",
    "a blank in the target": b"GET /api/v1/ system HTTP/1.1\r\n",
    "two blanks": b"GET  /api/v1/system HTTP/1.1\r\n",
    "a tab": b"GET\t/api/v1/system\tHTTP/1.1\r\n",
    "a blank before the method": b" GET /api/v1/system HTTP/1.1\r\n",
    "a separator in the method": b"G(T /api/v1/system HTTP/1.1\r\n",
    "a NUL in the target": b"GET /api/v1/system\x00 HTTP/1.1\r\n",
    "a high byte in the target": b"GET /api/v1/\xff HTTP/1.1\r\n",
    "a bare line feed": b"GET /api/v1/system HTTP/1.1\n",
    "a bare carriage return": b"GET /api/v1/system\rX: HTTP/1.1\r\n",
    "a target without a slash": b"GET api/v1/system HTTP/1.1\r\n",
    "only blanks": b"   \r\n",
    "binary": b"\x00\x01\x02\x03\r\n",
}


@pytest.fixture(scope="module", autouse=True)
def nothing_was_smuggled(server):
    """After all tests of this file: none of the refused bodies has made its bot."""
    yield
    server.rest.get("/api/v1/bots/smuggled").problem(404, "not_found")


def assert_refused(answers, statuses=BAD):
    """One answer, a proper problem, and nothing behind it."""
    assert [a.status for a in answers] and len(answers) == 1, [(a.status, a.body[:100]) for a in answers]
    assert answers[0].status in statuses, answers[0]
    assert answers[0].header("connection") == "close"
    problem = json.loads(answers[0].body)
    assert problem["status"] == answers[0].status and problem["detail"].endswith(".")


@pytest.mark.parametrize("name", FRAMING)
def test_ambiguous_framing_is_refused_and_nothing_behind_it_is_answered(wire, name):
    lines, body = FRAMING[name]
    statuses = {400, 501} if name in ("an unknown coding", "gzip and chunked", "identity") else BAD
    assert_refused(exchange(wire.address, wire.head(lines=lines) + b"\r\n" + body + wire.get()), statuses)


@pytest.mark.parametrize("name", CHUNKS)
def test_a_malformed_chunk_is_refused_and_nothing_behind_it_is_answered(wire, name):
    data = wire.head(lines=["Transfer-Encoding: chunked"]) + b"\r\n" + CHUNKS[name] + wire.get()
    assert_refused(exchange(wire.address, data))


@pytest.mark.parametrize("name", START_LINES)
def test_a_malformed_start_line_is_refused_and_nothing_behind_it_is_answered(wire, name):
    rest = f"Host: {wire.address}\r\n{': '.join(wire.auth)}\r\n\r\n".encode()
    answers = exchange(wire.address, START_LINES[name] + rest + wire.get())
    assert_refused(answers, {400, 505})


def test_a_first_line_that_is_folded_is_refused(wire):
    data = f"GET /api/v1/system HTTP/1.1\r\n X: y\r\nHost: {wire.address}\r\n\r\n".encode()
    assert_refused(exchange(wire.address, data + wire.get()))


def test_chunked_in_http_1_0_is_refused(wire):
    data = f"POST /api/v1/bots HTTP/1.0\r\nHost: {wire.address}\r\n{': '.join(wire.auth)}\r\n" \
           "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + CHUNKED
    assert_refused(exchange(wire.address, data + wire.get()))


@pytest.mark.parametrize("target", ["http://evil.test/api/v1/system", "https://evil.test/", "http://evil.test:80",
                                    "http://127.0.0.1.nip.io/api/v1/system"])
def test_an_absolute_target_of_another_host_is_refused(wire, target):
    """RFC 9112, 3.2.2: the target's host counts, whatever the Host field says."""
    answers = exchange(wire.address, wire.get(target, [("Connection", "close")]))
    assert [a.status for a in answers] in ([400], [403]), answers


def test_an_absolute_target_of_this_host_is_served(wire):
    answers = exchange(wire.address, wire.get(f"http://{wire.address}/api/v1/system", [("Connection", "close")]))
    assert [a.status for a in answers] == [200]


@pytest.mark.parametrize("line", ["CONNECT evil.test:443 HTTP/1.1", "CONNECT 127.0.0.1:80 HTTP/1.1"])
def test_it_is_no_proxy(wire, line):
    data = f"{line}\r\nHost: {wire.address}\r\n{': '.join(wire.auth)}\r\n\r\n".encode()
    with RawConnection(wire.address) as connection:
        connection.send(data)
        assert connection.answer().status in (400, 403, 404, 405, 501)


@pytest.mark.parametrize("upgrade, more", [
    ("h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), ("websocket", "Sec-WebSocket-Version: 13\r\n"),
    ("TLS/1.0", ""), ("foo", ""),
])
def test_no_upgrade_is_made(wire, upgrade, more):
    """h2c by upgrade is how requests get past a proxy's rules; the preface is the only way to HTTP/2 here."""
    data = wire.get()[:-2] + f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n{more}\r\n".encode()
    with RawConnection(wire.address) as connection:
        connection.send(data)
        first = connection.answer()
        assert first.status in (200, 400, 426, 501)
        if first.header("connection") == "close":
            assert connection.answers_until_closed() == []
            return
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        assert_refused(connection.answers_until_closed(), {400, 505})


# --- limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields, status", [
    ([("X-Big", "x" * 20000)], 431),
    ([(f"X-{i}", "y" * 200) for i in range(90)], 431),
    ([(f"X-{i}", "") for i in range(200)], 431),
    ([("X-" + "n" * 20000, "x")], 431),
])
def test_a_header_flood_is_refused(wire, fields, status):
    assert_refused(exchange(wire.address, wire.get(headers=fields) + wire.get()), {status})


def test_an_endless_header_is_refused_while_it_is_sent(wire):
    """Nobody waits for its end."""
    with RawConnection(wire.address) as connection:
        connection.send(f"GET / HTTP/1.1\r\nHost: {wire.address}\r\nX: ".encode() + b"x" * 200_000)
        assert_refused(connection.answers_until_closed(), {431})


@pytest.mark.parametrize("length", [9000, 100_000])
def test_a_target_over_the_limit_is_414(wire, length):
    assert_refused(exchange(wire.address, wire.get("/" + "a" * length) + wire.get()), {414, 431})


def test_a_target_within_the_limit_is_judged_by_itself(wire):
    with RawConnection(wire.address) as connection:
        connection.send(wire.get("/" + "a" * 7000))
        assert connection.answer().status == 404


def test_a_body_over_the_limit_is_413_before_it_is_sent(wire):
    data = wire.head(lines=["Content-Length: 104857600"]) + b"\r\n"
    assert_refused(exchange(wire.address, data), {413})


def test_a_body_over_the_limit_is_413_and_nothing_behind_it_is_answered(wire):
    body = b'{"name": "' + b"x" * (2 << 20) + b'"}'
    assert_refused(exchange(wire.address, wire.post(body) + wire.get()), {413})


def test_chunks_over_the_limit_are_413_while_they_are_sent(wire):
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(lines=["Transfer-Encoding: chunked"]) + b"\r\n")
        connection.send(chunk * 64)
        assert_refused(connection.answers_until_closed(), {413})


@pytest.mark.parametrize("tail", [b"0\r\n" + b"X: y\r\n" * 20000 + b"\r\n", b"1;" + b"e" * 100_000 + b"\r\n"])
def test_endless_trailers_and_extensions_are_refused(wire, tail):
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(lines=["Transfer-Encoding: chunked"]) + b"\r\n" + tail)
        assert_refused(connection.answers_until_closed(), {400, 413, 431})


# --- what must work ----------------------------------------------------------------------------------------------


def test_pipelined_requests_are_answered_in_order(wire, fresh):
    names = [fresh("pipe") for _ in range(8)]
    data = b"".join(wire.post(json.dumps({"name": n}).encode()) + wire.get(f"/api/v1/bots/{n}") for n in names)
    with RawConnection(wire.address) as connection:
        connection.send(data)
        answers = [connection.answer() for _ in range(16)]
    assert all(a.status in (200, 201) for a in answers)
    assert [json.loads(a.body)["name"] for a in answers] == [n for name in names for n in (name, name)]


def test_a_pipelined_request_behind_a_refused_one_is_never_answered(wire, fresh):
    name = fresh("behind")
    data = wire.get() + wire.head(lines=["Content-Length: x"]) + b"\r\n" + \
        wire.post(json.dumps({"name": name}).encode())
    answers = exchange(wire.address, data)
    assert [a.status for a in answers] == [200, 400]
    wire.server.rest.get(f"/api/v1/bots/{name}").problem(404)


def test_a_request_error_keeps_the_connection(wire):
    """A 4xx of the application is no reason to close."""
    with RawConnection(wire.address) as connection:
        for target, status in (("/api/v1/bots/nobody", 404), ("/api/v1/system", 200), ("/nothing", 404)) * 3:
            connection.send(wire.get(target))
            assert connection.answer().status == status


def test_keep_alive_and_close_as_they_are_asked_for(wire):
    with RawConnection(wire.address) as connection:
        for _ in range(3):
            connection.send(wire.get())
            assert connection.answer().header("connection", "keep-alive").lower() == "keep-alive"
        connection.send(wire.get(headers=[("Connection", "close")]))
        answers = connection.answers_until_closed()
        assert [a.status for a in answers] == [200] and answers[0].header("connection") == "close"


def test_http_1_0_is_answered_and_closed(wire):
    answers = exchange(wire.address, wire.get(version="HTTP/1.0"))
    assert [a.status for a in answers] == [200]
    assert answers[0].header("transfer-encoding") is None


def test_http_1_0_with_keep_alive_may_be_kept(wire):
    with RawConnection(wire.address) as connection:
        connection.send(wire.get(version="HTTP/1.0", headers=[("Connection", "keep-alive")]))
        answer = connection.answer()
        assert answer.status == 200
        if (answer.header("connection") or "").lower() == "keep-alive":
            connection.send(wire.get())
            assert connection.answer().status == 200


def test_head_has_the_headers_of_get_and_no_body(wire):
    with RawConnection(wire.address) as connection:
        connection.send(wire.get("/api/v1/models"))
        get = connection.answer()
        connection.send(request("HEAD", "/api/v1/models", wire.address, [wire.auth]) + wire.get())
        head = connection.answer(head_only=True)
        assert head.status == 200 and head.body == b""
        assert head.header("content-length") == get.header("content-length")
        assert head.header("content-type") == get.header("content-type")
        assert connection.answer().status == 200  # the connection is still in step
        connection.send(request("HEAD", "/api/v1/bots/nobody", wire.address, [wire.auth]) + wire.get())
        assert connection.answer(head_only=True).status == 404
        assert connection.answer().status == 200


def test_a_chunked_body_is_put_together(wire, fresh):
    name = fresh("chunks")
    body = json.dumps({"name": name}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(lines=["Transfer-Encoding: chunked"]) + b"\r\n" + chunks + wire.get())
        assert json.loads(connection.answer().body)["name"] == name
        assert connection.answer().status == 200


@pytest.mark.parametrize("spelling", [
    b"%x;name=value\r\n%s\r\n0\r\n\r\n", b"%x ;name=\"quoted\"\r\n%s\r\n0\r\n\r\n", b"0000%x\r\n%s\r\n000\r\n\r\n",
    b"%x\r\n%s\r\n0\r\nX-Trailer: kept out\r\n\r\n", b"%X\r\n%s\r\n0;last\r\n\r\n",
    b"%x\r\n%s\r\n0\r\nHost: evil.test\r\nAuthorization: Bearer wrong\r\nContent-Length: 5\r\n\r\n",
])
def test_chunks_may_be_spelled_in_many_ways(wire, fresh, spelling):
    name = fresh("spelled")
    body = json.dumps({"name": name}).encode()
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(lines=["Transfer-Encoding: Chunked"]) + b"\r\n" + spelling % (len(body), body))
        connection.send(wire.get())
        first = connection.answer()
        if b" ;" in spelling and first.status == 400:
            return  # RFC 9112, 7.1.1: a blank there is bad whitespace, which may be refused
        assert json.loads(first.body).get("name") == name, first
        assert connection.answer().status == 200


def test_a_request_split_at_every_byte_is_the_same_request(wire, fresh):
    """Each split on a connection of its own; all at once, so that it takes no time."""
    name = fresh("split")
    body = json.dumps({"name": name, "idempotency_key": name}).encode()
    data = wire.head(lines=["Transfer-Encoding: chunked"]) + b"\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answers = set()
    for start in range(1, len(data), 50):
        connections = [(RawConnection(wire.address), at) for at in range(start, min(start + 50, len(data)))]
        for connection, at in connections:
            connection.send(data[:at])
        for connection, at in connections:
            connection.send(data[at:])
        for connection, _ in connections:
            answer = connection.answer()
            answers.add((answer.status, answer.body))
            connection.close()
    assert len(answers) == 1 and next(iter(answers))[0] in (200, 201), answers


def test_a_request_byte_by_byte(wire):
    with RawConnection(wire.address) as connection:
        for byte in wire.get():
            connection.send(bytes([byte]))
        assert connection.answer().status == 200


def test_empty_lines_before_a_request_are_ignored(wire):
    """RFC 9112, 2.2: at least one."""
    with RawConnection(wire.address) as connection:
        connection.send(b"\r\n" + wire.get())
        assert connection.answer().status == 200


def test_expect_100_continue_is_answered_before_the_body(wire, fresh):
    body = json.dumps({"name": fresh("expect")}).encode()
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(lines=[f"Content-Length: {len(body)}", "Expect: 100-continue"]) + b"\r\n")
        assert connection.answer().status == 100
        connection.send(body)
        assert connection.answer().status in (200, 201)


@pytest.mark.parametrize("target, lines, status", [
    ("/api/v1/bots", ["Content-Length: 99999999"], 413), ("/nothing", ["Content-Length: 20"], 404),
    ("/api/v1/bots", ["Content-Length: 20", "Origin: https://evil.test"], 403),
])
def test_a_request_that_is_refused_anyway_is_not_told_to_continue(wire, target, lines, status):
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(target, lines=[*lines, "Expect: 100-continue"]) + b"\r\n")
        assert connection.answer().status == status


def test_an_unknown_expectation_is_417(wire):
    with RawConnection(wire.address) as connection:
        connection.send(wire.get(headers=[("Expect", "200-maybe")]))
        assert connection.answer().status == 417


@pytest.mark.parametrize("accepts, zipped", [
    ("gzip", True), ("deflate, gzip;q=0.5", True), ("*", None), ("gzip;q=0", False), ("identity", False), ("br", False),
    ("*;q=0", False), ("", False),
])
def test_answers_are_zipped_for_who_asks(wire, accepts, zipped):
    with RawConnection(wire.address) as connection:
        connection.send(request("GET", "/openapi.json", wire.address, [("Accept-Encoding", accepts)]))
        answer = connection.answer()
        plain = RawConnection(wire.address)
        plain.send(request("GET", "/openapi.json", wire.address))
        whole = plain.answer().body
        plain.close()
        got = answer.header("content-encoding") == "gzip"
        assert zipped is None or got == zipped
        assert (gzip.decompress(answer.body) if got else answer.body) == whole
        assert "accept-encoding" in (answer.header("vary") or "").lower()


def test_a_zipped_body_is_refused_rather_than_misread(wire, fresh):
    name = fresh("zip")
    answer = wire.server.rest.call("POST", "/api/v1/bots", gzip.compress(json.dumps({"name": name}).encode()),
                                   {"Content-Encoding": "gzip"})
    answer.problem(415)


def test_options_star_is_answered(wire):
    with RawConnection(wire.address) as connection:
        connection.send(request("OPTIONS", "*", wire.address, [wire.auth]))
        assert connection.answer().status in (200, 204, 400, 404, 405)


def test_grpc_over_http_1_gets_a_clear_answer(wire):
    data = request("POST", "/boternity.v1.BotService/ListBots", wire.address,
                   [wire.auth, ("Content-Type", "application/grpc"), ("TE", "trailers")], b"\0\0\0\0\0")
    with RawConnection(wire.address) as connection:
        connection.send(data)
        answer = connection.answer()
        assert answer.status in (400, 404, 415, 426, 505)
        assert b"HTTP/2" in answer.body


def test_a_half_closed_client_still_gets_its_answer(wire):
    with RawConnection(wire.address) as connection:
        connection.send(wire.get())
        connection.socket.shutdown(socket.SHUT_WR)
        assert [a.status for a in connection.answers_until_closed()] == [200]


def test_a_body_that_ends_too_early_makes_nothing(wire, fresh):
    name = fresh("early")
    with RawConnection(wire.address) as connection:
        connection.send(wire.head(lines=["Content-Length: 100"]) + b"\r\n" + json.dumps({"name": name}).encode())
        connection.socket.shutdown(socket.SHUT_WR)
        connection.answers_until_closed()
    wire.server.rest.get(f"/api/v1/bots/{name}").problem(404)


def test_dates_and_lengths_are_right(wire):
    with RawConnection(wire.address) as connection:
        connection.send(wire.get())
        answer = connection.answer()
    date = answer.header("date")
    if date is not None:
        told = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        assert abs(told - time.time()) < 5
    assert answer.header("content-type").split(";")[0] == "application/json"
