"""JSON that means something else to someone else: malformed, deep, doubled, not UTF-8, of wrong types. C2, C7."""

import json

import pytest


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
        assert bot.ok()["settings"] == {"max_output_tokens": 7, "tools": []}
    else:
        bot.problem(400, "invalid_argument")
