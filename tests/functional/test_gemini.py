"""Kind google: a chat with a server that speaks generateContent."""

import threading

import pytest

from support.fake_gemini import FakeGemini, chunk
from support.fake_vendor import Chunk, Cut, Refuse, Wait
from support.sse import say_streaming, text_of

KEY = "goog-0123456789"


@pytest.fixture
def gemini(server_factory):
    """The vendor, a server whose bot talks to it, and a session; judges every request."""
    vendor = FakeGemini(key=KEY)
    server = server_factory(env={"MY_GEMINI_KEY": KEY})
    made = server.rest.post("/api/v1/providers",
                            vendor.provider("gem", "gemini-3.1-pro-preview", key="env:MY_GEMINI_KEY")).ok()
    assert made["kind"] == "google"
    bot = server.rest.make_bot("ada", model="gem/gemini-3.1-pro-preview")
    vendor.rest = server.rest
    vendor.session = server.rest.make_session(bot["id"])["id"]
    yield vendor
    vendor.close()
    assert not vendor.complaints, "\n".join(vendor.complaints)
    assert KEY not in server.log_path.read_text()


def test_a_turn_is_answered_and_remembered(gemini):
    assert gemini.rest.say(gemini.session, "one").ok()["text"] == "You said: one"
    run = gemini.rest.get("/api/v1/runs", query={"session": gemini.session}).ok()["runs"][0]
    usage = run["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["reasoning_tokens"]) == (7, 5, 2)
    gemini.rest.say(gemini.session, "two").ok()
    sent = gemini.requests[-1]
    assert [(c["role"], c["parts"][0]["text"]) for c in sent["contents"]] == [
        ("user", "one"), ("model", "You said: one"), ("user", "two")]
    assert sent["systemInstruction"]["parts"][0]["text"]


def test_an_answer_is_streamed_and_thoughts_are_no_text(gemini):
    gate = threading.Event()
    gemini.when("hi", chunk({"text": "hm", "thought": True}), chunk({"text": "first "}), Wait(gate),
                chunk({"text": "second"}, reason="STOP"))
    with say_streaming(gemini.rest, gemini.session, "hi") as stream:
        events = stream.take(2)
        assert text_of(events) == "first "
        gate.set()
        events += stream.rest()
    assert text_of(events) == "first second"
    assert events[-1].data["completed"]["message"]["text"] == "first second"


@pytest.mark.parametrize("answer, status, code, says", [
    (Refuse(400, {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}}), 502, "upstream_auth",
     "key"),
    (Refuse(429, {"error": {"code": 429, "message": f"No quota for {KEY}", "status": "RESOURCE_EXHAUSTED", "details": [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600s"}]}}),
     503, "upstream_rate_limited", "too many"),
    (Refuse(404, {"error": {"code": 404, "message": "models/x is not found", "status": "NOT_FOUND"}}),
     502, "upstream_refused", "is not found"),
    (Refuse(200, "<html>Welcome</html>", type="text/html"), 502, "upstream_failed", "base_url"),
    (Chunk({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}),
     502, "upstream_failed", "overloaded"),
    (Cut(), 502, "upstream_failed", "broke before"),
], ids=["wrong key", "quota", "no such model", "a page", "overloaded in the stream", "cut"])
def test_a_failure_is_told_clearly(gemini, answer, status, code, says):
    gemini.when("fail", answer)
    problem = gemini.rest.say(gemini.session, "fail").problem(status, code)
    assert says in problem["detail"] and KEY not in str(problem), problem


def test_a_blocked_question_is_a_refusal(gemini):
    gemini.when("bad", Chunk({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}))
    gemini.rest.say(gemini.session, "bad")
    run = gemini.rest.get("/api/v1/runs", query={"session": gemini.session}).ok()["runs"][0]
    assert run["stop_reason"] == "refused", run


def test_a_key_that_is_not_set_is_told(server_factory):
    vendor = FakeGemini()
    server = server_factory()
    server.rest.post("/api/v1/providers", vendor.provider("gem", "gemini-2.5-flash", key="env:NOT_SET_HERE")).ok()
    bot = server.rest.make_bot("ada", model="gem/gemini-2.5-flash")
    session = server.rest.make_session(bot["id"])["id"]
    problem = server.rest.say(session, "hi").problem(502, "upstream_auth")
    assert "NOT_SET_HERE" in problem["detail"]
    assert vendor.requests == []
    vendor.close()
