"""The server of itself: health, readiness, system, OpenAPI, and what is not there."""

import gzip
import os
import re
import stat

import pytest
from openapi_spec_validator import validate

from support.contract import OPERATIONS
from support.rest import Rest

PUBLIC = ["/healthz", "/readyz", "/openapi.json"]


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("token", [None, "wrong"])
def test_public_paths_need_no_token(server, path, token):
    answer = Rest(server.address, token).get(path)
    assert answer.status == 200, answer


@pytest.mark.parametrize("path", PUBLIC)
def test_a_head_has_the_headers_of_the_get_and_no_body(server, path):
    rest = Rest(server.address)
    get, head = rest.get(path), rest.call("HEAD", path)
    assert head.status == 200 and head.body == b""
    assert head.header("Content-Length") == str(len(get.body))
    assert head.header("Content-Type") == get.header("Content-Type")


def test_the_system_tells_of_itself(server, rest):
    system = rest.get("/api/v1/system").ok()
    assert system["health"] == "ready" and system["problems"] == []
    assert system["address"] == server.address and system["pid"] == server.pid
    assert os.path.realpath(system["data_folder"]) == os.path.realpath(server.data)
    assert re.match(r"^\d+\.\d+\.\d+", system["version"])
    assert tuple(map(int, system["sqlite_version"].split("."))) >= (3, 51, 3)
    assert system["schema_version"] >= 1 and system["cores"] == len(os.sched_getaffinity(0))
    assert system["resident_memory_mib"] > 1 and system["uptime_seconds"] >= 0


def test_the_data_folder_is_the_owners_alone(server):
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.data / "token").stat().st_mode) == 0o600
    for path in server.data.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert re.match(r"^[\x21-\x7e]{32,}$", server.token)


def test_every_answer_forbids_what_a_browser_might_do_with_it(server, rest, bot):
    for answer in (rest.get("/api/v1/bots"), rest.get("/api/v1/nothing"), Rest(server.address).get("/api/v1/bots"),
                   Rest(server.address).get("/healthz")):
        assert answer.header("Referrer-Policy") == "no-referrer", answer
        assert answer.header("X-Content-Type-Options") == "nosniff", answer
        assert answer.header("Server") is None or not re.search(r"\d", answer.header("Server")), answer


def test_answers_with_data_are_not_cached(rest, bot):
    assert "no-store" in rest.get("/api/v1/bots").header("Cache-Control", "")


def test_the_openapi_document_is_valid_and_lists_every_route(server):
    document = Rest(server.address).get("/openapi.json").ok()
    assert document["openapi"].startswith("3.")
    validate(document)
    listed = {(verb.upper(), path) for path, item in document["paths"].items()
              for verb in item if verb in ("get", "post", "patch", "delete", "put")}
    routes = {(o.verb, o.path) for o in OPERATIONS}
    assert routes - listed == set()
    extra = {path for _, path in listed - routes}
    assert extra <= set(PUBLIC), extra


def test_the_openapi_document_names_each_operation_once(server):
    document = Rest(server.address).get("/openapi.json").ok()
    names = [operation["operationId"] for item in document["paths"].values()
             for verb, operation in item.items() if verb in ("get", "post", "patch", "delete")]
    assert len(names) == len(set(names))
    assert document["components"]["securitySchemes"]


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v2/bots", "/api/v1/bot", "/v1/models",
                                  "/api/v1/bots/", "/api/v1//bots", "/api/v1/bots/ada/", "/api/v1/bots/ada/x/y",
                                  "/API/V1/bots", "/api/v1/bots;x=1", "/api/v1/%62ots/a/b", "/..", "/api/../etc/passwd"])
def test_an_unknown_path_is_404_and_says_so(rest, path):
    rest.get(path).problem(404, "not_found")


@pytest.mark.parametrize("verb, path, allowed", [
    ("PUT", "/api/v1/bots", {"GET", "POST"}), ("DELETE", "/api/v1/bots", {"GET", "POST"}),
    ("POST", "/api/v1/bots/ada", {"GET", "PATCH", "DELETE"}), ("PATCH", "/api/v1/system", {"GET"}),
    ("TRACE", "/api/v1/bots", {"GET", "POST"}),
    ("BREW", "/api/v1/bots", {"GET", "POST"}),
])
def test_a_wrong_method_is_405_and_names_the_right_ones(rest, verb, path, allowed):
    answer = rest.call(verb, path, {} if verb in ("PUT", "POST", "PATCH") else None)
    answer.problem(405)
    assert {v.strip() for v in answer.header("Allow").split(",")} - {"HEAD", "OPTIONS"} == allowed


def test_every_answer_has_its_request_id(rest):
    ids = {rest.get("/api/v1/nothing").json["request_id"] for _ in range(3)}
    assert len(ids) == 3
    answer = rest.get("/api/v1/nothing")
    assert answer.header("X-Request-Id", answer.json["request_id"]) == answer.json["request_id"]


DOCS = ["/docs", "/docs/page.js", "/docs/page.css", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"]


@pytest.mark.parametrize("path", DOCS)
def test_the_page_of_the_api_is_public_and_loads_nothing_from_elsewhere(server, path):
    stranger = Rest(server.address)
    plain = stranger.get(path)
    assert plain.status == 200 and plain.body
    policy = dict(part.strip().split(" ", 1) for part in plain.header("Content-Security-Policy").split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'" and policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self'" and policy["frame-ancestors"] == "'none'"
    packed = stranger.call("GET", path, None, {"Accept-Encoding": "gzip"})
    body = gzip.decompress(packed.body) if packed.header("Content-Encoding") == "gzip" else packed.body
    assert body == plain.body
    head = stranger.call("HEAD", path)
    assert head.status == 200 and not head.body and head.header("Content-Length") == str(len(plain.body))
    stranger.call("POST", path, {}).problem(401, "unauthenticated")
    if path == "/docs":
        named = re.findall(rb'(?:src|href)="([^"]+)"', plain.body)
        assert named and all(link.startswith((b"/", b"data:")) for link in named), named
    assert b"sourceMappingURL" not in body


@pytest.mark.parametrize("path", ["/docs/", "/docs/page.html", "/docs/../token", "/docs/%2e%2e/token", "/docs/x"])
def test_the_page_has_no_other_files(rest, path):
    rest.get(path).problem(404, "not_found")


def test_the_openapi_document_tells_what_a_field_may_hold(server):
    document = Rest(server.address).get("/openapi.json").ok()
    body = document["paths"]["/api/v1/bots"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert body["required"] and schema["required"] == ["name"]
    assert schema["properties"]["name"]["minLength"] == 1 and schema["properties"]["name"]["maxLength"] == 100
    assert document["components"]["schemas"]["BotSettings"]["properties"]["temperature"]["maximum"] == 2
    pages = [p for p in document["paths"]["/api/v1/bots"]["get"]["parameters"] if p["name"] == "page_size"]
    assert pages[0]["schema"]["maximum"] == 200
