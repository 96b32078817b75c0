"""Who is let in: the same answer for every operation, on every protocol, whatever carries the credential.

Generated from the contract, so that a new RPC is tested from its first day. Trials A3, B1, B4, B7.
"""

import grpc
import pytest

from support.contract import OPERATIONS
from support.grpc_client import Grpc, details_of
from support.instance import ServerFactory
from support.rest import Rest
from support.samples import over_rest, sample

# What needs no credential. Everything else of the port does.
PUBLIC_PATHS = {"/healthz", "/readyz", "/openapi.json"}
PUBLIC_RPCS = {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"}

REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT)
OPERATION = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


@pytest.fixture(scope="module")
def other_token(binary, tmp_path_factory):
    """A token that is right, but for another server."""
    factory = ServerFactory(binary, tmp_path_factory.mktemp("other"))
    token = factory().token
    factory.close()
    return token


def carriers(token, other):
    """Name, headers and whether they let in. Wrong ones come near to the right one in many ways."""
    good, flipped = f"Bearer {token}", token[:-1] + ("0" if token[-1] != "0" else "1")
    return [
        ("bearer", [("authorization", good)], True),
        ("bearer in lower case", [("authorization", f"bearer {token}")], True),
        ("x-api-key", [("x-api-key", token)], True),
        ("both right", [("authorization", good), ("x-api-key", token)], True),
        ("none", [], False),
        ("empty bearer", [("authorization", "Bearer ")], False),
        ("empty authorization", [("authorization", "")], False),
        ("empty x-api-key", [("x-api-key", "")], False),
        ("wrong bearer", [("authorization", f"Bearer {flipped}")], False),
        ("wrong x-api-key", [("x-api-key", flipped)], False),
        ("the beginning of the token", [("authorization", f"Bearer {token[:-1]}")], False),
        ("more than the token", [("authorization", f"Bearer {token}0")], False),
        ("upper case token", [("authorization", f"Bearer {token.upper()}")], False),
        ("another server's token", [("authorization", f"Bearer {other}")], False),
        ("another server's x-api-key", [("x-api-key", other)], False),
        ("basic", [("authorization", f"Basic {token}")], False),
        ("no scheme", [("authorization", token)], False),
        ("token of another scheme", [("authorization", f"Token {token}")], False),
        ("cookie", [("cookie", f"token={token}")], False),
        ("other header", [("x-token", token)], False),
    ]


@OPERATION
def test_the_credential_decides_alike_on_both_protocols(server, other_token, operation):
    values, (status, code) = sample(operation)
    bare = Rest(server.address)
    with Grpc(server.address) as channel:
        for name, headers, let_in in carriers(server.token, other_token):
            answer = over_rest(bare, operation, values, dict(headers))
            called = channel.code_of(str(operation), values, metadata=headers)
            if let_in:
                assert (answer.status, called) == (status, code), (name, answer)
            else:
                problem = answer.problem(401, "unauthenticated")
                assert "token" in problem["detail"], name
                assert called == grpc.StatusCode.UNAUTHENTICATED, name
                assert answer.header("WWW-Authenticate", "").startswith("Bearer"), name


@OPERATION
def test_without_a_credential_nothing_of_the_request_is_judged(server, operation):
    """A stranger learns neither what exists nor what would be valid: broken input gets the same 401."""
    values, _ = sample(operation)
    path, _ = operation.route(values)
    rest = Rest(server.address)
    first = rest.call(operation.verb, path, "{broken" if operation.body else None)
    first.problem(401, "unauthenticated")
    other, _ = operation.route({**values, **{name: "other" for name in operation.path_fields if name != "version"}})
    second = rest.call(operation.verb, other, {"unknown": 1} if operation.body else None)
    strip = ("request_id", "instance")
    assert {k: v for k, v in first.json.items() if k not in strip} == \
        {k: v for k, v in second.json.items() if k not in strip}


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/nothing", "/v1/models", "/metrics", "/admin", "/graphql",
                                  "/api/v1/../../healthz", "/healthz/x", "//healthz", "/readyz%00"])
def test_unknown_paths_let_no_stranger_in_either(server, path):
    assert Rest(server.address).get(path).status in (400, 401, 404)
    assert b"\"bots\"" not in Rest(server.address).get(path).body


def test_grpc_refusals_carry_their_details(server):
    with Grpc(server.address) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.call("BotService.ListBots")
    status, details = details_of(caught.value)
    assert "token" in status.message
    assert details["ErrorInfo"].reason == "unauthenticated"


def test_reflection_and_other_services_need_the_credential_but_health_does_not(server):
    """The services that gRPC itself brings stand behind the same door."""
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
    with Grpc(server.address) as stranger:
        health = health_pb2_grpc.HealthStub(stranger.channel)
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == health_pb2.HealthCheckResponse.SERVING
        reflection = reflection_pb2_grpc.ServerReflectionStub(stranger.channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        with pytest.raises(grpc.RpcError) as caught:
            list(reflection.ServerReflectionInfo(iter([asked]), timeout=10))
        assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
        unknown = stranger.channel.unary_unary("/boternity.v1.BotService/Nothing")
        with pytest.raises(grpc.RpcError) as caught:
            unknown(b"", timeout=10)
        assert caught.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED)


@OPERATION
@pytest.mark.parametrize("name", ["token", "api_key", "access_token", "key", "authorization", "x-api-key"])
def test_a_token_in_the_url_is_refused(server, operation, name):
    values, _ = sample(operation)
    answer = over_rest(Rest(server.address), operation, values, query={name: server.token})
    assert answer.status in (400, 401), answer
    assert server.token.encode() not in answer.body
    assert answer.header("Referrer-Policy") == "no-referrer"


@pytest.mark.parametrize("name", ["token", "api_key", "access_token"])
def test_a_token_in_the_url_is_refused_even_next_to_the_right_header(server, name):
    """Otherwise nobody would notice that the URL leaks it."""
    server.rest.get("/api/v1/bots", query={name: server.token}).problem(400, "invalid_argument")
    for path in PUBLIC_PATHS:
        Rest(server.address).get(path, query={name: server.token})
    assert server.token not in server.log()


def test_no_token_ever_stands_in_the_log(server, other_token):
    for headers in ([("Authorization", f"Bearer {other_token}")], [("X-Api-Key", other_token)], [("X-Token", other_token)],
                    [("Cookie", f"t={other_token}")], [("User-Agent", other_token)]):
        Rest(server.address).get("/api/v1/bots", headers=dict(headers))
    Rest(server.address).get(f"/api/v1/bots/{other_token}")
    Rest(server.address).get("/api/v1/bots", query={"token": other_token, "x": server.token})
    log = server.log()
    assert server.token not in log and other_token not in log


@pytest.mark.parametrize("garbage", [
    "\x00", "\xff\xfe", " ", "Bearer", "Bearer\t{token}", "Bearer  {token}", "Bearer {token},{token}",
    "Bearer {token} {token}", "Bearer \"{token}\"", "BearerX {token}", "Bearer " + "x" * 4000, "Bearer {token}\x7f",
])
def test_garbage_in_the_credential_lets_nobody_in(server, garbage):
    from support.raw_http import RawConnection
    value = garbage.replace("{token}", server.token).encode("latin-1")
    data = b"GET /api/v1/bots HTTP/1.1\r\nHost: " + server.address.encode() + b"\r\nAuthorization: " + value + b"\r\n\r\n"
    with RawConnection(server.address) as connection:
        connection.send(data)
        status = connection.answer().status
    if garbage in ("Bearer  {token}", "Bearer\t{token}"):
        assert status in (200, 400, 401)  # RFC 9110 allows more blanks than one
    else:
        assert status in (400, 401)


def test_two_credentials_of_one_kind_are_refused(server):
    from support.raw_http import RawConnection
    for first, second in ((server.token, "wrong"), ("wrong", server.token)):
        with RawConnection(server.address) as connection:
            connection.send(f"GET /api/v1/bots HTTP/1.1\r\nHost: {server.address}\r\nAuthorization: Bearer {first}\r\n"
                            f"Authorization: Bearer {second}\r\n\r\n".encode())
            assert connection.answer().status in (400, 401)
        with Grpc(server.address) as channel:
            both = [("authorization", f"Bearer {first}"), ("authorization", f"Bearer {second}")]
            assert channel.code_of("BotService.ListBots", metadata=both) in REFUSED


@OPERATION
def test_two_credentials_that_differ_are_refused_whichever_is_right(server, operation):
    """Otherwise one part of the server could go by one of them and another part by the other."""
    values, _ = sample(operation)
    with Grpc(server.address) as channel:
        for bearer, key in ((server.token, "wrong"), ("wrong", server.token), (server.token, "")):
            headers = [("authorization", f"Bearer {bearer}"), ("x-api-key", key)]
            assert over_rest(Rest(server.address), operation, values, dict(headers)).status in (400, 401)
            assert channel.code_of(str(operation), values, metadata=headers) in REFUSED


def test_a_wrong_token_is_refused_again_on_a_connection_that_was_let_in(server):
    """Being let in once is nothing that a connection keeps."""
    connection = server.rest.connection()
    for token, status in ((server.token, 200), ("wrong", 401), (None, 401), (server.token, 200)):
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request("GET", "/api/v1/bots", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()
    with Grpc(server.address) as channel:
        for token, code in ((server.token, grpc.StatusCode.OK), ("wrong", grpc.StatusCode.UNAUTHENTICATED)) * 2:
            called = channel.code_of("BotService.ListBots", metadata=[("authorization", f"Bearer {token}")])
            assert called == code


def test_a_deleted_token_file_makes_a_new_token_at_the_next_start(server_factory):
    server = server_factory()
    old = server.token
    server.stop()
    (server.data / "token").unlink()
    server.start()
    assert server.token != old
    server.rest.with_token(old).get("/api/v1/bots").problem(401, "unauthenticated")
    server.rest.get("/api/v1/bots").ok()


def test_the_token_survives_a_restart(server_factory):
    server = server_factory()
    old = server.token
    server.restart()
    assert server.token == old
    server.rest.get("/api/v1/bots").ok()


@pytest.mark.parametrize("content", ["", "short", "x" * 63, "with blanks " * 10, "\n" + "a" * 64])
def test_a_token_file_that_holds_no_token_stops_the_start(server_factory, content):
    """An empty token must never mean that everybody is let in."""
    server = server_factory()
    server.stop()
    (server.data / "token").write_text(content)
    server.start(ready=False)
    assert server.process.wait(20) != 0
    server.process = None
    assert str(server.data / "token") in server.log()
