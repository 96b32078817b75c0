"""Input that wants to be something else: SQL, log lines, terminal commands, headers, other JSON. C1, C7, C8, C10."""

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


# --- JSON (C7) -----------------------------------------------------------------------------------------------------


def nested(depth):
    """JSON of this depth, the outermost object included."""
    return '{"name": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


MALFORMED = {
    "nothing": b"", "only blanks": b"  \n", "not closed": b'{"name": "x"', "two values": b'{"name": "x"}{}',
    "a trailing comma": b'{"name": "x",}', "a comment": b'{"name": "x" /* c */}', "single quotes": b"{'name': 'x'}",
    "a bare word": b"{name: 1}", "NaN": b'{"name": "x", "settings": {"temperature": NaN}}', "text": b"hello",
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}', "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a raw line break in a text": b'{"name": "a\nb"}', "a raw NUL": b'{"name": "a\x00b"}', "a bad escape": b'{"name": "\\x41"}',
    "half an escape": b'{"name": "\\u00"}', "a number with a leading zero": b'{"settings": {"max_output_tokens": 01}}',
    "a plus": b'{"settings": {"max_output_tokens": +1}}', "hexadecimal": b'{"settings": {"max_output_tokens": 0x10}}',
}
NOT_OBJECTS = {"a list": b'[{"name": "x"}]', "a text": b'"x"', "a number": b"1", "null": b"null", "true": b"true"}
NOT_UTF8 = {
    "a lone continuation": b"\x80", "a cut sequence": b"\xe2\x82", "overlong slash": b"\xc0\xaf", "overlong NUL": b"\xc0\x80",
    "overlong in three": b"\xe0\x80\xaf", "an encoded surrogate": b"\xed\xa0\x80", "above U+10FFFF": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80", "FE": b"\xfe", "Latin-1": "é".encode("latin-1"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_json_is_refused(rest, name):
    rest.call("POST", "/api/v1/bots", MALFORMED[name]).problem(400, "invalid_argument")
    rest.get("/api/v1/bots/x").problem(404)


@pytest.mark.parametrize("name", NOT_OBJECTS)
def test_a_body_that_is_no_object_is_refused(rest, name):
    problem = rest.call("POST", "/api/v1/bots", NOT_OBJECTS[name]).problem(400, "invalid_argument")
    assert "object" in problem["detail"]


@pytest.mark.parametrize("where", ["value", "name"])
@pytest.mark.parametrize("name", NOT_UTF8)
def test_text_that_is_not_utf_8_is_refused(rest, name, where):
    data = NOT_UTF8[name]
    body = b'{"name": "a' + data + b'b"}' if where == "value" else b'{"na' + data + b'me": "x", "name": "y"}'
    problem = rest.call("POST", "/api/v1/bots", body).problem(400, "invalid_argument")
    assert "UTF-8" in problem["detail"]


@pytest.mark.parametrize("path", ["/api/v1/bots/%ff", "/api/v1/bots/%c0%af", "/api/v1/bots/a%00b", "/api/v1/bots/%zz",
                                  "/api/v1/bots/%", "/api/v1/bots/%4", "/api/v1/bots/a%2fb", "/api/v1/bots/a%0d%0ab"])
def test_odd_escapes_in_a_path_name_nothing(rest, path):
    assert rest.get(path).status in (400, 404)


@pytest.mark.parametrize("query", ["page_token=%ff", "page_token=%c0%af", "page_token=a%00b", "page_size=%zz", "page_size=%"])
def test_odd_escapes_in_a_query_are_refused(rest, query):
    rest.get(f"/api/v1/bots?{query}").problem(400, "invalid_argument")


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00", "\\ud800x", "\\udc00\\ud800", "\\ud83d\\u0041"])
def test_a_lone_surrogate_is_refused(rest, text):
    rest.call("POST", "/api/v1/bots", '{"name": "a' + text + '"}').problem(400, "invalid_argument")


def test_a_pair_of_surrogates_is_one_character(rest, fresh):
    name = fresh("pair")
    bot = rest.call("POST", "/api/v1/bots", '{"name": "' + name + ' \\ud83c\\udf89 \\u00fc"}').ok()
    assert bot["name"] == f"{name} 🎉 ü"


@pytest.mark.parametrize("body", ['{"name": "one", "name": "two"}', '{"name": "one", "n\\u0061me": "two"}',
                                  '{"name": "n", "settings": {"temperature": 0, "temperature": 1}}',
                                  '{"name": "n", "settings": {}, "settings": {"temperature": 1}}',
                                  '{"name": "n", "idempotency_key": "a", "idempotencyKey": "b"}'])
def test_a_field_that_stands_twice_is_refused(rest, body):
    """Two programs would read two different requests."""
    rest.call("POST", "/api/v1/bots", body).problem(400, "invalid_argument")
    for name in ("one", "two", "n"):
        rest.get(f"/api/v1/bots/{name}").problem(404)


def test_depth_is_limited_at_64(rest):
    """At 64 the field is judged, above it nothing is."""
    shallow = rest.call("POST", "/api/v1/bots", nested(64)).problem(400, "invalid_argument")
    assert shallow["field"] == "name"
    for depth in (65, 66, 1000, 100_000):
        deep = rest.call("POST", "/api/v1/bots", nested(depth)).problem(400, "invalid_argument")
        assert "deep" in deep["detail"] or "64" in deep["detail"] or "nest" in deep["detail"], deep
    objects = '{"settings":' * 100_000 + "1" + "}" * 100_000
    rest.call("POST", "/api/v1/bots", objects[:1_000_000]).problem(400, "invalid_argument")


@pytest.mark.parametrize("body, field", [
    ({"name": 5}, "name"), ({"name": None}, "name"), ({"name": ["x"]}, "name"), ({"name": {"x": 1}}, "name"),
    ({"name": True}, "name"), ({"name": "n", "settings": []}, "settings"), ({"name": "n", "settings": "x"}, "settings"),
    ({"name": "n", "settings": {"temperature": "warm"}}, "settings.temperature"),
    ({"name": "n", "settings": {"temperature": True}}, "settings.temperature"),
    ({"name": "n", "settings": {"temperature": []}}, "settings.temperature"),
    ({"name": "n", "settings": {"max_output_tokens": 1.5}}, "settings.max_output_tokens"),
    ({"name": "n", "settings": {"max_output_tokens": 2**31}}, "settings.max_output_tokens"),
    ({"name": "n", "settings": {"max_output_tokens": 1e300}}, "settings.max_output_tokens"),
    ({"name": "n", "settings": {"max_output_tokens": {}}}, "settings.max_output_tokens"),
])
def test_a_wrong_type_is_named_by_its_path(rest, body, field):
    answer = rest.post("/api/v1/bots", body)
    problem = answer.problem(400, "invalid_argument")
    assert problem["field"] == field, problem
    assert field in problem["detail"]
    rest.get("/api/v1/bots/n").problem(404)


def test_a_wrong_type_in_a_list_is_named_with_its_place(rest):
    body = {"name": "p", "kind": "openai", "base_url": "http://127.0.0.1:9/v1", "models": ["a", 5]}
    problem = rest.post("/api/v1/providers", body).problem(400, "invalid_argument")
    assert problem["field"] == "models[1]"


@pytest.mark.parametrize("number", ["1e400", "-1e400", "123456789012345678901234567890", "0." + "1" * 5000, "1e-400"])
def test_a_number_out_of_range_is_refused_or_rounded_never_wrapped(rest, fresh, number):
    name = fresh("number")
    for field in ("temperature", "max_output_tokens"):
        answer = rest.call("POST", "/api/v1/bots", '{"name": "%s", "settings": {"%s": %s}}' % (name, field, number))
        if answer.status == 400:
            continue
        value = answer.ok()["settings"].get(field, 0)
        assert field == "temperature" and 0 <= value <= 2 and abs(value - float(number)) < 1e-9
        rest.delete(f"/api/v1/bots/{name}").ok()


@pytest.mark.parametrize("body, unknown, nearest", [
    ({"nmae": "x"}, "nmae", "name"), ({"name": "x", "desciption": "y"}, "desciption", "description"),
    ({"name": "x", "settings": {"temprature": 1}}, "settings.temprature", "temperature"),
    ({"name": "x", "idempotency-key": "y"}, "idempotency-key", "idempotency_key"),
    ({"name": "x", "id": "y"}, "id", None), ({"name": "x", "state": "running"}, "state", None),
    ({"name": "x", "__proto__": {}}, "__proto__", None), ({"name": "x", "@type": "y"}, "@type", None),
])
def test_an_unknown_field_is_refused_with_the_nearest_name(rest, body, unknown, nearest):
    problem = rest.post("/api/v1/bots", body).problem(400, "invalid_argument")
    assert problem["field"] == unknown, problem
    if nearest:
        assert f"did you mean {nearest}?" in problem["detail"], problem
    rest.get("/api/v1/bots/x").problem(404)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_a_body_that_claims_to_be_an_upload_reads_no_file(rest, kind):
    """n8n CVE-2026-21858: `files[].filepath` must mean nothing."""
    body = {"name": "x", "files": [{"filepath": "/etc/passwd"}], "soul": {"filepath": "/etc/passwd"}}
    answer = rest.call("POST", "/api/v1/bots", json.dumps(body), {"Content-Type": kind})
    answer.problem(400, "invalid_argument")
    assert b"root:" not in answer.body


def test_fields_in_camel_case_mean_the_same(rest, fresh):
    """What protobuf's JSON allows; answers are always in snake_case."""
    bot = rest.post("/api/v1/bots", {"name": fresh(), "settings": {"maxOutputTokens": 7}})
    if bot.status < 300:
        assert bot.ok()["settings"] == {"max_output_tokens": 7}
    else:
        bot.problem(400, "invalid_argument")


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
    server.wait_log("turn_ended")
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
