"""gRPC on the same port, as an ordinary Python client sees it; and that it says the same as REST."""

import json
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from support.contract import OPERATIONS, PACKAGE
from support.fake_upstream import Text, Wait
from support.grpc_client import details_of
from support.raw_http import RawConnection, request
from support.sse import run_events, say_streaming
from support.waiting import until


@pytest.fixture
def channel(server):
    with server.grpc() as channel:
        yield channel


def fails(channel, code, name, request=None, **options):
    with pytest.raises(grpc.RpcError) as caught:
        channel.call(name, request, **options)
    assert caught.value.code() == code, caught.value
    return details_of(caught.value)


def test_everything_that_rest_does_grpc_does_the_same(rest, channel, provider, fake_upstream, fresh):
    """Made by one, read by the other, and equal in every field."""
    name = fresh("grpc")
    made = channel.call("BotService.CreateBot", {"name": name, "model": f"{provider}/m", "soul": "You are one.\n",
                                                 "settings": {"temperature": 0.5}})
    assert rest.get(f"/api/v1/bots/{made['id']}").ok() == made
    assert channel.call("BotService.GetBot", {"bot": made["slug"]}) == made
    changed = channel.call("BotService.UpdateBot", {"bot": name, "description": "d", "etag": made["etag"]})
    assert rest.get(f"/api/v1/bots/{name}").ok() == changed
    assert channel.call("SoulService.CreateSoul", {"bot": name, "text": "You are two.\n"}) == \
        rest.get(f"/api/v1/bots/{name}/souls/2").ok()
    assert channel.call("SoulService.ListSouls", {"bot": name}) == rest.get(f"/api/v1/bots/{name}/souls").ok()
    assert channel.call("SoulService.GetSoul", {"bot": name, "version": 1}) == rest.get(f"/api/v1/bots/{name}/souls/1").ok()
    assert channel.call("SoulService.DiffSouls", {"bot": name, "from": 1}) == \
        rest.get(f"/api/v1/bots/{name}/souls:diff", query={"from": 1}).ok()
    assert channel.call("SoulService.RollbackSoul", {"bot": name, "version": 1})["version"] == 3
    session = channel.call("SessionService.CreateSession", {"bot": name})
    assert rest.get(f"/api/v1/sessions/{session['id']}").ok() == session
    message = channel.call("SessionService.SendMessage", {"session": session["id"], "text": "hi"})
    listed = channel.call("SessionService.ListMessages", {"session": session["id"]})
    assert listed == rest.get(f"/api/v1/sessions/{session['id']}/messages").ok() and listed["messages"][1] == message
    assert channel.call("SessionService.GetSession", {"session": session["id"]}) == \
        rest.get(f"/api/v1/sessions/{session['id']}").ok()
    assert channel.call("SessionService.ListSessions", {"bot": name}) == rest.get(f"/api/v1/bots/{name}/sessions").ok()
    assert channel.call("RunService.GetRun", {"run": message["run"]}) == rest.run(message["run"])
    assert channel.call("RunService.ListRuns", {"bot": name, "state": "completed"}) == \
        rest.get("/api/v1/runs", query={"bot": name, "state": "completed"}).ok()
    for rpc, path in (("ProviderService.ListProviders", "providers"), ("ModelService.ListModels", "models"),
                      ("BotService.ListBots", "bots")):
        assert channel.call(rpc, {"page_size": 200}) == rest.get(f"/api/v1/{path}", query={"page_size": 200}).ok()
    system, same = channel.call("SystemService.GetSystem"), rest.get("/api/v1/system").ok()
    assert set(system) == set(same)
    assert (system["version"], system["pid"], system["address"]) == (same["version"], same["pid"], same["address"])
    for verb, state in (("Pause", "paused"), ("Start", "running"), ("Stop", "stopped"), ("Archive", "archived")):
        assert channel.call(f"BotService.{verb}Bot", {"bot": name})["state"] == state
    assert channel.call("BotService.DeleteBot", {"bot": name})["state"] == "deleted"
    rest.get(f"/api/v1/bots/{name}").problem(404)
    extra = fresh("prov")
    added = channel.call("ProviderService.CreateProvider", fake_upstream.provider(extra))
    assert added in rest.all("/api/v1/providers", "providers")
    assert channel.call("ProviderService.DeleteProvider", {"provider": extra})["name"] == extra


def test_a_turn_streams_the_same_events_as_over_sse(rest, channel, session, fake_upstream):
    fake_upstream.when("hi", Text("Hel"), Text("lo "), Text("🎉"))
    events = list(channel.stream("SessionService.StreamMessage", {"session": session, "text": "hi"}))
    with run_events(rest, events[0]["run"]) as stream:
        assert [e.data for e in stream.rest()] == events
    assert [e["seq"] for e in events] == [1, 2, 3, 4, 5]
    for after in range(6):
        got = list(channel.stream("RunService.StreamRunEvents", {"run": events[0]["run"], "after": after}))
        assert got == events[after:]


def test_a_stream_that_is_cancelled_by_the_client_leaves_the_run_alone(rest, channel, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("one"), Wait(gate), Text(" two"))
    call = channel.stream("SessionService.StreamMessage", {"session": session, "text": "hi"})
    run = next(iter(call))["run"]
    call.cancel()
    gate.set()
    until(lambda: rest.run(run)["state"] == "completed", what="the end of the run")
    assert rest.messages(session)[1]["text"] == "one two"


def test_a_run_is_cancelled_over_grpc_and_told_over_sse(rest, channel, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("one"), Wait(gate))
    with say_streaming(rest, session, "hi") as stream:
        run = stream.take(2)[0].data["run"]
        assert channel.call("RunService.CancelRun", {"run": run})["state"] == "cancelled"
        assert stream.rest()[-1].name == "cancelled"


@pytest.mark.parametrize("name, request_, code, reason, field", [
    ("BotService.CreateBot", {}, grpc.StatusCode.INVALID_ARGUMENT, "invalid_argument", "name"),
    ("BotService.CreateBot", {"name": "n", "settings": {"temperature": 3}}, grpc.StatusCode.INVALID_ARGUMENT,
     "invalid_argument", "settings.temperature"),
    ("BotService.CreateBot", {"name": "a\0b"}, grpc.StatusCode.INVALID_ARGUMENT, "invalid_argument", "name"),
    ("BotService.CreateBot", {"name": "n", "soul": "s" * 262145}, grpc.StatusCode.RESOURCE_EXHAUSTED, "too_large", "soul"),
    ("BotService.CreateBot", {"name": "n", "idempotency_key": "a b"}, grpc.StatusCode.INVALID_ARGUMENT,
     "invalid_argument", "idempotency_key"),
    ("BotService.ListBots", {"page_size": 201}, grpc.StatusCode.INVALID_ARGUMENT, "invalid_argument", "page_size"),
    ("BotService.GetBot", {"bot": "nobody"}, grpc.StatusCode.NOT_FOUND, "not_found", None),
    ("RunService.GetRun", {"run": "x"}, grpc.StatusCode.NOT_FOUND, "not_found", None),
    ("ProviderService.DeleteProvider", {"provider": "local"}, grpc.StatusCode.FAILED_PRECONDITION, "wrong_state", None),
])
def test_an_error_is_the_one_of_rest_with_its_details(channel, name, request_, code, reason, field):
    status, details = fails(channel, code, name, request_)
    assert status.message.endswith(".")
    assert details["ErrorInfo"].reason == reason
    assert details["ErrorInfo"].domain
    if field:
        assert [v.field for v in details["BadRequest"].field_violations] == [field]
        assert details["BadRequest"].field_violations[0].description == status.message


def test_more_errors(rest, channel, bot, fresh):
    first = channel.call("BotService.UpdateBot", {"bot": bot["id"], "description": "x"})
    status, details = fails(channel, grpc.StatusCode.ABORTED, "BotService.UpdateBot",
                            {"bot": bot["id"], "description": "y", "etag": bot["etag"]})
    assert details["ErrorInfo"].reason == "stale_etag"
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok() == first
    fails(channel, grpc.StatusCode.ALREADY_EXISTS, "BotService.CreateBot", {"name": bot["name"]})
    fails(channel, grpc.StatusCode.FAILED_PRECONDITION, "BotService.PauseBot", {"bot": bot["id"]})
    key = fresh("key")
    channel.call("BotService.CreateBot", {"name": fresh(), "idempotency_key": key})
    _, details = fails(channel, grpc.StatusCode.INVALID_ARGUMENT, "BotService.CreateBot",
                       {"name": fresh(), "idempotency_key": key})
    assert details["ErrorInfo"].reason == "idempotency_reuse"


def test_the_same_sentence_on_both_protocols(rest, channel):
    for path, rpc, request in (("/api/v1/bots/nobody", "BotService.GetBot", {"bot": "nobody"}),
                               ("/api/v1/runs/x", "RunService.GetRun", {"run": "x"}),
                               ("/api/v1/bots?page_size=201", "BotService.ListBots", {"page_size": 201})):
        with pytest.raises(grpc.RpcError) as caught:
            channel.call(rpc, request)
        assert caught.value.details() == rest.get(path).json["detail"]


def test_an_idempotency_key_in_the_metadata_counts(rest, channel, fresh):
    name = fresh("meta")
    metadata = [*channel.metadata, ("idempotency-key", name)]
    first = channel.call("BotService.CreateBot", {"name": name}, metadata=metadata)
    assert channel.call("BotService.CreateBot", {"name": name}, metadata=metadata) == first
    assert rest.post("/api/v1/bots", {"name": name, "idempotency_key": name}).ok() == first


def test_two_idempotency_keys_are_refused_on_both_protocols(server, channel, fresh):
    name = fresh("two")
    metadata = [*channel.metadata, ("idempotency-key", "a"), ("idempotency-key", "b")]
    status, details = fails(channel, grpc.StatusCode.INVALID_ARGUMENT, "BotService.CreateBot", {"name": name},
                            metadata=metadata)
    assert [v.field for v in details["BadRequest"].field_violations] == ["idempotency_key"]
    fields = [("Authorization", f"Bearer {server.token}"), ("Content-Type", "application/json"),
              ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    with RawConnection(server.address) as connection:
        connection.send(request("POST", "/api/v1/bots", server.address, fields, b'{"name": "%s"}' % name.encode()))
        answer = connection.answer()
    assert answer.status == 400 and json.loads(answer.body)["detail"] == status.message
    server.rest.get(f"/api/v1/bots/{name}").problem(404)


def test_a_deadline_ends_the_call_and_not_the_run(rest, channel, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("one"), Wait(gate), Text(" two"))
    with pytest.raises(grpc.RpcError) as caught:
        channel.call("SessionService.SendMessage", {"session": session, "text": "hi"}, timeout=0.5)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    gate.set()
    until(lambda: len(rest.messages(session)) == 2, what="the answer")
    assert rest.messages(session)[1]["text"] == "one two"


def test_many_calls_at_once_on_one_channel(channel):
    names = [f"mass-{i}" for i in range(200)]
    operation = next(o for o in OPERATIONS if o.name == "CreateBot")
    method = channel.channel.unary_unary(operation.grpc_path, operation.request.SerializeToString,
                                         operation.response.FromString)
    calls = [method.future(operation.request(name=n), timeout=30, metadata=channel.metadata) for n in names]
    assert [call.result().name for call in calls] == names
    for name in names:
        channel.call("BotService.DeleteBot", {"bot": name})


def test_a_message_over_the_limit_is_refused_and_the_channel_lives(channel):
    code = channel.code_of("BotService.CreateBot", {"name": "x" * (2 << 20)})
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert channel.code_of("BotService.ListBots") == grpc.StatusCode.OK


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05ab", b"\x0a\x02\xff\xfe", b"\x0b" * 200])
def test_bytes_that_are_no_request_are_refused(channel, data):
    method = channel.channel.unary_unary("/boternity.v1.BotService/CreateBot")
    with pytest.raises(grpc.RpcError) as caught:
        method(data, timeout=10, metadata=channel.metadata)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT, caught.value


@pytest.mark.parametrize("path", ["/boternity.v1.BotService/Nothing", "/boternity.v1.Nothing/CreateBot", "/x/y", "/",
                                  "/boternity.v2.BotService/ListBots", "/api/v1/bots"])
def test_an_unknown_method_is_unimplemented(channel, path):
    with pytest.raises(grpc.RpcError) as caught:
        channel.channel.unary_unary(path)(b"", timeout=10, metadata=channel.metadata)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_the_wrong_kind_of_call_does_not_hang(channel):
    """Many requests to a unary method, none to a streaming one."""
    operation = next(o for o in OPERATIONS if o.name == "GetSystem")
    many = channel.channel.stream_unary(operation.grpc_path, operation.request.SerializeToString,
                                        operation.response.FromString)
    try:
        many(iter([operation.request()] * 3), timeout=10, metadata=channel.metadata)
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED,
                                grpc.StatusCode.INTERNAL, grpc.StatusCode.CANCELLED), error
    none = channel.channel.stream_unary(operation.grpc_path, operation.request.SerializeToString,
                                        operation.response.FromString)
    with pytest.raises(grpc.RpcError) as caught:
        none(iter([]), timeout=10, metadata=channel.metadata)
    assert caught.value.code() != grpc.StatusCode.DEADLINE_EXCEEDED


# --- health and reflection -------------------------------------------------------------------------------------------


def test_health_is_told_for_the_server_and_each_service(channel):
    health = health_pb2_grpc.HealthStub(channel.channel)
    for service in ["", *{f"{PACKAGE}.{o.service}" for o in OPERATIONS}]:
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, service
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(health_pb2.HealthCheckRequest(service="nothing"), timeout=10)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_watch_tells_of_the_end(server_factory, fake_upstream):
    """SERVING now, NOT_SERVING when the server drains."""
    server = server_factory()
    rest = server.rest
    rest.post("/api/v1/providers", fake_upstream.provider("fake")).ok()
    rest.make_bot("ada", model="fake/m")
    seen = []
    with server.grpc() as channel:
        watch = health_pb2_grpc.HealthStub(channel.channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)

        def read():
            try:
                for answer in watch:
                    seen.append(answer.status)
            except grpc.RpcError:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        until(lambda: seen == [health_pb2.HealthCheckResponse.SERVING], what="SERVING")
        server.stop()
        reader.join(20)
        assert not reader.is_alive()
    assert seen[1:] in ([health_pb2.HealthCheckResponse.NOT_SERVING], []), seen
    assert seen[1:], "the watch ended without a word"


def test_reflection_describes_the_whole_contract(channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel.channel)
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    answers = list(stub.ServerReflectionInfo(iter([asked]), timeout=10, metadata=channel.metadata))
    names = {service.name for service in answers[0].list_services_response.service}
    assert names == {f"{PACKAGE}.{o.service}" for o in OPERATIONS} | {
        "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} | (names & {"grpc.reflection.v1.ServerReflection"})


def test_a_client_can_work_from_reflection_alone(server):
    """What grpcurl and every desktop client do."""
    class Authorized(grpc.StreamStreamClientInterceptor):
        def intercept_stream_stream(self, continuation, details, requests):
            return continuation(details._replace(metadata=[("authorization", f"Bearer {server.token}")]), requests)

    with server.grpc() as channel:
        database = ProtoReflectionDescriptorDatabase(grpc.intercept_channel(channel.channel, Authorized()))
        for operation in OPERATIONS:
            file = database.FindFileContainingSymbol(f"{PACKAGE}.{operation.service}")
            service = next(s for s in file.service if s.name == operation.service)
            method = next(m for m in service.method if m.name == operation.name)
            assert method.server_streaming == operation.streams
        with pytest.raises(KeyError):
            database.FindFileContainingSymbol("boternity.v1.Nothing")
