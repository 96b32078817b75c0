"""What a web page could do to a server on the same machine: rebinding, foreign origins, simple requests. A4, A5, A6."""

import grpc
import pytest

from support.contract import OPERATIONS
from support.grpc_client import Grpc
from support.raw_http import RawConnection
from support.rest import Rest
from support.samples import over_rest, sample

FOREIGN_HOSTS = ["evil.test", "evil.test:{port}", "127.0.0.1.nip.io", "127.0.0.1.nip.io:{port}", "localhost.evil.test",
                 "127.0.0.1.", "localhost.:{port}", "127.0.0.1:{other}", "127.0.0.1@evil.test", "evil.test#127.0.0.1",
                 "0.0.0.0:{port}", "127.1:{port}", "2130706433:{port}", "[::ffff:127.0.0.1]:{port}", "127.0.0.1:{port}x",
                 "xn--localhost", "LOCALHOST.EVIL.TEST:{port}", "10.0.0.1:{port}"]
OWN_HOSTS = ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"]
FOREIGN_ORIGINS = ["https://evil.test", "null", "https://localhost.evil.test", "http://127.0.0.1.nip.io",
                   "http://evil.test:{port}", "http://127.0.0.1:{other}", "file://", "chrome-extension://abc"]


def fill(text, server):
    return text.format(port=server.port, other=server.port ^ 1)


def get(server, host, path="/api/v1/bots", headers=""):
    """A GET with exactly these Host lines."""
    hosts = "".join(f"Host: {h}\r\n" for h in host)
    with RawConnection(server.address) as connection:
        connection.send(f"GET {path} HTTP/1.1\r\n{hosts}Authorization: Bearer {server.token}\r\n{headers}\r\n".encode())
        return connection.answer()


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", ["/api/v1/bots", "/healthz", "/openapi.json", "/api/v1/nothing"])
def test_a_foreign_host_is_refused_everywhere(server, host, path):
    answer = get(server, [fill(host, server)], path)
    assert answer.status in (400, 403), answer
    assert b'"bots"' not in answer.body


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_the_servers_own_names_are_let_in(server, host):
    assert get(server, [fill(host, server)]).status == 200


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1:{port}", "127.0.0.1:{port}"], ["127.0.0.1:{port}", "evil.test"],
                                   ["evil.test", "127.0.0.1:{port}"], [""]])
def test_no_host_or_two_are_refused(server, hosts):
    assert get(server, [fill(h, server) for h in hosts]).status in (400, 403)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host", "X-Http-Host-Override"])
def test_no_other_header_stands_in_for_the_host(server, header):
    assert get(server, ["evil.test"], headers=f"{header}: 127.0.0.1:{server.port}\r\n").status == 403
    assert get(server, [server.address], headers=f"{header}: evil.test\r\n").status == 200


def test_a_refused_host_says_why(server):
    answer = get(server, ["evil.test"])
    assert answer.status == 403 and b"permission_denied" in answer.body and b"Host" in answer.body


@pytest.mark.parametrize("authority", FOREIGN_HOSTS)
def test_a_foreign_authority_over_grpc_is_refused(server, authority):
    with Grpc(server.address, server.token, options=[("grpc.default_authority", fill(authority, server))]) as channel:
        try:
            code = channel.code_of("BotService.ListBots")
        except UnicodeError:
            pytest.skip("this client cannot send it")
        assert code == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("authority", OWN_HOSTS)
def test_the_servers_own_authority_over_grpc_is_let_in(server, authority):
    with Grpc(server.address, server.token, options=[("grpc.default_authority", fill(authority, server))]) as channel:
        assert channel.code_of("BotService.ListBots") == grpc.StatusCode.OK


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_refuses_a_foreign_host_and_origin(server, operation):
    values, _ = sample(operation)
    over_rest(server.rest, operation, values, {"Host": "evil.test"}).problem(403, "permission_denied")
    over_rest(server.rest, operation, values, {"Origin": "https://evil.test"}).problem(403, "permission_denied")
    with Grpc(server.address, server.token, options=[("grpc.default_authority", "evil.test")]) as channel:
        assert channel.code_of(str(operation), values) == grpc.StatusCode.PERMISSION_DENIED
    with Grpc(server.address, server.token, metadata=[("origin", "https://evil.test")]) as channel:
        assert channel.code_of(str(operation), values) == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST", "DELETE"])
def test_no_foreign_origin_is_let_in_or_reflected(server, origin, method):
    origin = fill(origin, server)
    headers = {"Origin": origin}
    if method == "OPTIONS":
        headers |= {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    body = b'{"name": "from a web page"}' if method == "POST" else None
    path = "/api/v1/bots/nobody" if method == "DELETE" else "/api/v1/bots"
    answer = server.rest.call(method, path, body, headers)
    assert answer.status == 403, answer
    allowed = answer.header("Access-Control-Allow-Origin")
    assert allowed is None, allowed
    assert answer.header("Access-Control-Allow-Credentials") is None


def test_the_servers_own_origin_is_let_in_and_no_star_is_sent(server):
    for origin in (f"http://127.0.0.1:{server.port}", f"http://localhost:{server.port}"):
        answer = server.rest.get("/api/v1/bots", headers={"Origin": origin})
        assert answer.status == 200
        assert answer.header("Access-Control-Allow-Origin") in (None, origin)


@pytest.mark.parametrize("kind", [
    "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "text/html", "text/json", "application/octet-stream", "application/xml", "application/jsonx", "json", "*/*", "",
])
def test_a_body_that_is_not_json_by_its_type_changes_nothing(server, rest, fresh, kind):
    name = fresh("form")
    answer = rest.call("POST", "/api/v1/bots", b'{"name": "' + name.encode() + b'"}', {"Content-Type": kind})
    answer.problem(415)
    rest.get(f"/api/v1/bots/{name}").problem(404)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON",
                                  "application/json;charset=UTF-8"])
def test_json_is_taken_however_it_is_spelled(rest, fresh, kind):
    name = fresh("json")
    assert rest.call("POST", "/api/v1/bots", b'{"name": "' + name.encode() + b'"}', {"Content-Type": kind}).ok()


def test_a_get_changes_nothing(rest, bot):
    for verb in ("start", "pause", "stop", "archive"):
        assert rest.get(f"/api/v1/bots/{bot['id']}:{verb}").status in (404, 405)
    rest.call("GET", "/api/v1/bots", {"name": "by-get"})
    rest.get("/api/v1/bots/by-get").problem(404)
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok() == bot


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_changes_the_method(rest, bot, header):
    rest.call("GET", f"/api/v1/bots/{bot['id']}", headers={header: "DELETE"}).ok()
    rest.get(f"/api/v1/bots/{bot['id']}").ok()


def test_a_websocket_from_a_web_page_is_refused(server):
    with RawConnection(server.address) as connection:
        connection.send(f"GET /api/v1/bots HTTP/1.1\r\nHost: {server.address}\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nOrigin: https://evil.test\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        assert connection.answer().status == 403


def test_without_a_token_the_host_is_judged_first(server):
    """A page that rebinds must not even learn that a Boternity is here."""
    Rest(server.address).get("/api/v1/bots", headers={"Host": "evil.test"}).problem(403, "permission_denied")
