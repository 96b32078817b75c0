"""Sessions and messages, without what the model does with them."""

import pytest

from support.sse import say_streaming
from support.waiting import until

NO_SESSION = "0192f0c1-2345-7678-9abc-def012345678"


def test_a_session_is_made_read_and_listed(rest, bot):
    session = rest.make_session(bot["id"], title="First")
    assert session["bot"] == bot["id"] and session["title"] == "First" and session["message_count"] == 0
    assert rest.get(f"/api/v1/sessions/{session['id']}").ok() == session
    assert rest.get(f"/api/v1/bots/{bot['slug']}/sessions").ok()["sessions"] == [session]


def test_the_first_message_gives_the_title(rest, session):
    rest.say(session, "What is\nthe time? " + "x" * 100).ok()
    title = rest.get(f"/api/v1/sessions/{session}").ok()["title"]
    assert title.startswith("What is the time?") and len(title) <= 60


def test_a_title_that_was_given_stays(rest, bot):
    session = rest.make_session(bot["id"], title="Mine")["id"]
    rest.say(session, "hello").ok()
    assert rest.get(f"/api/v1/sessions/{session}").ok()["title"] == "Mine"


def test_the_session_used_last_is_listed_first(rest, bot):
    made = [rest.make_session(bot["id"])["id"] for _ in range(4)]
    rest.say(made[1], "hello").ok()
    expected = [made[1], made[3], made[2], made[0]]
    path = f"/api/v1/bots/{bot['id']}/sessions"
    assert [s["id"] for s in rest.all(path, "sessions")] == expected
    for size in (1, 3):
        assert [s["id"] for page in rest.pages(path, "sessions", size) for s in page] == expected


def test_messages_stand_in_order_with_their_run(rest, session):
    for text in ("one", "two", "three"):
        rest.say(session, text).ok()
    messages = rest.messages(session)
    assert [(m["position"], m["role"], m["text"]) for m in messages] == [
        (1, "user", "one"), (2, "assistant", "You said: one"), (3, "user", "two"), (4, "assistant", "You said: two"),
        (5, "user", "three"), (6, "assistant", "You said: three")]
    assert all(m["state"] == "complete" and m["session"] == session for m in messages)
    assert [m["run"] for m in messages[::2]] == [m["run"] for m in messages[1::2]]
    assert rest.get(f"/api/v1/sessions/{session}").ok()["message_count"] == 6
    for size in (1, 4, 5):
        pages = rest.pages(f"/api/v1/sessions/{session}/messages", "messages", size)
        assert [m["id"] for page in pages for m in page] == [m["id"] for m in messages]


def test_runs_are_listed_by_bot_session_and_state(rest, bot, session):
    other = rest.make_session(bot["id"])["id"]
    runs = [rest.say(s, "hi").ok()["run"] for s in (session, other, session)]
    assert [r["id"] for r in rest.all("/api/v1/runs", "runs", query={"bot": bot["slug"]})] == runs[::-1]
    assert [r["id"] for r in rest.all("/api/v1/runs", "runs", query={"session": other})] == [runs[1]]
    assert [r["id"] for page in rest.pages("/api/v1/runs", "runs", 1, {"session": session}) for r in page] == \
        [runs[2], runs[0]]
    query = {"bot": bot["id"], "state": "completed"}
    until(lambda: len(rest.all("/api/v1/runs", "runs", query=query)) == 3, what="three ended runs")
    assert rest.all("/api/v1/runs", "runs", query={"bot": bot["id"], "state": "failed"}) == []
    rest.get("/api/v1/runs", query={"state": "flying"}).problem(400, "invalid_argument", "state")
    rest.get("/api/v1/runs", query={"bot": "nobody"}).problem(404, "not_found")
    rest.get("/api/v1/runs", query={"session": "x"}).problem(404, "not_found")


def test_a_run_tells_what_it_was_made_of(rest, bot, session):
    said = rest.say(session, "hi").ok()
    run = rest.run(said["run"])
    assert (run["bot"], run["session"], run["kind"], run["state"]) == (bot["id"], session, "turn", "completed")
    assert (run["model"], run["soul_version"], run["attempt"]) == (bot["model"], 1, 1)
    assert run["output_message"] == said["id"]
    assert run["input_message"] == rest.messages(session)[0]["id"]
    assert run["stop_reason"] == "stop" and "error" not in run and "context_cut" not in run
    assert run["usage"]["output_tokens"] > 0 and not run["usage"]["estimated"]
    assert run["created_at"] <= run["started_at"] <= run["ended_at"]


@pytest.mark.parametrize("text, status, said", [
    ("", 400, "empty"), (" \n\t", 400, "empty"), ("a\u0000b", 400, "U+0000"), ("m" * (256 * 1024 + 1), 413, "262144"),
])
def test_a_wrong_message_is_refused_and_nothing_is_kept(rest, session, text, status, said):
    assert said in rest.say(session, text).problem(status, None, "text")["detail"]
    rest.post(f"/api/v1/sessions/{session}/messages", {}).problem(400, "invalid_argument", "text")
    assert rest.messages(session) == []
    assert rest.get("/api/v1/runs", query={"session": session}).ok()["runs"] == []


def test_a_message_of_256_kib_of_any_characters_is_kept_byte_for_byte(rest, session, fake_upstream):
    text = "".join(["ü🎉\n\r\t\u200d\\\"{}", "x" * (256 * 1024 - 60)])
    text += "y" * (256 * 1024 - len(text.encode()))
    rest.say(session, text).ok()
    assert rest.messages(session)[0]["text"] == text
    assert fake_upstream.last()["messages"][-1]["content"] == text


@pytest.mark.parametrize("session", [NO_SESSION, "x", "%00", "'; DROP TABLE sessions; --"])
def test_an_unknown_session_is_404(rest, session):
    session = session.replace(" ", "%20")
    rest.get(f"/api/v1/sessions/{session}").problem(404, "not_found")
    rest.get(f"/api/v1/sessions/{session}/messages").problem(404, "not_found")
    rest.say(session, "hi").problem(404, "not_found")


@pytest.mark.parametrize("run", [NO_SESSION, "x", "%2e%2e"])
def test_an_unknown_run_is_404(rest, run):
    rest.get(f"/api/v1/runs/{run}").problem(404, "not_found")
    rest.get(f"/api/v1/runs/{run}/events").problem(404, "not_found")
    rest.post(f"/api/v1/runs/{run}:cancel").problem(404, "not_found")


@pytest.mark.parametrize("title", ["t" * 201, "a\nb"])
def test_a_wrong_title_is_refused(rest, bot, title):
    rest.post(f"/api/v1/bots/{bot['id']}/sessions", {"title": title}).problem(400, "invalid_argument", "title")


def test_a_context_that_outgrows_the_window_is_cut_and_says_so(rest, session, fake_upstream):
    """The soul and the newest message stay; the oldest messages go; run and stream say how many."""
    window = rest.get("/api/v1/models", query={"page_size": 200}).ok()["models"]
    window = {m["name"]: m for m in window}[rest.run(rest.say(session, "first").ok()["run"])["model"]]["window_tokens"]
    long = "word " * (16 * 1024)
    cut = None
    for turn in range(window * 4 // len(long) + 3):
        with say_streaming(rest, session, f"{turn} {long}", timeout=60) as stream:
            events = stream.rest()
        assert events[-1].name == "completed"
        cuts = [e for e in events if e.name == "context_cut"]
        if cuts:
            cut = cuts[0].data["context_cut"]
            break
    assert cut, "the window was never full"
    assert [e.name for e in events[:2]] == ["started", "context_cut"]
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    run = rest.run(events[0].data["run"])
    assert run["context_cut"] == cut
    before = [m for m in rest.messages(session) if m["run"] != run["id"]]
    assert cut["dropped_messages"] + cut["kept_messages"] == len(before) and cut["dropped_messages"] > 0
    assert cut["window_tokens"] == window
    sent = fake_upstream.last()["messages"]
    assert sent[0]["role"] == "system" and sent[-1]["content"] == f"{turn} {long}"
    kept = [m["text"] for m in before][-cut["kept_messages"]:] if cut["kept_messages"] else []
    assert [m["content"] for m in sent[1:-1]] in (kept, kept[1:])


def test_a_message_that_fits_no_window_is_refused_as_too_long(rest, provider, fake_upstream, fresh):
    """Nothing can be cut from the soul and the newest message."""
    models = {m["name"]: m for m in rest.get("/api/v1/models", query={"page_size": 200}).ok()["models"]}
    window = models["local/smollm2-135m"]["window_tokens"]
    bot = rest.make_bot(fresh("small"))
    session = rest.make_session(bot["id"])["id"]
    problem = rest.say(session, "word " * (window * 2)).problem(422, "context_too_long")
    assert "Shorten" in problem["detail"]
    run = rest.get("/api/v1/runs", query={"session": session}).ok()["runs"][0]
    assert run["state"] == "failed" and run["error"]["code"] == "context_too_long"
    assert [m["role"] for m in rest.messages(session)] == ["user"]
