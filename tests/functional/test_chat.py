"""A chat turn against an upstream that the test controls: streamed, and read again from anywhere."""

import threading

import pytest

from support.fake_upstream import Finish, Pause, Text, Wait
from support.sse import run_events, say_streaming, text_of
from support.waiting import until

PIECES = ["Hel", "lo ", "wör", "ld 🎉", "\n", "  two  spaces ", "\"quoted\" \\ {}", "end"]


def shape(events):
    """What must be the same whenever and however often a run is read."""
    return [(e.id, e.name, e.data) for e in events]


def test_a_turn_streams_its_events_in_order(rest, bot, session, fake_upstream):
    fake_upstream.when("hi", *map(Text, PIECES))
    with say_streaming(rest, session, "hi") as stream:
        assert stream.headers["Cache-Control"] == "no-cache" or "no-store" in stream.headers["Cache-Control"]
        events = stream.rest()
    assert [e.name for e in events] == ["started"] + ["delta"] * len(PIECES) + ["completed"]
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert all(e.data["seq"] == e.seq for e in events)
    assert len({e.data["run"] for e in events}) == 1
    assert [e.data["delta"]["text"] for e in events[1:-1]] == PIECES
    started = events[0].data["started"]
    assert (started["attempt"], started["bot"], started["session"], started["model"], started["soul_version"]) == \
        (1, bot["id"], session, bot["model"], 1)
    completed = events[-1].data["completed"]
    assert completed["message"]["text"] == "".join(PIECES)
    assert completed["message"]["state"] == "complete" and completed["message"]["role"] == "assistant"
    assert completed["stop_reason"] == "stop" and completed["usage"]["output_tokens"] == len(PIECES)
    messages = rest.messages(session)
    assert messages[0]["id"] == started["input_message"]
    assert messages[1] == completed["message"]


def test_a_post_without_streaming_answers_the_final_message(rest, session, fake_upstream):
    fake_upstream.when("hi", *map(Text, PIECES))
    answer = rest.say(session, "hi")
    message = answer.ok()
    assert answer.header("Content-Type").startswith("application/json")
    assert message["text"] == "".join(PIECES) and message["role"] == "assistant"
    assert rest.messages(session)[1] == message


def test_deltas_arrive_while_the_model_still_speaks(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("first"), Wait(gate), Text("second"))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.take(2)
        assert text_of(events) == "first"
        assert rest.run(events[0].data["run"])["state"] == "running"
        gate.set()
        events += stream.rest()
    assert text_of(events) == "firstsecond"


def test_the_prompt_is_soul_history_and_message(rest, bot, session, fake_upstream):
    rest.patch(f"/api/v1/bots/{bot['id']}", {"settings": {"temperature": 0.25, "max_output_tokens": 77}}).ok()
    rest.post(f"/api/v1/bots/{bot['id']}/souls", {"text": "You are terse."}).ok()
    rest.say(session, "one").ok()
    rest.say(session, "two").ok()
    sent = fake_upstream.last()
    assert sent["messages"] == [
        {"role": "system", "content": "You are terse."}, {"role": "user", "content": "one"},
        {"role": "assistant", "content": "You said: one"}, {"role": "user", "content": "two"}]
    assert sent["temperature"] == 0.25
    assert sent.get("max_completion_tokens", sent.get("max_tokens")) == 77


def test_settings_that_are_not_set_are_not_sent(rest, session, fake_upstream):
    rest.say(session, "one").ok()
    assert "temperature" not in fake_upstream.last()


@pytest.mark.parametrize("carrier", ["after", "last_event_id"])
def test_reading_again_from_every_event_misses_and_doubles_nothing(rest, session, fake_upstream, gate, carrier):
    """While the run runs: part of the events are there, the others come when the model goes on."""
    fake_upstream.when("hi", *map(Text, PIECES[:4]), Wait(gate), *map(Text, PIECES[4:]))
    with say_streaming(rest, session, "hi") as first:
        seen = first.take(5)
        run = seen[0].data["run"]
        readers = [run_events(rest, run, **{carrier: after}) for after in range(0, 8)]
        early = [reader.take(5 - after) for after, reader in enumerate(readers[:5])]
        gate.set()
        whole = shape(seen + first.rest())
    total = len(PIECES) + 2
    assert [w[0] for w in whole] == [str(n) for n in range(1, total + 1)]
    for after, reader in enumerate(readers):
        with reader:
            got = shape((early[after] if after < 5 else []) + reader.rest())
        assert got == whole[after:], after
    for after in range(0, total + 2):
        with run_events(rest, run, **{carrier: after}) as reader:
            assert shape(reader.rest()) == whole[after:], after


def test_after_and_last_event_id_together_go_on_behind_the_later(rest, session):
    run = rest.say(session, "a b c d e").ok()["run"]
    with run_events(rest, run, after=1, last_event_id=4) as stream:
        assert [e.seq for e in stream.rest()][0] == 5


@pytest.mark.parametrize("after", ["-1", "x", "4294967296", "1.5", ""])
def test_a_wrong_after_is_refused(rest, session, after):
    run = rest.say(session, "hi").ok()["run"]
    rest.get(f"/api/v1/runs/{run}/events", query={"after": after}).problem(400, "invalid_argument", "after")


def test_an_ended_run_reads_the_same_after_a_restart(server_factory, fake_upstream):
    server = server_factory()
    fake_upstream.when("hi", *map(Text, PIECES))
    rest = server.rest
    rest.post("/api/v1/providers", fake_upstream.provider("fake")).ok()
    rest.make_bot("ada", model="fake/m")
    session = rest.make_session("ada")["id"]
    with say_streaming(rest, session, "hi") as stream:
        whole = shape(stream.rest())
    run = rest.run(whole[0][2]["run"])
    messages = rest.messages(session)
    server.restart()
    rest = server.rest
    assert rest.run(run["id"]) == run
    assert rest.messages(session) == messages
    for after in range(0, len(whole) + 2):
        with run_events(rest, run["id"], after=after) as stream:
            assert shape(stream.rest()) == whole[after:], after
    assert rest.say(session, "and now").ok()["text"] == "You said: and now"
    assert [m["content"] for m in fake_upstream.last()["messages"]][1:] == ["hi", "".join(PIECES), "and now"]


def test_a_client_that_hangs_up_does_not_stop_the_run(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("one"), Wait(gate), Text(" two"))
    with say_streaming(rest, session, "hi") as stream:
        run = stream.take(2)[0].data["run"]
    gate.set()
    until(lambda: rest.run(run)["state"] == "completed", what="the end of the run")
    assert rest.messages(session)[1]["text"] == "one two"
    assert fake_upstream.hang_ups == 0


def test_a_waiting_post_that_hangs_up_does_not_stop_the_run(rest, session, fake_upstream, gate):
    fake_upstream.when("hi", Text("one"), Wait(gate), Text(" two"))
    connection = rest.connection()
    connection.request("POST", f"/api/v1/sessions/{session}/messages", body=b'{"text": "hi"}', headers=rest.headers(b"{}", {}))
    until(lambda: fake_upstream.asked("hi"), what="the request at the upstream")
    connection.close()
    gate.set()
    until(lambda: len(rest.messages(session)) == 2, what="the answer")
    assert rest.messages(session)[1]["text"] == "one two"


def test_a_silent_stream_is_kept_alive(rest, session, fake_upstream, gate):
    """A comment comes now and then, so that neither side nor a proxy takes silence for death."""
    fake_upstream.when("hi", Text("a"), Wait(gate), Text("b"))
    with say_streaming(rest, session, "hi", timeout=60) as stream:
        stream.take(2)
        timer = threading.Timer(20, gate.set)
        timer.start()
        try:
            stream.rest()
        finally:
            timer.cancel()
        assert stream.comments >= 1


def test_a_long_answer_is_streamed_whole(rest, session, fake_upstream):
    pieces = [f"{i:05d} ".ljust(100, "x") for i in range(5000)]
    fake_upstream.when("long", *map(Text, pieces))
    with say_streaming(rest, session, "long", timeout=60) as stream:
        events = stream.rest()
    assert text_of(events) == "".join(pieces)
    with run_events(rest, events[0].data["run"], timeout=60) as stream:
        assert text_of(stream.rest()) == "".join(pieces)
    assert rest.messages(session)[1]["text"] == "".join(pieces)


def test_an_endless_answer_is_cut_at_a_stated_size(rest, session, fake_upstream):
    """A provider that never stops must not fill memory or disk."""
    fake_upstream.when("endless", *(Text("x" * 65536) for _ in range(40)))
    message = rest.say(session, "endless").ok()
    assert 1024 * 1024 <= len(message["text"]) <= 1024 * 1024 + 65536
    assert rest.run(message["run"])["stop_reason"] == "length"


def test_a_slow_model_is_no_error(rest, session, fake_upstream):
    fake_upstream.when("slow", *(step for i in range(20) for step in (Text(f"{i} "), Pause(0.05))))
    assert rest.say(session, "slow").ok()["text"] == "".join(f"{i} " for i in range(20))


@pytest.mark.parametrize("reason, told", [("stop", "stop"), ("length", "length"), ("content_filter", "refused")])
def test_the_stop_reason_is_told(rest, session, fake_upstream, reason, told):
    fake_upstream.when("why", Text("so"), Finish(reason))
    run = rest.run(rest.say(session, "why").ok()["run"])
    assert (run["state"], run["stop_reason"]) == ("completed", told)


def test_usage_that_no_one_reports_is_estimated_and_says_so(rest, session, fake_upstream):
    fake_upstream.when("count", Text("a few words here"), Finish(usage=False))
    usage = rest.run(rest.say(session, "count").ok()["run"])["usage"]
    assert usage["estimated"] and usage["input_tokens"] > 0 and usage["output_tokens"] > 0
