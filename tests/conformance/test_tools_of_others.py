"""Other people's clients on the one port: curl, grpcurl, httpx, and h2 by hand."""

import json
import shutil
import socket
import subprocess

import h2.config
import h2.connection
import h2.events
import httpx
import pytest

from support.contract import OPERATIONS, PACKAGE


def needs(tool):
    path = shutil.which(tool)
    assert path, f"{tool} is not installed; run tools/setup --tests"
    return path


def grpcurl(server, *words, token=True, data=None):
    headers = ["-H", f"authorization: Bearer {server.token}"] if token else []
    return subprocess.run([needs("grpcurl"), "-plaintext", *headers, *(["-d", json.dumps(data)] if data is not None else []),
                           server.address, *words], capture_output=True, text=True, timeout=30)


def test_grpcurl_lists_and_describes_every_service(server):
    listed = grpcurl(server, "list")
    assert listed.returncode == 0, listed.stderr
    assert {f"{PACKAGE}.{o.service}" for o in OPERATIONS} <= set(listed.stdout.split())
    described = grpcurl(server, "describe", f"{PACKAGE}.BotService")
    assert "rpc CreateBot" in described.stdout, described.stderr


def test_grpcurl_calls_and_streams(server, rest, session, fresh):
    name = fresh("grpcurl")
    made = grpcurl(server, f"{PACKAGE}.BotService/CreateBot", data={"name": name})
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["id"] == rest.get(f"/api/v1/bots/{name}").ok()["id"]
    streamed = grpcurl(server, f"{PACKAGE}.SessionService/StreamMessage", data={"session": session, "text": "hi"})
    assert streamed.returncode == 0, streamed.stderr
    assert '"completed"' in streamed.stdout and "You" in streamed.stdout


def test_grpcurl_shows_errors_with_their_details(server):
    failed = grpcurl(server, f"{PACKAGE}.BotService/CreateBot", data={})
    assert "InvalidArgument" in failed.stderr and "google.rpc.BadRequest" in failed.stderr
    assert "name must not be empty" in failed.stderr
    refused = grpcurl(server, f"{PACKAGE}.BotService/ListBots", token=False)
    assert refused.returncode != 0 and "Unauthenticated" in refused.stderr


def curl(server, *words):
    return subprocess.run([needs("curl"), "-sS", "--noproxy", "*", "-m", "20", "-H", f"Authorization: Bearer {server.token}",
                           *words], capture_output=True, text=True, timeout=30)


def test_curl_over_http_1_and_compressed(server):
    for options in ([], ["--http1.0"], ["--compressed"], ["-H", "Connection: close"]):
        got = curl(server, "-f", *options, f"http://{server.address}/api/v1/system")
        assert got.returncode == 0, got.stderr
        assert json.loads(got.stdout)["health"] == "ready"


def test_curl_streams_a_turn(server, session):
    got = curl(server, "-fN", "-H", "Accept: text/event-stream", "-H", "Content-Type: application/json",
               f"http://{server.address}/api/v1/sessions/{session}/messages", "-d", '{"text": "hi"}')
    assert got.returncode == 0, got.stderr
    assert "event: started" in got.stdout and "event: completed" in got.stdout


def test_curl_sends_a_large_body_with_expect(server, rest, fresh):
    """curl asks with Expect: 100-continue before it sends a large body."""
    name = fresh("large")
    body = json.dumps({"name": name, "soul": "s" * 200_000})
    got = subprocess.run([needs("curl"), "-sS", "-f", "--noproxy", "*", "-m", "20", "-H", f"Authorization: Bearer {server.token}",
                          "-H", "Content-Type: application/json", "-H", "Expect: 100-continue", "--data-binary", "@-",
                          f"http://{server.address}/api/v1/bots"], input=body, capture_output=True, text=True, timeout=30)
    assert got.returncode == 0, got.stderr
    assert rest.get(f"/api/v1/bots/{name}/souls/1").ok()["size_bytes"] == 200_000


def test_curl_over_http_2_gets_a_clear_answer_instead_of_a_hang(server):
    """REST over HTTP/2 is not offered: whatever comes says so quickly."""
    got = curl(server, "--http2-prior-knowledge", "-w", "%{http_code}", f"http://{server.address}/api/v1/system")
    assert got.returncode != 28, "it hangs"


def test_curl_that_offers_an_upgrade_to_http_2_is_served_over_http_1(server):
    got = curl(server, "--http2", "-w", "\n%{http_code} %{http_version}", f"http://{server.address}/api/v1/system")
    assert got.stdout.splitlines()[-1] in ("200 1.1", "400 1.1"), got.stdout + got.stderr


def test_httpx_keeps_its_connections(server):
    with httpx.Client(base_url=f"http://{server.address}", headers={"Authorization": f"Bearer {server.token}"},
                      trust_env=False) as client:
        for _ in range(50):
            assert client.get("/api/v1/system").status_code == 200
        assert client.post("/api/v1/bots", json={}).status_code == 400
        with client.stream("GET", "/openapi.json") as answer:
            assert json.loads(answer.read())["openapi"]


class Http2:
    """HTTP/2 by hand: one request, and how it ends."""

    def __init__(self, server):
        self.socket = socket.create_connection((server.host, server.port), timeout=15)
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8",
                                                                              validate_outbound_headers=False))
        self.connection.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def request(self, headers, body=b""):
        """The answer's headers or trailers merged, or what ended the stream or connection instead."""
        stream = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream, headers, end_stream=not body)
        if body:
            self.connection.send_data(stream, body, end_stream=True)
        self.flush()
        got = {}
        while True:
            data = self.socket.recv(65536)
            if not data:
                return {**got, "ended": "connection"}
            for event in self.connection.receive_data(data):
                if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                    got.update({k: v for k, v in event.headers})
                elif isinstance(event, h2.events.StreamReset):
                    return {**got, "ended": "reset"}
                elif isinstance(event, h2.events.StreamEnded):
                    return {**got, "ended": "stream"}
                elif isinstance(event, h2.events.ConnectionTerminated):
                    return {**got, "ended": "goaway"}
            self.flush()


def grpc_headers(server, **changes):
    headers = {":method": "POST", ":scheme": "http", ":path": "/boternity.v1.BotService/ListBots",
               ":authority": server.address, "content-type": "application/grpc", "te": "trailers",
               "authorization": f"Bearer {server.token}"}
    headers.update({name.replace("_", "-") if not name.startswith("_") else ":" + name[1:]: value
                    for name, value in changes.items()})
    return [(name, value) for name, value in headers.items() if value is not None]


EMPTY = b"\0\0\0\0\0"


def test_grpc_by_hand(server):
    got = Http2(server).request(grpc_headers(server), EMPTY)
    assert (got[":status"], got["grpc-status"]) == ("200", "0")


@pytest.mark.parametrize("authority", ["evil.test", "127.0.0.1.nip.io", "localhost.", None, ""])
def test_an_authority_that_is_not_ours_is_refused(server, authority):
    got = Http2(server).request(grpc_headers(server, _authority=authority), EMPTY)
    assert got.get("grpc-status") != "0", got


def test_a_host_field_next_to_the_authority_does_not_win(server):
    got = Http2(server).request([*grpc_headers(server), ("host", "evil.test")], EMPTY)
    assert got.get("grpc-status", "7") in ("0", "7")
    got = Http2(server).request([*grpc_headers(server, _authority="evil.test"), ("host", server.address)], EMPTY)
    assert got.get("grpc-status") != "0", got


@pytest.mark.parametrize("changes, body", [
    ({"content_type": "application/json"}, b"{}"), ({"content_type": None}, b""), ({"_method": "GET", "te": None,
                                                                                    "content_type": None}, b""),
    ({"_path": "/api/v1/system", "_method": "GET", "content_type": None, "te": None}, b""),
    ({"_path": "/healthz", "_method": "GET", "content_type": None, "te": None}, b""),
])
def test_http_2_that_is_not_grpc_is_answered_and_does_not_hang(server, changes, body):
    got = Http2(server).request(grpc_headers(server, **changes), body)
    assert got["ended"] in ("stream", "reset", "goaway", "connection")
    assert got.get("grpc-status") != "0"
