"""Turns that are cancelled, that wait for each other, and that run at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

from support.fake_upstream import Text, Wait
from support.sse import run_events, say_streaming, text_of
from support.waiting import until


def shape(events):
    """What must be the same whoever reads a run."""
    return [(e.id, e.name, e.data) for e in events]


def test_cancel_keeps_what_was_said_and_tells_every_reader(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("so "), Text("far"), Wait(gate), Text(" never"))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.take(3)
        run = events[0].data["run"]
        other = run_events(rest, run)
        cancelled = rest.post(f"/api/v1/runs/{run}:cancel").ok()
        events += stream.rest()
    with other:
        assert shape(other.rest()) == shape(events)
    assert [e.name for e in events] == ["started", "delta", "delta", "cancelled"]
    assert cancelled["state"] == "cancelled" and cancelled == rest.run(run)
    message = events[-1].data["cancelled"]["message"]
    assert (message["text"], message["state"]) == ("so far", "partial")
    assert rest.messages(session)[1] == message
    until(lambda: fake_upstream.hang_ups == 1, what="the upstream's connection to be closed")
    rest.say(session, "go on").ok()
    assert [m["content"] for m in fake_upstream.last()["messages"]][1:] == ["hi", "so far", "go on"]


def test_cancel_before_a_word_was_said_leaves_no_message(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Wait(gate), Text("never"))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.take(1)
        rest.post(f"/api/v1/runs/{events[0].data['run']}:cancel").ok()
        events += stream.rest()
    assert [e.name for e in events] == ["started", "cancelled"]
    assert "message" not in events[-1].data["cancelled"]
    assert [m["role"] for m in rest.messages(session)] == ["user"]


def test_a_waiting_post_whose_run_is_cancelled_says_so(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Wait(gate), Text("never"))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(rest.say, session, "hi")
        run = until(lambda: rest.get("/api/v1/runs", query={"session": session}).ok()["runs"], what="the run")[0]["id"]
        rest.post(f"/api/v1/runs/{run}:cancel").ok()
        asked.result().problem(499, "cancelled")


def test_an_ended_run_cannot_be_cancelled_and_a_cancelled_one_can_again(rest, session, fake_upstream, gate):
    run = rest.say(session, "quick").ok()["run"]
    rest.post(f"/api/v1/runs/{run}:cancel").problem(409, "wrong_state")
    fake_upstream.when("hi", Text("a"), Wait(gate))
    with say_streaming(rest, session, "hi") as stream:
        run = stream.take(2)[0].data["run"]
        first = rest.post(f"/api/v1/runs/{run}:cancel").ok()
    assert rest.post(f"/api/v1/runs/{run}:cancel").ok() == first


def test_two_messages_at_once_are_answered_in_order(rest, session, fake_upstream, gate):
    fake_upstream.when("one", Text("1"), Wait(gate))
    with say_streaming(rest, session, "one") as first:
        first.take(2)
        second = say_streaming(rest, session, "two")
        runs = rest.get("/api/v1/runs", query={"session": session}).ok()["runs"]
        assert [r["state"] for r in runs] == ["queued", "running"]
        assert fake_upstream.asked("two") == []
        gate.set()
        first.rest()
        with second:
            assert second.rest()[-1].name == "completed"
    assert [m["text"] for m in rest.messages(session)] == ["one", "two", "1", "You said: two"]
    sent = [m["content"] for m in fake_upstream.asked("two")[0]["messages"]][1:]
    assert sent[0] == "one" and sent[-1] == "two"


def test_a_message_that_waits_can_be_cancelled_alone(rest, session, fake_upstream, gate):
    fake_upstream.when("one", Text("1"), Wait(gate))
    with say_streaming(rest, session, "one") as first:
        first.take(2)
        with say_streaming(rest, session, "two") as second:
            run = rest.get("/api/v1/runs", query={"session": session}).ok()["runs"][0]
            assert run["state"] == "queued"
            assert rest.post(f"/api/v1/runs/{run['id']}:cancel").ok()["state"] == "cancelled"
            assert second.rest()[-1].name == "cancelled"
        gate.set()
        assert first.rest()[-1].name == "completed"
    assert fake_upstream.asked("two") == []


def test_a_session_takes_no_endless_queue(rest, session, fake_upstream, gate):
    fake_upstream.when("one", Text("1"), Wait(gate))
    streams = [say_streaming(rest, session, "one")]
    streams[0].take(2)
    refused = None
    for number in range(40):
        stream = say_streaming(rest, session, f"more {number}")
        if stream.status != 200:
            refused = stream.refused()
            break
        streams.append(stream)
    assert refused is not None, "forty messages wait and none was refused"
    refused.problem(429, "rate_limited")
    gate.set()
    for stream in streams:
        with stream:
            assert stream.rest()[-1].name == "completed"
    assert len(rest.messages(session)) == 2 * len(streams)


def test_fifty_sessions_at_once_each_get_their_own_answer(rest, bot, fake_upstream, fresh):
    everybody = threading.Barrier(50)
    sessions = [rest.make_session(bot["id"])["id"] for _ in range(50)]

    def talk(number):
        said = f"number {number}"
        fake_upstream.when(said, *(Text(f"{number}.{i} ") for i in range(20)))
        everybody.wait(30)
        with say_streaming(rest, sessions[number], said, timeout=60) as stream:
            events = stream.rest()
        assert [e.seq for e in events] == list(range(1, 23))
        assert text_of(events) == "".join(f"{number}.{i} " for i in range(20))
        return events[-1].name

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(talk, range(50))) == ["completed"] * 50
    assert len(rest.all("/api/v1/runs", "runs", query={"bot": bot["id"], "state": "completed"})) == 50


def test_many_readers_of_one_run_read_the_same(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("a"), Wait(gate), *(Text(f" {i}") for i in range(200)))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.take(2)
        run = events[0].data["run"]
        readers = [run_events(rest, run) for _ in range(20)]
        gate.set()
        whole = shape(events + stream.rest())
    with ThreadPoolExecutor(20) as pool:
        assert all(shape(got) == whole for got in pool.map(lambda r: r.rest(), readers))
    for reader in readers:
        reader.close()
