"""Input that wants to be something else: SQL, log lines, terminal commands, headers. C1, C8, C10."""

import json
import re
import socket
import sqlite3
import urllib.parse

import grpc
import pytest

from support.fake_upstream import Refuse
from support.raw_http import RawConnection
from support.waiting import until

SQL = [
    "'", "''", "\"", "`", "\\", ";", "--", "/*", "' OR '1'='1", "' OR 1=1 --", "\" OR \"\"=\"", "') OR ('1'='1",
    "'; DROP TABLE bots; --", "'; DELETE FROM messages; --", "1; ATTACH DATABASE '/tmp/x' AS x; --",
    "' UNION SELECT text FROM messages --", "' UNION ALL SELECT NULL,NULL,NULL,NULL --", "x' AND 1=randomblob(1000000000) --",
    "'||(SELECT hash FROM souls LIMIT 1)||'", "%27%20OR%201=1", "\u02bc OR 1=1", "\uff07 OR 1=1", "0x27204f5220313d31",
    "1e309", "?1", ":name", "@p", "$1", "{0}", "%s%n%x", "' AND load_extension('/tmp/x') --", "PRAGMA writable_schema=1",
]


def contents(server):
    """How many rows every table has."""
    with sqlite3.connect(f"file:{next(server.data.glob('*.db'))}?mode=ro", uri=True) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


@pytest.mark.parametrize("sql", SQL)
def test_sql_in_headers_paths_and_queries_is_only_text(server, rest, session, sql):
    """Refused or answered, never a defect, and never more than the question's own rows."""
    before = contents(server)
    ascii_sql = sql.encode("ascii", "replace").decode()
    for header in ("Authorization", "X-Api-Key", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID",
                   "User-Agent", "Accept", "Accept-Encoding", "Cookie", "Referer", "X-Request-Id"):
        for value in (ascii_sql, f"Bearer {ascii_sql}"):
            answer = rest.get("/api/v1/bots", headers={header: value})
            assert answer.status in (200, 304, 400, 401, 406), (header, answer)
    quoted = urllib.parse.quote(sql, safe="")
    for path in (f"/api/v1/bots/{quoted}", f"/api/v1/bots/{quoted}/souls", f"/api/v1/sessions/{quoted}",
                 f"/api/v1/sessions/{quoted}/messages", f"/api/v1/runs/{quoted}", f"/api/v1/runs/{quoted}/events"):
        assert rest.get(path).status in (400, 404), path
    assert rest.get(f"/api/v1/bots/x/souls/{quoted}").status in (400, 404)
    for path, name in (("/api/v1/bots", "page_token"), ("/api/v1/runs", "page_token"), ("/api/v1/models", "page_token"),
                       (f"/api/v1/sessions/{session}/messages", "page_token"), ("/api/v1/bots", "page_size"),
                       ("/api/v1/runs", "bot"), ("/api/v1/runs", "session"), ("/api/v1/runs", "state")):
        assert rest.get(path, query={name: sql}).status in (400, 404), (path, name)
    for path in (f"/api/v1/bots/{quoted}:start", f"/api/v1/runs/{quoted}:cancel"):
        assert rest.post(path).status in (400, 404), path
    assert rest.delete(f"/api/v1/providers/{quoted}").status in (400, 404)
    assert contents(server) == before


@pytest.mark.parametrize("sql", SQL)
def test_sql_in_bodies_is_kept_as_it_was_written(rest, bot, session, fake_upstream, fresh, sql):
    name = f"{sql} {fresh('sql')}"
    made = rest.post("/api/v1/bots", {"name": name, "description": sql, "soul": sql, "model": bot["model"]}).ok()
    read = rest.get(f"/api/v1/bots/{made['slug']}").ok()
    assert (read["name"], read["description"]) == (name, sql)
    assert rest.get(f"/api/v1/bots/{made['id']}/souls/1").ok()["text"] == sql
    soul = rest.post(f"/api/v1/bots/{made['id']}/souls", {"text": sql + "!", "note": sql, "author": sql}).ok()
    assert (soul["note"], soul["author"]) == (sql, sql)
    assert rest.make_session(made["id"], title=sql)["title"] == sql
    assert rest.say(session, sql).ok()["text"] == f"You said: {sql}"
    assert [m["text"] for m in rest.messages(session)] == [sql, f"You said: {sql}"]
    for model in (sql, f"{sql}/m", f"local/{sql}"):
        rest.patch(f"/api/v1/bots/{made['id']}", {"model": model}).problem(400, "invalid_argument", "model")
    rest.delete(f"/api/v1/bots/{made['id']}").ok()


# --- logs and terminals (C8) -----------------------------------------------------------------------------------------

FORGED = 'x\n{"level":"error","event":"forged"}\r\n2026-01-01T00:00:00.000Z error   forged \x1b]0;pwn\x07\x1b[2J\u009b31m\u202e'
TEXT_LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z (trace|debug|info|warning|error|critical) +\S+")


def provoke(server, rest, bot, session, fake_upstream, fresh):
    """Puts the forged text wherever text goes."""
    quoted = urllib.parse.quote(FORGED, safe="")
    rest.post("/api/v1/bots", {"name": FORGED}).problem(400)
    rest.post(f"/api/v1/bots/{bot['id']}/sessions", {"title": FORGED}).problem(400)
    rest.post("/api/v1/providers", {"name": FORGED, "kind": FORGED, "base_url": FORGED, "models": [FORGED]}).problem(400)
    rest.post("/api/v1/bots", {"name": fresh(), "model": FORGED}).problem(400)
    rest.get(f"/api/v1/{quoted}").status
    rest.get(f"/api/v1/bots/{quoted}")
    rest.get(f"/api/v1/bots?page_token={quoted}")
    rest.say(session, FORGED)
    fake_upstream.when("fail", Refuse(500, json.dumps({"error": {"message": FORGED, "code": FORGED}}).encode()))
    problem = rest.say(session, "fail").problem(502, "upstream_failed")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", problem["detail"]), problem
    with RawConnection(server.address) as connection:
        connection.send(f"GET /api/v1/bots HTTP/1.1\r\nHost: {server.address}\r\nUser-Agent: \x1b]0;pwn\x07\r\n\r\n".encode())
        connection.answer()
    with RawConnection(server.address) as connection:
        connection.send(b"\x1b[2J\x1b]0;pwn\x07 forged\n2026-01-01T00:00:00.000Z error forged\r\n\r\n")
        connection.is_closed(5)
    # What the libraries below us would print of broken bytes.
    with server.grpc() as channel:
        create = channel.channel.unary_unary("/boternity.v1.BotService/CreateBot")
        for data in (b"\x0a\x02\xff\xfe", b"\xff\x1b]0;pwn\x07\n" + FORGED.encode()):
            with pytest.raises(grpc.RpcError):
                create(data, timeout=10, metadata=channel.metadata)
    with socket.create_connection((server.host, server.port)) as connection:
        odd_headers = b"\x00\x07:method\x0bGET\x1b]0;pwn\n"
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04\0" + bytes(4)
                           + len(odd_headers).to_bytes(3, "big") + b"\x01\x05\0\0\0\x01" + odd_headers)
        connection.settimeout(1)
        try:
            while connection.recv(4096):
                pass
        except (TimeoutError, ConnectionResetError):
            pass


def test_the_log_has_one_line_for_each_event_whatever_it_is_about(server, rest, bot, session, fake_upstream, fresh):
    provoke(server, rest, bot, session, fake_upstream, fresh)
    server.wait_log("run_ended")
    for line in server.log().splitlines():
        assert TEXT_LINE.match(line), line
        assert not re.match(r"^\S+ error +forged", line), line
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", server.log())


def test_the_log_in_json_is_one_object_for_each_event(server_factory, fake_upstream, fresh):
    server = server_factory(args=("--log-format", "json"))
    rest = server.rest
    rest.post("/api/v1/providers", fake_upstream.provider("fake")).ok()
    bot = rest.make_bot("ada", model="fake/m")
    session = rest.make_session("ada")["id"]
    provoke(server, rest, bot, session, fake_upstream, fresh)
    server.stop()
    events = [json.loads(line) for line in server.log().splitlines()]
    assert events and all({"time", "level", "event"} <= set(event) for event in events)
    assert all(event["level"] != "error" and event["event"] != "forged" for event in events)


# --- headers (C10) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\r\nX-Injected: yes", "a\nSet-Cookie: x=y", "a\x00b", "a\rb", "a\u2028b\r\n\r\n<html>"])
def test_what_could_become_a_header_is_refused_where_it_would_be_stored(rest, bot, fresh, text):
    rest.post("/api/v1/bots", {"name": text}).problem(400, "invalid_argument", "name")
    rest.patch(f"/api/v1/bots/{bot['id']}", {"name": text}).problem(400, "invalid_argument", "name")
    rest.post(f"/api/v1/bots/{bot['id']}/sessions", {"title": text}).problem(400, "invalid_argument", "title")
    rest.post("/api/v1/bots", {"name": fresh(), "idempotency_key": text}).problem(400, "invalid_argument", "idempotency_key")
    for field in ("name", "base_url", "key"):
        body = {"name": "h", "kind": "openai", "base_url": "http://127.0.0.1:9/v1", "models": ["m"], field: text}
        rest.post("/api/v1/providers", body).problem(400, "invalid_argument", field)
    rest.post("/api/v1/providers", {"name": "h", "kind": "openai", "base_url": "http://127.0.0.1:9/v1",
                                    "models": [text]}).problem(400, "invalid_argument")


def test_nothing_of_a_request_comes_back_as_a_header(rest, fresh):
    marker = "marker-7f3a"
    answers = [rest.get(f"/api/v1/bots/{marker}%0d%0aX-Injected:%20yes"), rest.get(f"/api/v1/{marker}", headers={"X-Any": marker}),
               rest.get("/api/v1/bots", query={"page_token": marker + "\r\nX-Injected: yes"}),
               rest.get("/api/v1/bots", headers={"Origin": f"https://{marker}.test"})]
    for answer in answers:
        assert marker not in str(answer.headers) and "X-Injected" not in answer.headers, answer


def test_a_key_from_the_environment_that_is_no_header_is_refused(server_factory, fake_upstream):
    server = server_factory(env={"ODD_KEY": "sk\r\nX-Injected: yes"})
    rest = server.rest
    fake_upstream.key = "never sent"
    rest.post("/api/v1/providers", fake_upstream.provider("fake", key="env:ODD_KEY")).ok()
    rest.make_bot("ada", model="fake/m")
    problem = rest.say(rest.make_session("ada")["id"], "hi").problem(502, "upstream_auth")
    assert "ODD_KEY" in problem["detail"] and "X-Injected" not in problem["detail"]
    assert fake_upstream.requests == []


def test_the_upstream_can_put_nothing_into_our_headers(rest, session, fake_upstream):
    fake_upstream.when("hi", Refuse(429, b"{}", {"Content-Type": "application/json", "Retry-After": "7; X=1",
                                                 "Set-Cookie": "a=b", "X-Evil": "yes"}))
    answer = rest.say(session, "hi")
    answer.problem(503, "upstream_rate_limited")
    assert "Set-Cookie" not in answer.headers and "X-Evil" not in answer.headers
    until(lambda: rest.get("/api/v1/system").ok()["active_runs"] == 0, what="the end of all runs")
