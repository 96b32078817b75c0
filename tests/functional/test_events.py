"""What happens, told to clients: as server-sent events, over gRPC, over the WebSocket, and by `event tail`."""

import contextlib
import itertools
import json
import signal
import subprocess

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from support.instance import clean_environment
from support.live import Live
from support.sse import EventStream


def kind_of(event):
    """What an event says, by the member that says it."""
    return next(name for name in event if name not in ("id", "at", "bot", "session", "run", "root"))


def feed(rest, **query):
    return EventStream(rest, "GET", "/api/v1/events", query=query)


def up_to(stream, wanted):
    """The events of a stream up to the first that is of this kind, that one included."""
    seen = []
    for event in stream:
        seen.append(event)
        if event.name == wanted:
            return seen
    raise AssertionError(f"the stream ended before {wanted}: {[e.name for e in seen]}")


def names(events):
    return [event.name for event in events]


TURN = ["run_queued", "step_moved", "step_moved", "run_ended"]


def test_a_turn_is_told_from_its_beginning_to_its_end(rest, bot, session):
    with feed(rest, session=session) as stream:
        opened = next(iter(stream))
        assert opened.name == "opened" and int(opened.id) > 0
        run = rest.say(session, "Hello").ok()["run"]
        events = up_to(stream, "run_ended")
    assert names(events) == TURN
    ids = [int(event.id) for event in events]
    assert ids == sorted(ids) and ids[0] > int(opened.id)
    for event in events:
        assert (event.data["run"], event.data["root"]) == (run, run)
        assert (event.data["session"], event.data["bot"]) == (session, bot["id"])
        assert event.data["id"] == event.id
    steps = [event.data["step_moved"] for event in events if event.name == "step_moved"]
    assert [(s["position"], s["kind"], s["state"]) for s in steps] == [
        (1, "model_call", "done"), (2, "message_sent", "done")]
    assert events[-1].data["run_ended"] == {"state": "completed"}


def test_who_comes_back_with_its_last_id_gets_the_rest_and_nothing_twice(rest, session):
    rest.say(session, "Hello").ok()
    with feed(rest, session=session, after=0) as stream:
        whole = up_to(stream, "run_ended")[1:]
    for place in range(len(whole) - 1):
        seen = whole[place]
        again = EventStream(rest, "GET", "/api/v1/events", headers={"Last-Event-ID": seen.id},
                            query={"session": session, "after": 0})
        with again as stream:
            assert [e.data for e in up_to(stream, "run_ended")[1:]] == [e.data for e in whole[place + 1:]]


def test_events_outlive_a_kill_and_keep_their_ids(server_factory, fake_upstream):
    server = server_factory()
    provider = server.rest.post("/api/v1/providers", fake_upstream.provider("up")).ok()["name"]
    bot = server.rest.post("/api/v1/bots", {"name": "Ada", "model": f"{provider}/m"}).ok()
    session = server.rest.make_session(bot["id"])["id"]
    server.rest.say(session, "one").ok()
    with feed(server.rest, after=0) as stream:
        before = up_to(stream, "run_ended")[1:]
    assert [int(event.id) for event in before] == list(range(1, len(before) + 1)), "no id is missing"
    server.kill()
    server.start()
    server.rest.say(session, "two").ok()
    with feed(server.rest, after=0) as stream:
        whole = list(itertools.islice((e for e in stream if e.name != "opened"), len(before) + len(TURN)))
    assert [e.data for e in whole[:len(before)]] == [e.data for e in before]
    assert names(whole[len(before):]) == TURN
    assert [int(event.id) for event in whole] == list(range(1, len(whole) + 1))
    server.expect_log("unclean")


def test_filters_by_kind_run_and_tree(rest, session):
    first = rest.say(session, "one").ok()["run"]
    second = rest.say(session, "two").ok()["run"]
    with feed(rest, run=second, after=0) as stream:
        assert {e.data["run"] for e in up_to(stream, "run_ended")[1:]} == {second}
    with feed(rest, root=first, after=0) as stream:
        assert names(up_to(stream, "run_ended")[1:]) == TURN
    with EventStream(rest, "GET", f"/api/v1/events?after=0&session={session}"
                                  "&kinds=run_ended&kinds=session_created") as stream:
        seen = list(itertools.islice(stream, 4))
    assert names(seen) == ["opened", "session_created", "run_ended", "run_ended"]


@pytest.mark.parametrize(("query", "status", "field"), [
    ({"after": -1}, 400, "after"), ({"after": "x"}, 400, "after"), ({"kinds": "nonsense"}, 400, "kinds"),
    ({"kinds": "unspecified"}, 400, "kinds"), ({"bot": "nobody-here"}, 404, None), ({"run": "x"}, 404, None),
    ({"session": "x"}, 404, None), ({"root": "x"}, 404, None), ({"colour": "red"}, 400, "colour"),
])
def test_a_wish_that_cannot_be_met_is_refused(rest, query, status, field):
    with feed(rest, **query) as stream:
        assert stream.status == status
        problem = json.loads(stream.answer.read())
    assert problem.get("field") == field, problem


def test_a_place_that_the_server_never_reached_is_told_as_missed(rest, session, fresh):
    with feed(rest, after=10**12) as stream:
        opened, missed = itertools.islice(stream, 2)
        assert (opened.name, missed.name) == ("opened", "missed")
        newest = int(missed.data["missed"]["from"]) - 1
        assert missed.data["missed"]["to"] == str(10**12) and int(missed.id) == newest
        rest.post("/api/v1/bots", {"name": fresh("Later")}).ok()
        assert names(itertools.islice(stream, 2)) == ["bot_created", "soul_version_made"]


def test_over_grpc_the_same(server, rest, session):
    run = rest.say(session, "Hello").ok()["run"]
    with server.grpc() as grpc:
        call = grpc.stream("EventService.StreamEvents", {"after": 0, "run": run})
        seen = list(itertools.islice(call, 1 + len(TURN)))
        call.cancel()
    assert [kind_of(event) for event in seen] == ["opened", *TURN]


# --- the WebSocket -----------------------------------------------------------------------------------------------


def test_a_live_connection_has_events_and_the_words_of_runs(server, rest, bot, session):
    with Live(server) as live:
        live.subscribe("all", session=session)
        run = rest.say(session, "Hello").ok()["run"]
        heard = live.hear_until(lambda m: "run_ended" in m.get("event", {}))
        assert [kind_of(m["event"]) for m in heard] == TURN and {m["id"] for m in heard} == {"all"}
        live.say(id="words", follow={"run": run})
        words = live.hear_until(lambda m: "ended" in m)
        assert {m["id"] for m in words} == {"words"}
        said = [kind for m in words[:-1] for kind in m["run_event"] if kind not in ("run", "seq")]
        assert (said[0], set(said[1:-1]), said[-1]) == ("started", {"delta"}, "completed")


def test_a_live_connection_resumes_where_it_was(server, rest, session):
    rest.say(session, "one").ok()
    with Live(server) as live:
        live.say(id="s", subscribe={"session": session, "after": "0"})
        whole = [m["event"] for m in live.hear_until(lambda m: "run_ended" in m["event"])][1:]
    with Live(server) as live:
        live.say(id="s", subscribe={"session": session, "after": whole[2]["id"]})
        rest_of = [m["event"] for m in live.hear_until(lambda m: "run_ended" in m["event"])][1:]
    assert rest_of == whole[3:]


def test_subscriptions_are_apart_and_end_one_by_one(server, rest, session):
    with Live(server) as live:
        live.subscribe("a", session=session, kinds=["run_queued"])
        live.subscribe("b", session=session, kinds=["run_ended"])
        rest.say(session, "Hello").ok()
        assert [(m["id"], kind_of(m["event"])) for m in (live.hear(), live.hear())] == [
            ("a", "run_queued"), ("b", "run_ended")]
        live.say(id="a", unsubscribe={})
        assert live.hear() == {"id": "a", "ended": {}}
        rest.say(session, "Again").ok()
        assert [(m["id"], kind_of(m["event"])) for m in [live.hear()]] == [("b", "run_ended")]
        live.say(id="a", ping={})
        assert live.hear() == {"id": "a", "pong": {}}


@pytest.mark.parametrize(("text", "code", "field"), [
    ("not json", "invalid_argument", ""), ("[]", "invalid_argument", ""), ("{}", "invalid_argument", "id"),
    ('{"id":"x"}', "invalid_argument", ""), ('{"id":"x","subscribe":{"after":"-1"}}', "invalid_argument", "after"),
    ('{"id":"x","subscribe":{"colour":"red"}}', "invalid_argument", "subscribe.colour"),
    ('{"id":"x","subscribe":{"bot":"nobody-here"}}', "not_found", ""),
    ('{"id":"x","follow":{"run":"nobody"}}', "not_found", ""), ('{"id":"x","unsubscribe":{}}', "not_found", ""),
    ('{"id":"x","id":"y","ping":{}}', "invalid_argument", ""), ('{"id":"' + 65 * "i" + '","ping":{}}',
                                                                 "invalid_argument", "id"),
    ('{"id":"x","subscribe":{"bot":"\\u0000"}}', "invalid_argument", "bot"),
])
def test_a_bad_request_is_answered_and_the_connection_goes_on(server, text, code, field):
    with Live(server) as live:
        live.socket.send(text)
        answer = live.hear()
        assert (answer["error"]["code"], answer["error"]["field"]) == (code, field), answer
        assert answer["error"]["message"].endswith("."), answer
        live.say(id="p", ping={})
        assert live.hear() == {"id": "p", "pong": {}}


def test_one_id_is_one_subscription(server):
    with Live(server) as live:
        live.subscribe("s")
        live.say(id="s", subscribe={})
        assert live.hear()["error"]["field"] == "id"


def test_subscriptions_have_a_limit(server):
    with Live(server) as live:
        for number in range(32):
            live.subscribe(f"s{number}")
        live.say(id="one too many", subscribe={})
        assert live.hear()["error"]["code"] == "rate_limited"


def test_a_client_that_only_sends_garbage_is_shown_the_door(server):
    with Live(server) as live:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(100):
                live.socket.send("garbage")
                assert live.hear()["error"]["code"] == "invalid_argument"
    assert closed.value.rcvd.code == 1008


@pytest.mark.parametrize(("message", "code"), [(b"\x00binary", 1003), ("x" * (64 * 1024 + 1), 1009)])
def test_a_message_that_is_not_taken_closes_with_its_reason(server, message, code):
    with Live(server) as live:
        live.socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            live.hear()
    assert closed.value.rcvd.code == code


def refusal(server, headers, **options):
    """The status with which a handshake is refused."""
    with pytest.raises(InvalidStatus) as refused:
        with connect(f"ws://{server.address}/ws", additional_headers=headers, proxy=None, **options):
            pass
    return refused.value.response.status_code


def test_a_handshake_needs_the_token_the_subprotocol_and_our_origin(server):
    owner = {"Authorization": f"Bearer {server.token}"}
    spoken = {"subprotocols": ["boternity.v1"]}
    assert refusal(server, {}, **spoken) == 401
    assert refusal(server, {"Authorization": "Bearer wrong"}, **spoken) == 401
    assert refusal(server, owner) == 400
    assert refusal(server, owner, subprotocols=["other.v1"]) == 400
    assert refusal(server, owner, origin="https://evil.test", **spoken) == 403
    assert refusal(server, owner, origin="null", **spoken) == 403
    Live(server, origin=f"http://{server.address}").close()


def test_a_page_sends_its_token_among_the_subprotocols(server):
    with Live(server, token="", subprotocols=["boternity.v1", f"boternity.token.{server.token}"]) as live:
        assert live.socket.subprotocol == "boternity.v1"
        live.subscribe("s")
    assert refusal(server, {}, subprotocols=["boternity.v1", "boternity.token.wrong"]) == 401


@pytest.mark.parametrize(("headers", "status", "told"), [
    ({}, 426, ("Upgrade", "websocket")),
    ({"Connection": "Upgrade", "Upgrade": "websocket"}, 426, ("Sec-WebSocket-Version", "13")),
    ({"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "12"}, 426,
     ("Sec-WebSocket-Version", "13")),
    ({"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "short"},
     400, None),
])
def test_what_is_no_handshake_is_told_what_to_ask_for(rest, headers, status, told):
    answer = rest.call("GET", "/ws", headers=headers)
    assert answer.status == status
    if told:
        assert answer.headers.get(told[0]) == told[1]


def test_a_server_that_stops_tells_its_live_clients(server_factory):
    server = server_factory()
    with Live(server) as live:
        live.subscribe("s")
        server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                live.hear()
    assert closed.value.rcvd.code == 1001


def test_a_client_that_never_reads_costs_its_place_and_holds_up_nobody(server_factory, fake_upstream):
    """It is cut when it takes nothing for too long; until then what comes is kept once for all, and a reader beside it
    misses nothing."""
    server = server_factory()
    rest = server.rest
    bots = [rest.post("/api/v1/bots", {"name": f"Bot {n}"}).ok()["id"] for n in range(4)]
    before = server.resident_kib()
    with Live(server, max_queue=1) as mute, Live(server) as reader:
        mute.say(id="s", subscribe={})
        reader.subscribe("s")
        changes = 1500
        for n in range(changes):
            rest.patch(f"/api/v1/bots/{bots[n % 4]}", {"description": "x" * 1000 + str(n)}).ok()
        heard = [int(reader.hear()["event"]["id"]) for _ in range(changes)]
        assert heard == list(range(heard[0], heard[0] + changes))
        assert server.resident_kib() - before < 16 * 1024
        seen = [mute.hear()["event"] for _ in range(changes + 1)]
    assert [int(event["id"]) for event in seen[1:]] == heard, "who reads at last has missed nothing either"


# --- the CLI -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def tailing(server, *words):
    """An `event tail` that runs; killed at the end."""
    env = clean_environment({"BOTERNITY_DATA": str(server.data)})
    tail = subprocess.Popen([str(server.binary), "event", "tail", *words], env=env, stdout=subprocess.PIPE, text=True)
    try:
        yield tail
    finally:
        tail.kill()
        tail.wait(10)
        tail.stdout.close()


def test_event_tail_shows_what_happens_and_goes_on_over_a_restart(server_factory):
    server = server_factory()
    with tailing(server, "--kind", "bot_created", "--json") as tail:
        assert "opened" in json.loads(tail.stdout.readline())
        server.rest.post("/api/v1/bots", {"name": "One"}).ok()
        one = json.loads(tail.stdout.readline())
        assert one["bot_created"] == {"slug": "one"}
        server.restart()
        server.rest.post("/api/v1/bots", {"name": "Two"}).ok()
        two = json.loads(tail.stdout.readline())
        assert two["bot_created"] == {"slug": "two"} and int(two["id"]) > int(one["id"])
        tail.send_signal(signal.SIGINT)
        assert tail.wait(10) == 130
    with tailing(server, "--after", "0") as tail:
        lines = [tail.stdout.readline() for _ in range(4)]
    assert [line.split()[2] for line in lines] == ["bot_created", "soul_version_made"] * 2, lines


def test_event_tail_refuses_what_is_no_kind(server):
    answer = server.cli("event", "tail", "--kind", "nonsense")
    assert answer.returncode == 2 and "run_ended" in answer.stderr
