"""Everything that an upstream does wrong: a clear error, the run failed, what was said kept, nothing called complete."""

import json
import socket
import time

import pytest

from support.fake_upstream import Cut, End, Finish, Hang, Pause, Raw, Refuse, Text, Wait
from support.sse import run_events, say_streaming, text_of
from support.waiting import until

TRIES = 3  # of a provider that has not said a word
HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"


def openai_error(message, code=None):
    return json.dumps({"error": {"message": message, "type": "x", "code": code}}).encode()


REFUSALS = {
    "bad key": (Refuse(401, openai_error("Incorrect API key provided")), 502, "upstream_auth"),
    "forbidden": (Refuse(403, openai_error("no")), 502, "upstream_auth"),
    "no such model": (Refuse(404, openai_error("The model does not exist", "model_not_found")), 502, "upstream_refused"),
    "wrong request": (Refuse(400, openai_error("bad parameter")), 502, "upstream_refused"),
    "too long": (Refuse(400, openai_error("maximum context length is 10 tokens", "context_length_exceeded")), 422,
                 "context_too_long"),
    "slow down": (Refuse(429, openai_error("slow down"), {"Content-Type": "application/json", "Retry-After": "1"}), 503,
                  "upstream_rate_limited"),
    "server error": (Refuse(500, openai_error("oops")), 502, "upstream_failed"),
    "bad gateway in HTML": (Refuse(502, HTML, {"Content-Type": "text/html"}), 502, "upstream_failed"),
    "overloaded": (Refuse(503, b"", {"Content-Type": "text/plain"}), 502, "upstream_failed"),
    "HTML with 200": (Refuse(200, HTML, {"Content-Type": "text/html"}), 502, "upstream_failed"),
    "JSON with 200": (Refuse(200, b'{"hello": "world"}'), 502, "upstream_failed"),
    "nothing with 200": (Refuse(200, b"", {"Content-Type": "text/event-stream"}), 502, "upstream_failed"),
    "redirect": (Refuse(302, b"", {"Location": "http://127.0.0.1:9/v1/chat/completions"}), 502, "upstream_failed"),
    "error in a 200 body": (Refuse(200, b'data: {"error":{"message":"late"}}\n\n', {"Content-Type": "text/event-stream"}),
                            502, "upstream_failed"),
}

# What comes after two deltas that a reader has already seen.
BREAKS = {
    "cut by a reset": [Cut(reset=True)],
    "cut by an end": [Cut(reset=False)],
    "ends without a finish": [End()],
    "ends with DONE but without a finish": [Raw(b"data: [DONE]\n\n"), End()],
    "malformed JSON": [Raw(b'data: {"choices": [{"del\n\n'), End()],
    "not an event": [Raw(HTML), End()],
    "wrong shape": [Raw(b'data: {"choices": "none"}\n\n'), End()],
    "an error event": [Raw(b'data: {"error":{"message":"overloaded"}}\n\n'), End()],
    "an endless line": [Raw(b"data: " + b"x" * (4 << 20)), End()],
}


# Where it makes no difference to ask again: the request is wrong, not the moment.
FINAL = {"bad key", "forbidden", "no such model", "wrong request"}


# What is too long is asked again with less of the history, which has tests of its own.
@pytest.mark.parametrize("name", sorted(REFUSALS.keys() - {"too long"}))
def test_what_may_pass_is_tried_again_and_nothing_else(rest, session, fake_upstream, name):
    step, status, code = REFUSALS[name]
    fake_upstream.first("hi", step)
    answer = rest.say(session, "hi")
    if name in FINAL:
        answer.problem(status, code)
        assert len(fake_upstream.asked("hi")) == 1
    else:
        assert answer.ok()["text"] == "You said: hi"
        assert len(fake_upstream.asked("hi")) == 2
        assert [m["role"] for m in rest.messages(session)] == ["user", "assistant"]


@pytest.mark.parametrize("name", ["slow down", "server error"])
def test_a_provider_that_keeps_failing_is_given_up(rest, session, fake_upstream, name):
    step, status, code = REFUSALS[name]
    fake_upstream.when("hi", step)
    began = time.monotonic()
    rest.say(session, "hi").problem(status, code)
    assert len(fake_upstream.asked("hi")) == TRIES
    assert time.monotonic() - began >= (2.0 if name == "slow down" else 0.7), "it was not waited for as it was told"


def test_a_pause_of_an_hour_is_told_instead_of_waited_for(rest, session, fake_upstream):
    fake_upstream.when("hi", Refuse(429, openai_error("slow down"),
                                    {"Content-Type": "application/json", "Retry-After": "3600"}))
    rest.say(session, "hi").problem(503, "upstream_rate_limited")
    assert len(fake_upstream.asked("hi")) == 1


def test_a_stream_that_breaks_before_its_first_word_is_asked_for_again(rest, session, fake_upstream):
    fake_upstream.first("hi", Cut())
    fake_upstream.first("hi", End())
    with say_streaming(rest, session, "hi") as stream:
        events = stream.rest()
    assert text_of(events) == "You said: hi" and [e.seq for e in events] == list(range(1, len(events) + 1))
    assert len(fake_upstream.asked("hi")) == 3


def test_a_cancelled_pause_asks_nobody(rest, session, fake_upstream):
    fake_upstream.when("hi", Refuse(429, openai_error("slow down"),
                                    {"Content-Type": "application/json", "Retry-After": "30"}))
    with say_streaming(rest, session, "hi") as stream:
        run = stream.take(1)[0].data["run"]
        until(lambda: fake_upstream.asked("hi"), what="the first try")
        assert rest.post(f"/api/v1/runs/{run}:cancel").ok()["state"] == "cancelled"
        assert stream.rest()[-1].name == "cancelled"
    assert len(fake_upstream.asked("hi")) == 1


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_told_and_the_run_fails(rest, session, fake_upstream, name):
    step, status, code = REFUSALS[name]
    fake_upstream.when("hi", step)
    problem = rest.say(session, "hi").problem(status, code)
    assert "<html" not in problem["detail"].lower()
    run = rest.get("/api/v1/runs", query={"session": session}).ok()["runs"][0]
    assert run["state"] == "failed" and run["error"] == {"code": code, "message": problem["detail"]}
    assert "output_message" not in run or run["output_message"] == ""
    assert [m["role"] for m in rest.messages(session)] == ["user"]
    with run_events(rest, run["id"]) as stream:
        events = stream.rest()
    assert [e.name for e in events] == ["started", "failed"]
    assert events[-1].data["failed"]["error"]["code"] == code and "message" not in events[-1].data["failed"]


def test_retry_after_is_passed_on(rest, session, fake_upstream):
    fake_upstream.when("hi", REFUSALS["slow down"][0])
    answer = rest.say(session, "hi")
    answer.problem(503, "upstream_rate_limited")
    assert answer.header("Retry-After") is None or 1 <= int(answer.header("Retry-After")) <= 1


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_stream_fails_and_keeps_what_was_said(rest, session, fake_upstream, gate, name):
    fake_upstream.when("hi", Text("half "), Text("an answer"), Wait(gate), *BREAKS[name])
    with say_streaming(rest, session, "hi") as stream:
        events = stream.take(3)
        gate.set()
        events += stream.rest()
    assert [e.name for e in events] == ["started", "delta", "delta", "failed"]
    assert [e.seq for e in events] == [1, 2, 3, 4]
    failed = events[-1].data["failed"]
    assert failed["error"]["code"] == "upstream_failed" and failed["error"]["message"].endswith(".")
    assert (failed["message"]["text"], failed["message"]["state"]) == ("half an answer", "partial")
    run = rest.run(events[0].data["run"])
    assert run["state"] == "failed" and run["error"] == failed["error"]
    assert rest.messages(session)[1] == failed["message"]
    with run_events(rest, run["id"]) as stream:
        assert [(e.id, e.name, e.data) for e in stream.rest()] == [(e.id, e.name, e.data) for e in events]
    assert rest.say(session, "again").ok()["state"] == "complete"


def test_invalid_utf_8_never_reaches_a_client(rest, session, fake_upstream):
    """It is replaced, or the turn fails; what is stored and sent is UTF-8 in any case."""
    fake_upstream.when("hi", Text("a"), Raw(b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n'),
                       Text("b"), Finish())
    with say_streaming(rest, session, "hi") as stream:
        events = stream.rest()
    assert events[-1].name in ("completed", "failed")
    if events[-1].name == "completed":
        assert text_of(events) == rest.messages(session)[1]["text"]
        assert text_of(events).strip("\ufffd") and "\ufffd" in text_of(events)


def test_nothing_is_asked_twice_behind_a_persons_back(rest, session, fake_upstream):
    """A half answer was already shown: asking again by itself would show two answers and cost twice."""
    fake_upstream.when("hi", Text("half"), Cut())
    with say_streaming(rest, session, "hi") as stream:
        stream.rest()
    assert len(fake_upstream.asked("hi")) == 1


def test_an_upstream_that_is_not_there(rest, fresh):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        name = fresh("nobody")
        rest.post("/api/v1/providers", {"name": name, "kind": "openai", "base_url": f"http://127.0.0.1:{port}/v1",
                                        "models": ["m"]}).ok()
        bot = rest.make_bot(fresh("bot"), model=f"{name}/m")
        problem = rest.say(rest.make_session(bot["id"])["id"], "hi").problem(502, "upstream_failed")
    assert name in problem["detail"] or str(port) in problem["detail"]


def test_an_upstream_that_talks_no_http(rest, fresh):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        name = fresh("mute")
        rest.post("/api/v1/providers", {"name": name, "kind": "openai",
                                        "base_url": f"http://127.0.0.1:{listener.getsockname()[1]}/v1",
                                        "models": ["m"]}).ok()
        bot = rest.make_bot(fresh("bot"), model=f"{name}/m")
        session = rest.make_session(bot["id"])["id"]
        with say_streaming(rest, session, "hi") as stream:
            for _ in range(TRIES):
                connection, _ = listener.accept()
                connection.recv(65536)
                connection.sendall(b"220 mail.test ESMTP\r\n")
                connection.close()
            events = stream.rest()
    assert events[-1].data["failed"]["error"]["code"] == "upstream_failed"


def test_a_hanging_upstream_can_be_cancelled_at_once(rest, session, fake_upstream):
    fake_upstream.when("hi", Hang())
    with say_streaming(rest, session, "hi") as stream:
        run = stream.take(1)[0].data["run"]
        until(lambda: fake_upstream.asked("hi"), what="the request at the upstream")
        assert rest.post(f"/api/v1/runs/{run}:cancel").ok()["state"] == "cancelled"
        assert stream.rest()[-1].name == "cancelled"


def test_a_hanging_upstream_stops_no_other_session(rest, bot, session, fake_upstream):
    fake_upstream.when("hi", Hang())
    with say_streaming(rest, session, "hi") as stream:
        stream.take(1)
        other = rest.make_session(bot["id"])["id"]
        assert rest.say(other, "quick").ok()["text"] == "You said: quick"
        rest.post(f"/api/v1/runs/{rest.get('/api/v1/runs', query={'session': session}).ok()['runs'][0]['id']}:cancel").ok()


def test_an_upstream_that_hangs_fails_by_itself(server_factory, fake_upstream):
    """The wait has a bound; here it is made short."""
    server = server_factory(env={"BOTERNITY_UPSTREAM_TIMEOUT": "1"})
    rest = server.rest
    rest.post("/api/v1/providers", fake_upstream.provider("fake")).ok()
    rest.make_bot("ada", model="fake/m")
    session = rest.make_session("ada")["id"]
    fake_upstream.when("hang", Hang())
    fake_upstream.when("stall", Text("half"), Pause(60), Text(" never"))
    rest.say(session, "hang").problem(502, "upstream_failed")
    with say_streaming(rest, rest.make_session("ada")["id"], "stall") as stream:
        events = stream.rest()
    assert [e.name for e in events] == ["started", "delta", "failed"]
    assert text_of(events) == "half"


# --- keys ----------------------------------------------------------------------------------------------------------


def test_a_key_from_the_environment_reaches_the_upstream_and_nothing_else(server_factory, fake_upstream):
    secret = "sk-canary-5d1f0a7c93b24e61"
    fake_upstream.key = secret
    server = server_factory(env={"CANARY_KEY": secret})
    rest = server.rest
    made = rest.post("/api/v1/providers", fake_upstream.provider("fake", key="env:CANARY_KEY"))
    rest.make_bot("ada", model="fake/m")
    session = rest.make_session("ada")["id"]
    fake_upstream.when("echo the key", Refuse(401, openai_error(f"Incorrect API key provided: {secret}")))
    fake_upstream.when("echo it again", Refuse(500, f"internal error with {secret}".encode()))
    answers = [made, rest.say(session, "hello"), rest.say(session, "echo the key"), rest.say(session, "echo it again")]
    answers += [rest.get(path) for path in ("/api/v1/providers", "/api/v1/models", "/api/v1/system", "/api/v1/runs",
                                            f"/api/v1/sessions/{session}/messages")]
    assert answers[1].status == 200
    answers[2].problem(502, "upstream_auth")
    assert fake_upstream.authorizations and all(a == [f"Bearer {secret}"] for a in fake_upstream.authorizations)
    with run_events(rest, answers[1].json["run"]) as stream:
        assert secret not in repr(stream.rest())
    for answer in answers:
        assert secret.encode() not in answer.body and secret not in str(answer.headers), answer
    server.stop()
    assert secret not in server.log()
    for path in server.data.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_a_provider_whose_key_is_missing_says_which(rest, fake_upstream, fresh):
    name = fresh("keyless")
    fake_upstream.key = "never sent"
    rest.post("/api/v1/providers", fake_upstream.provider(name, key="env:THIS_VARIABLE_IS_NOT_SET")).ok()
    bot = rest.make_bot(fresh("bot"), model=f"{name}/m")
    problem = rest.say(rest.make_session(bot["id"])["id"], "hi").problem(502, "upstream_auth")
    assert "THIS_VARIABLE_IS_NOT_SET" in problem["detail"]
    assert fake_upstream.requests == []
