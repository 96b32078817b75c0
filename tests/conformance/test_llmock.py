"""Providers that fail, as others fake them: llmock speaks four of our wires, breaks on demand, and judges its client."""

import contextlib
import pathlib
import sys

import httpx
import pytest

from support.mock_upstream import MockUpstream, served_with
from support.sse import say_streaming, text_of

WIRES = {
    "openai": ("openai", "/v1"),
    "openai-responses": ("openai-responses", "/v1"),
    "anthropic": ("anthropic", "/anthropic"),
    "google": ("google", "/gemini/v1beta"),
}
TRIES = 3
SILENCE_SECONDS = 2


class Llmock(MockUpstream):
    """One llmock on a port of its own."""

    def __init__(self):
        super().__init__([pathlib.Path(sys.executable).parent / "llmock", "serve", "--host", "127.0.0.1", "--port", "0",
                          "--response-style", "static"], says="running on")

    def plays(self, *behaviors):
        httpx.post(self.base + "/_llmock/reset").raise_for_status()
        if behaviors:
            httpx.post(self.base + "/_llmock/scenario", json={"behaviors": list(behaviors)}).raise_for_status()

    def verdict(self):
        return httpx.get(self.base + "/_llmock/verdict").raise_for_status().json()

    def passes(self, attempts):
        """What `llmock report --strict` asks for."""
        verdict = self.verdict()
        assert verdict["passed"] and verdict["findings"] == [], verdict
        assert verdict["attempts"] == attempts, verdict


@pytest.fixture(scope="module")
def llmock():
    with contextlib.closing(Llmock()) as mock:
        yield mock


@pytest.fixture(scope="module")
def served(binary, tmp_path_factory, request, llmock):
    with served_with(WIRES, llmock, "mock-1", binary, tmp_path_factory.mktemp("llmock"), request.node,
                     env={"BOTERNITY_UPSTREAM_TIMEOUT": str(SILENCE_SECONDS)}) as server:
        yield server


@pytest.fixture(params=WIRES)
def session(served, request):
    return served.rest.make_session(request.param)["id"]


@pytest.fixture
def rest(served):
    return served.rest


def test_it_answers(rest, session, llmock):
    llmock.plays({"type": "reply", "text": "Grüße, 世界 🙂, from the mock."})
    answer = rest.say(session, "hello").ok()
    assert answer["text"] == "Grüße, 世界 🙂, from the mock." and answer["state"] == "complete"
    run = rest.get("/api/v1/runs", query={"session": session}).ok()["runs"][0]
    assert run["usage"]["output_tokens"] > 0 and run["stop_reason"] == "stop"
    llmock.passes(attempts=1)


@pytest.mark.parametrize("status", [429, 500, 529])
def test_what_may_pass_is_asked_again(rest, session, llmock, status):
    llmock.plays({"type": "fail", "status": status, "times": 2, "retry_after": 0.3 if status == 429 else None})
    assert rest.say(session, "hello").ok()["state"] == "complete"
    llmock.passes(attempts=TRIES)


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_every_status_that_may_pass_is_asked_again(rest, llmock, status):
    """The statuses mean the same on every wire."""
    llmock.plays({"type": "fail", "status": status, "times": 1})
    assert rest.say(rest.make_session("openai")["id"], "hello").ok()["state"] == "complete"
    llmock.passes(attempts=2)


@pytest.mark.parametrize("status, code", [(400, "upstream_refused"), (401, "upstream_auth"), (403, "upstream_auth"),
                                          (404, "upstream_refused"), (422, "upstream_refused")])
def test_what_is_refused_is_not_asked_again(rest, session, llmock, status, code):
    llmock.plays({"type": "fail", "status": status, "times": None})
    problem = rest.say(session, "hello").problem(502, code)
    assert "sk-upstream" not in problem["detail"]
    llmock.passes(attempts=1)


def test_an_outage_ends_after_three_tries(rest, session, llmock):
    llmock.plays({"type": "fail", "status": 503, "times": None})
    rest.say(session, "hello").problem(502, "upstream_failed")
    llmock.passes(attempts=TRIES)


@pytest.mark.parametrize("kind", ["disconnect", "truncate", "malformed", "stall"])
def test_a_stream_that_breaks_before_its_first_word_is_asked_again(rest, session, llmock, kind):
    # More than any socket takes at once: else the mock has said all of it before it can see that nobody listens.
    long = "nevertheless-and-so-on " * (20_000 if kind == "malformed" else 1)
    llmock.plays({"type": "reply", "text": long},
                 {"type": "stream_fault", "kind": kind, "after_chunks": 0, "stall_seconds": SILENCE_SECONDS * 5})
    assert rest.say(session, "hello").ok()["state"] == "complete"
    llmock.passes(attempts=2)


@pytest.mark.parametrize("kind", ["disconnect", "truncate", "malformed", "stall"])
def test_a_stream_that_breaks_later_is_never_called_complete(rest, session, llmock, kind):
    llmock.plays({"type": "reply", "text": "one two three four five six seven eight nine ten " * 4},
                 {"type": "stream_fault", "kind": kind, "after_chunks": 6, "stall_seconds": SILENCE_SECONDS * 5})
    with say_streaming(rest, session, "hello") as stream:
        events = stream.rest()
    assert events[-1].name == "failed", events[-1]
    failed = events[-1].data["failed"]
    assert failed["error"]["code"] == "upstream_failed"
    said = text_of(events)
    assert said and failed["message"]["text"] == said and failed["message"]["state"] == "partial"
    assert llmock.verdict()["attempts"] == 1, "what was shown is not said twice"


def test_a_first_token_may_take_its_time(rest, session, llmock):
    llmock.plays({"type": "slow_first_token", "seconds": SILENCE_SECONDS / 2})
    assert rest.say(session, "hello").ok()["state"] == "complete"
    llmock.passes(attempts=1)


def test_what_exceeds_the_window_is_told(rest, session, llmock):
    llmock.plays({"type": "fail", "status": 400, "times": None, "code": "context_length_exceeded",
                  "message": "This model's maximum context length is 10 tokens."})
    rest.say(session, "hello").problem(422, "context_too_long")
