"""Vendors with a format of their own: a chat by the real binary, a key, usage, and errors told in a sentence."""

import pytest

from support.anthropic_upstream import AnthropicUpstream
from support.instance import ServerFactory
from support.responses_upstream import ResponsesUpstream
from support.sse import say_streaming, text_of
from support.vendor_upstream import Fail, Refuse, Text, Thought

VENDORS = {"anthropic": AnthropicUpstream, "openai-responses": ResponsesUpstream}
KEY = "sk-vendor-0123456789abcdefghij"


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory, request):
    """One whose environment holds the key."""
    factory = ServerFactory(binary, tmp_path_factory.mktemp("server"))
    request.node.server_factories = [factory]
    yield factory(env={"VENDOR_KEY": KEY})
    factory.close()


@pytest.fixture(params=VENDORS)
def vendor(request):
    """A vendor that wants the key; fails the test if it was ever asked wrongly."""
    with VENDORS[request.param](key=KEY) as upstream:
        yield upstream


@pytest.fixture
def session(rest, vendor, fresh):
    """A session of a bot that the vendor answers for."""
    name = fresh("vendor")
    rest.post("/api/v1/providers", vendor.provider(name, key="env:VENDOR_KEY")).ok()
    bot = rest.make_bot(fresh("bot"), model=f"{name}/m")
    yield rest.make_session(bot["id"])["id"]
    rest.delete(f"/api/v1/providers/{name}")


def test_an_answer_streams_and_what_was_said_goes_back(rest, session, vendor):
    vendor.when("hi", Text("Hel"), Text("lo, 世界"))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.rest()
    assert text_of(events) == "Hello, 世界"
    assert [e.data["delta"]["text"] for e in events if e.name == "delta"] == ["Hel", "lo, 世界"]
    assert rest.say(session, "and now?").ok()["text"] == "You said: and now?"
    first, second = vendor.requests
    told = str(second)
    assert "hi" in str(first) and "Hello, 世界" in told and "and now?" in told


def test_what_it_thinks_is_no_part_of_the_answer(rest, session, vendor):
    vendor.when("think", Thought("Secretly I wonder."), Text("Done."))
    answer = rest.say(session, "think").ok()
    assert answer["text"] == "Done."
    assert [m["text"] for m in rest.messages(session)] == ["think", "Done."]


def test_usage_is_on_one_scale(rest, session, vendor):
    usage = rest.run(rest.say(session, "hi").ok()["run"])["usage"]
    assert usage["input_tokens"] == 100 and usage["output_tokens"] == 8
    assert usage["cache_read_tokens"] == 70 and usage["cache_write_tokens"] == 20
    assert usage["reasoning_tokens"] == 3 and not usage.get("estimated")


def test_a_refused_key_is_told_and_never_repeated(rest, session, vendor):
    vendor.when("hi", Refuse(401, f"The key {KEY} is not valid"))
    problem = rest.say(session, "hi").problem(502, "upstream_auth")
    assert "check that it is right" in problem["detail"] and "is not valid" in problem["detail"]
    assert KEY not in str(problem)


def test_an_error_in_mid_stream_keeps_what_was_said(rest, session, vendor):
    vendor.when("hi", Text("Half an"), Text(" answer"), Fail("The model is overloaded"))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.rest()
    assert text_of(events) == "Half an answer" and events[-1].name == "failed"
    error = events[-1].data["failed"]["error"]
    assert error["code"] == "upstream_failed" and "overloaded" in error["message"]


@pytest.mark.parametrize("kind", VENDORS)
def test_without_its_key_a_provider_says_which_variable_is_missing(rest, fresh, kind):
    with VENDORS[kind]() as upstream:
        name = fresh("keyless")
        rest.post("/api/v1/providers", upstream.provider(name, key="env:NOBODY_SET_THIS")).ok()
        bot = rest.make_bot(fresh("bot"), model=f"{name}/m")
        session = rest.make_session(bot["id"])["id"]
        problem = rest.say(session, "hi").problem(502, "upstream_auth")
        assert "NOBODY_SET_THIS" in problem["detail"]
        assert upstream.requests == []


@pytest.mark.parametrize("kind", VENDORS)
def test_a_server_without_a_key_is_sent_none(rest, cli, fresh, kind):
    with VENDORS[kind]() as upstream:
        name = fresh("open")
        rest.post("/api/v1/providers", upstream.provider(name)).ok()
        bot = rest.make_bot(fresh("bot"), model=f"{name}/m")
        assert cli("chat", bot["slug"], "good morning").stdout == "You said: good morning\n"
        assert len(upstream.requests) == 1
