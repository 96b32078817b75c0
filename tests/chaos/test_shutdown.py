"""K14: SIGTERM, with work and without."""

import json
import os
import signal
import socket
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chaos.starts import end_of, one_sentence, refusal
from support.raw_http import RawConnection
from support.rest import Rest
from support.sse import run_events, say_streaming
from support.waiting import until


def prepare(server_factory, upstream, model, sessions=1, **options):
    server = server_factory(**options)
    upstream.register(server.rest)
    bot = server.rest.make_bot("Ada", model=f"fake/{model}")
    return server, [server.rest.make_session(bot["id"])["id"] for _ in range(sessions)]


def refuses_connections(server):
    try:
        socket.create_connection((server.host, server.port), 1).close()
    except OSError:
        return True
    return False


def test_an_idle_server_ends_at_once(server_factory):
    server = server_factory()
    server.rest.make_bot("Ada")
    code, seconds = end_of(server)
    assert code == 0
    assert seconds < 1.0 or os.getloadavg()[0] > os.cpu_count(), f"it took {seconds:.2f} s"


def test_sigint_ends_it_as_well(server_factory):
    server = server_factory()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(10) == 0
    server.process = None


def test_a_closed_terminal_ends_it_as_well(server_factory, models_for_faults):
    """SIGHUP drains: the turn that runs is finished. A second one, as shells and kernel send, hurries nothing."""
    # Whoever runs the tests may ignore the signal, and programs inherit that.
    server, sessions = prepare(server_factory, models_for_faults, "gated", wrapper=("env", "--default-signal=HUP"))
    with say_streaming(server.rest, sessions[0], "hello") as stream:
        stream.take(2)
        server.process.send_signal(signal.SIGHUP)
        server.wait_log("draining")
        server.process.send_signal(signal.SIGHUP)
        models_for_faults.gate.set()
        assert [e.name for e in stream.rest()][-1] == "completed"
    assert server.process.wait(20) == 0
    server.process = None


def test_under_nohup_it_stays(server_factory):
    server = server_factory(wrapper=("nohup",))
    server.process.send_signal(signal.SIGHUP)
    server.rest.make_bot("Ada")
    server.process.send_signal(signal.SIGHUP)
    assert server.rest.get("/api/v1/bots/ada").ok()
    assert "draining" not in server.log()
    server.stop()


def test_open_idle_connections_do_not_hold_it(server_factory):
    server = server_factory()
    idle = [socket.create_connection((server.host, server.port)) for _ in range(20)]
    half = socket.create_connection((server.host, server.port))
    half.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
    kept = server.rest.connection()
    kept.request("GET", "/healthz")
    assert kept.getresponse().read() is not None
    code, _ = end_of(server)
    assert code == 0
    for connection in [*idle, half]:
        connection.close()
    kept.close()


def test_turns_that_run_are_finished_and_their_streams_end(server_factory, models_for_faults):
    """20 streams of a slow model: each gets its whole answer, and no new work is taken meanwhile."""
    server, sessions = prepare(server_factory, models_for_faults, "slow", 20)
    streams = [say_streaming(server.rest, session, "hello") for session in sessions]
    for stream in streams:
        stream.take(2)
    ended = []
    readers = [threading.Thread(target=lambda s=s: ended.append([e.name for e in s.rest()])) for s in streams]
    for reader in readers:
        reader.start()
    code, _ = end_of(server)
    for reader in readers:
        reader.join(10)
    assert code == 0
    assert len(ended) == 20, "a stream did not end cleanly"
    assert all(names[-1] == "completed" for names in ended), ended
    server.start()
    for session in sessions:
        assert [m["state"] for m in server.rest.messages(session)] == ["complete", "complete"]


def begin_message(server, session, text):
    """A connection on which the server waits for the body of a message, and that body."""
    body = json.dumps({"text": text}).encode()
    raw = RawConnection(server.address)
    head = (f"POST /api/v1/sessions/{session}/messages HTTP/1.1\r\nHost: {server.address}\r\n"
            f"Authorization: Bearer {server.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n")
    raw.send(head.encode())
    assert raw.answer().status == 100
    return raw, body


def test_new_work_is_refused_while_it_drains(server_factory, models_for_faults):
    """A message whose request began before is told so; a connection that asks nothing is closed."""
    server, sessions = prepare(server_factory, models_for_faults, "gated", 2)
    idle = RawConnection(server.address)
    idle.send(f"GET /healthz HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode())
    assert idle.answer().status == 200
    begun, body = begin_message(server, sessions[1], "more")
    with begun, idle, say_streaming(server.rest, sessions[0], "hello") as stream:
        stream.take(2)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refuses_connections(server), 10, "that no connection is accepted")
        assert idle.is_closed(10), "an idle connection stays open while the server drains"
        begun.send(body)
        answer = begun.answer()
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "unavailable"), answer
        assert begun.is_closed(10), "a connection stays open behind its last answer"
        assert server.running
        models_for_faults.gate.set()
        assert [e.name for e in stream.rest()][-1] == "completed"
    assert server.process.wait(20) == 0
    server.process = None
    server.start()
    assert server.rest.messages(sessions[1]) == [], "what was refused was kept"


def test_grpc_takes_no_changes_while_it_drains(server_factory, models_for_faults):
    """On a channel from before: the stream goes on, its health is told, and everything else is refused."""
    server, sessions = prepare(server_factory, models_for_faults, "gated")
    with server.grpc() as channel:
        events = iter(channel.stream("SessionService.StreamMessage", {"session": sessions[0], "text": "hello"}))
        assert "started" in next(events)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refuses_connections(server), 10, "that no connection is accepted")
        with pytest.raises(grpc.RpcError) as refused:
            channel.call("BotService.CreateBot", {"name": "Grace"})
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        assert refused.value.details() == "The server is shutting down; call again in a moment."
        health = health_pb2_grpc.HealthStub(channel.channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        assert health.status == health_pb2.HealthCheckResponse.NOT_SERVING
        models_for_faults.gate.set()
        assert "completed" in list(events)[-1]
    assert server.process.wait(20) == 0
    server.process = None
    server.start()
    assert [bot["name"] for bot in server.rest.all("/api/v1/bots", "bots")] == ["Ada"]


def test_a_second_sigterm_is_quick_and_loses_nothing(server_factory, models_for_faults):
    """The run that waits for its model is left for the next start, which ends it."""
    server, sessions = prepare(server_factory, models_for_faults, "gated")
    stream = say_streaming(server.rest, sessions[0], "hello")
    run = stream.take(2)[0].data["run"]
    code, seconds = end_of(server, again_after=0.3)
    assert code in (0, 128 + signal.SIGTERM, -signal.SIGTERM), code
    assert seconds < 5, f"it took {seconds:.1f} s"
    stream.close()
    models_for_faults.gate.set()
    server.start()
    until(lambda: server.rest.run(run)["state"] == "completed", 15, "the end of the run")
    assert [m["text"] for m in server.rest.messages(sessions[0])] == ["hello", "one two"]


def test_a_turn_that_outlives_the_grace_is_left_for_the_next_start(server_factory, models_for_faults):
    """The model never answers: the server ends all the same, with 0, and the readers' streams end."""
    server, sessions = prepare(server_factory, models_for_faults, "gated", args=["--grace", "1"])
    with say_streaming(server.rest, sessions[0], "hello", timeout=60) as stream:
        run = stream.take(2)[0].data["run"]
        code, _ = end_of(server, seconds=60)
        assert code == 0
        names = [e.name for e in stream.rest()]
    assert "completed" not in names and "cancelled" not in names, names
    models_for_faults.gate.set()
    server.start()
    with run_events(server.rest, run, after=2) as stream:
        assert [e.name for e in stream.rest()][-1] == "completed"


def test_server_json_says_who_runs(server_factory):
    server = server_factory()
    facts = json.loads((server.data / "server.json").read_text())
    assert facts == {"address": server.address, "pid": server.pid}
    assert Rest(facts["address"]).get("/healthz").status == 200


def test_a_port_in_use_is_said_in_one_sentence(server_factory):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        server = server_factory(listen=address, start=False)
        said = one_sentence(refusal(server))
    assert address.rpartition(":")[2] in said and "in use" in said, said
    server.start()
    assert server.address == address
