"""The lifecycle machine, all verbs in all states, over HTTP; and what states mean for talking."""

import pytest

from support.fake_upstream import Text, Wait
from support.sse import run_events, say_streaming, text_of
from support.waiting import until

TABLE = {
    ("created", "start"): "running",
    ("created", "archive"): "archived",
    ("created", "delete"): "deleted",
    ("running", "pause"): "paused",
    ("running", "stop"): "stopped",
    ("running", "delete"): "deleted",
    ("paused", "start"): "running",
    ("paused", "stop"): "stopped",
    ("paused", "delete"): "deleted",
    ("stopped", "start"): "running",
    ("stopped", "archive"): "archived",
    ("stopped", "delete"): "deleted",
    ("archived", "delete"): "deleted",
}
WAY_TO = {
    "created": [],
    "running": ["start"],
    "paused": ["start", "pause"],
    "stopped": ["start", "stop"],
    "archived": ["archive"],
    "deleted": ["delete"],
}
VERBS = ["start", "pause", "stop", "archive", "delete"]


def move(rest, bot, verb, **fields):
    if verb == "delete":
        return rest.delete(f"/api/v1/bots/{bot}")
    return rest.post(f"/api/v1/bots/{bot}:{verb}", fields)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", WAY_TO)
def test_the_whole_table(rest, fresh, state, verb):
    bot = rest.make_bot(fresh("life"))
    for step in WAY_TO[state]:
        bot = move(rest, bot["id"], step).ok()
    assert bot["state"] == state
    answer = move(rest, bot["id"], verb)
    if state == "deleted":
        answer.problem(404, "not_found")
    elif (state, verb) in TABLE:
        moved = answer.ok()
        assert moved["state"] == TABLE[state, verb]
        assert moved["etag"] != bot["etag"]
        if moved["state"] != "deleted":
            assert rest.get(f"/api/v1/bots/{bot['id']}").ok() == moved
    else:
        problem = answer.problem(409, "wrong_state")
        for possible in (v for s, v in TABLE if s == state):
            assert possible in problem["detail"]
        assert rest.get(f"/api/v1/bots/{bot['id']}").ok() == bot


def test_an_unknown_verb_is_404(rest, bot):
    rest.post(f"/api/v1/bots/{bot['id']}:explode").problem(404)


def test_a_verb_needs_no_body(rest, bot):
    assert rest.call("POST", f"/api/v1/bots/{bot['id']}:start").ok()["state"] == "running"


def test_the_first_message_starts_a_bot(rest, bot, session):
    rest.say(session, "hello").ok()
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["state"] == "running"


@pytest.mark.parametrize("state", ["paused", "stopped", "archived"])
def test_a_bot_that_does_not_run_does_not_answer(rest, bot, session, state):
    for step in WAY_TO[state]:
        move(rest, bot["id"], step).ok()
    problem = rest.say(session, "hello").problem(409, "wrong_state")
    assert bot["slug"] in problem["detail"]
    assert rest.messages(session) == []
    assert rest.get(f"/api/v1/sessions/{session}").ok()["message_count"] == 0


def test_an_archived_bot_can_be_read_but_takes_nothing_new(rest, bot, session):
    rest.say(session, "hello").ok()
    move(rest, bot["id"], "stop").ok()
    move(rest, bot["id"], "archive").ok()
    assert len(rest.messages(session)) == 2
    rest.post(f"/api/v1/bots/{bot['id']}/sessions").problem(409, "wrong_state")
    rest.post(f"/api/v1/bots/{bot['id']}/souls", {"text": "new"}).problem(409, "wrong_state")


@pytest.mark.parametrize("verb", ["stop", "delete"])
def test_stopping_or_deleting_cancels_the_turns_and_keeps_what_was_said(server, rest, bot, session, fake_upstream,
                                                                        gate, verb):
    fake_upstream.when("talk", Text("so far"), Wait(gate), Text(" never"))
    with say_streaming(rest, session, "talk") as stream:
        events = stream.take(2)
        move(rest, bot["id"], verb).ok()
        events += stream.rest()
    assert [e.name for e in events] == ["started", "delta", "cancelled"]
    run = rest.run(events[0].data["run"])
    assert run["state"] == "cancelled" and run["stop_reason"] == "cancelled"
    said = events[-1].data["cancelled"]["message"]
    assert (said["text"], said["state"]) == ("so far", "partial")


def test_pausing_lets_the_turn_finish_and_refuses_the_next(rest, bot, session, fake_upstream, gate):
    fake_upstream.when("talk", Text("one"), Wait(gate), Text(" two"))
    with say_streaming(rest, session, "talk") as stream:
        events = stream.take(2)
        move(rest, bot["id"], "pause").ok()
        rest.say(session, "more").problem(409, "wrong_state")
        gate.set()
        events += stream.rest()
    assert events[-1].name == "completed"
    assert text_of(events) == "one two"
    with run_events(rest, events[0].data["run"]) as stream:
        assert text_of(stream.rest()) == "one two"
    until(lambda: rest.get("/api/v1/system").ok()["active_runs"] == 0, what="the end of all runs")
