"""Kind ollama: a chat with a server of Ollama, which needs no key."""

import threading

import pytest

from support.fake_ollama import FakeOllama, line
from support.fake_vendor import Chunk, Cut, Refuse, Wait
from support.sse import say_streaming, text_of


@pytest.fixture
def ollama():
    """The vendor, which is to be asked without a key; judges every request."""
    vendor = FakeOllama()
    yield vendor
    vendor.close()
    assert not vendor.complaints, "\n".join(vendor.complaints)


@pytest.fixture
def session(rest, ollama, fresh):
    """A session with a bot whose model is the vendor's."""
    name = fresh("ol")
    made = rest.post("/api/v1/providers", ollama.provider(name, "qwen3:8b")).ok()
    assert made["kind"] == "ollama" and not made.get("key")
    yield rest.make_session(rest.make_bot(fresh("ada"), model=f"{name}/qwen3:8b")["id"])["id"]
    rest.delete(f"/api/v1/providers/{name}")


def test_a_turn_is_answered_and_remembered(rest, ollama, session):
    assert rest.say(session, "one").ok()["text"] == "You said: one"
    usage = rest.get("/api/v1/runs", query={"session": session}).ok()["runs"][0]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (7, 5)
    rest.say(session, "two").ok()
    sent = ollama.requests[-1]
    assert [(m["role"], m["content"]) for m in sent["messages"]][1:] == [
        ("user", "one"), ("assistant", "You said: one"), ("user", "two")]
    assert sent["messages"][0]["role"] == "system"
    assert sent["model"] == "qwen3:8b"


def test_the_window_is_stated_with_every_request(rest, ollama, session, fresh):
    rest.say(session, "hi").ok()
    assert ollama.requests[-1]["options"]["num_ctx"] == 8192
    name = fresh("wide")
    rest.post("/api/v1/providers", ollama.provider(name, "m", window_tokens=32768)).ok()
    wide = rest.make_session(rest.make_bot(fresh("bo"), model=f"{name}/m")["id"])["id"]
    rest.say(wide, "hi").ok()
    assert ollama.requests[-1]["options"]["num_ctx"] == 32768
    rest.delete(f"/api/v1/providers/{name}")


def test_an_answer_is_streamed_and_thoughts_are_no_text(rest, ollama, session):
    gate = threading.Event()
    ollama.when("hi", line(thinking="hm"), line("first "), Wait(gate), line("second"),
                line(done=True, done_reason="stop"))
    with say_streaming(rest, session, "hi") as stream:
        events = stream.take(2)
        assert text_of(events) == "first "
        gate.set()
        events += stream.rest()
    assert text_of(events) == "first second"
    assert events[-1].data["completed"]["message"]["text"] == "first second"


@pytest.mark.parametrize("answer, status, code, says", [
    (Refuse(404, {"error": 'model "qwen3:8b" not found, try pulling it first'}), 502, "upstream_refused", "try pulling"),
    (Refuse(400, {"error": "prompt too long; exceeded max context length by 512 tokens"}), 422, "context_too_long",
     "window"),
    (Refuse(503, {"error": "server busy, please try again.  maximum pending requests exceeded"}), 502,
     "upstream_failed", "busy"),
    (Refuse(200, "<html>Welcome</html>", type="text/html"), 502, "upstream_failed", "base_url"),
    (Chunk({"error": "an error was encountered while running the model: unexpected EOF"}), 502, "upstream_failed",
     "unexpected EOF"),
    (line("some"), 502, "upstream_failed", "broke off"),
    (Cut(), 502, "upstream_failed", "broke before"),
], ids=["no such model", "too long", "busy", "a page", "an error in the stream", "never done", "cut"])
def test_a_failure_is_told_clearly(rest, ollama, session, answer, status, code, says):
    ollama.when("fail", answer)
    problem = rest.say(session, "fail").problem(status, code)
    assert says in problem["detail"], problem


def test_a_key_is_sent_where_one_is_named(server_factory):
    vendor = FakeOllama(key="Bearer ol-0123456789")
    server = server_factory(env={"OLLAMA_CLOUD": "ol-0123456789"})
    server.rest.post("/api/v1/providers", vendor.provider("cloud", "m", key="env:OLLAMA_CLOUD")).ok()
    bot = server.rest.make_bot("ada", model="cloud/m")
    assert server.rest.say(server.rest.make_session(bot["id"])["id"], "hi").ok()["text"] == "You said: hi"
    vendor.close()
    assert not vendor.complaints, "\n".join(vendor.complaints)
