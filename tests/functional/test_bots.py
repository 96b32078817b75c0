"""Bots over REST: made, read, changed, listed, deleted, and every way of asking wrongly."""

import re

import pytest

UUID7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def test_a_bot_needs_only_a_name(rest, fresh):
    name = fresh("Ada")
    bot = rest.post("/api/v1/bots", {"name": name}).ok()
    assert UUID7.match(bot["id"])
    assert bot["slug"] == name.lower()
    assert bot["name"] == name
    assert bot["description"] == ""
    assert bot["state"] == "created"
    assert bot["model"] == "local/smollm2-135m"
    assert bot["soul_version"] == 1
    assert bot["etag"].startswith('"')
    assert TIME.match(bot["created_at"]) and bot["created_at"] == bot["updated_at"]
    assert name in rest.get(f"/api/v1/bots/{bot['id']}/souls/1").ok()["text"]


def test_a_bot_keeps_all_that_it_was_given(rest, fresh):
    wanted = {"name": fresh("Given"), "description": "A bot. Ünïcödé 🎉", "soul": "You are given.\n",
              "settings": {"temperature": 0.5, "max_output_tokens": 64, "tools": ["agent", "now"],
                           "max_steps": 7, "max_run_seconds": 60, "max_run_tokens": 5000}}
    made = rest.post("/api/v1/bots", wanted).ok()
    read = rest.get(f"/api/v1/bots/{made['id']}").ok()
    assert read == made
    assert {key: read[key] for key in ("name", "description", "settings")} == \
        {key: wanted[key] for key in ("name", "description", "settings")}
    assert rest.get(f"/api/v1/bots/{made['id']}/souls/1").ok()["text"] == "You are given.\n"


def test_settings_that_were_not_given_are_not_made_up(rest, fresh):
    bot = rest.make_bot(fresh(), settings={"temperature": 0})
    assert bot["settings"] == {"temperature": 0, "tools": []}
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["settings"] == {"temperature": 0, "tools": []}


def test_an_id_and_a_slug_name_the_same_bot_on_every_route(rest, bot):
    session = rest.make_session(bot["slug"])
    for name in (bot["id"], bot["slug"], bot["id"].upper()):
        assert rest.get(f"/api/v1/bots/{name}").ok() == bot
        assert rest.get(f"/api/v1/bots/{name}/souls").ok()["souls"][0]["version"] == 1
        assert rest.get(f"/api/v1/bots/{name}/souls/1").ok()["bot"] == bot["id"]
        assert rest.get(f"/api/v1/bots/{name}/souls:diff", query={"from": 1, "to": 1}).ok()["diff"] == ""
        assert rest.get(f"/api/v1/bots/{name}/sessions").ok()["sessions"] == [session]
        assert rest.get("/api/v1/runs", query={"bot": name}).ok()["runs"] == []


@pytest.mark.parametrize("name, slug", [
    ("  Two  Words ", "two-words"),
    ("Ünïcode Bot", "n-code-bot"),
    ("a" * 100, "a" * 63),
    ("x--y__z!", "x-y-z"),
])
def test_the_slug_comes_from_the_name(rest, name, slug):
    assert rest.make_bot(name)["slug"] == slug


def test_a_name_in_another_script_gets_a_slug_too(rest):
    bot = rest.make_bot("机器人")
    assert re.match(r"^bot-[0-9a-f]{12}$", bot["slug"])
    assert rest.get(f"/api/v1/bots/{bot['slug']}").ok() == bot


def test_a_name_that_looks_like_an_id_hides_no_bot(rest, bot):
    other = rest.make_bot(bot["id"])
    assert other["slug"] != bot["id"]
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["id"] == bot["id"]


def test_a_duplicate_name_is_refused_until_the_bot_is_deleted(rest, fresh):
    name = fresh("Twin")
    first = rest.make_bot(name)
    problem = rest.post("/api/v1/bots", {"name": name}).problem(409, "already_exists")
    assert "another name" in problem["detail"]
    rest.post("/api/v1/bots", {"name": name.upper()}).problem(409, "already_exists")
    rest.delete(f"/api/v1/bots/{first['slug']}").ok()
    assert rest.make_bot(name)["id"] != first["id"]


def test_an_update_changes_what_is_given_and_nothing_else(rest, bot):
    path = f"/api/v1/bots/{bot['slug']}"
    changed = rest.patch(path, {"description": "new"}).ok()
    assert changed["etag"] != bot["etag"] and changed["updated_at"] >= bot["updated_at"]
    assert {**changed, "etag": "", "updated_at": ""} == {**bot, "description": "new", "etag": "", "updated_at": ""}
    settings = rest.patch(path, {"settings": {"max_output_tokens": 5}}).ok()["settings"]
    assert settings == {"max_output_tokens": 5, "tools": []}
    assert rest.patch(path, {"settings": {}}).ok()["settings"] == {"tools": []}
    assert rest.patch(path, {"description": ""}).ok()["description"] == ""


def test_an_update_of_nothing_keeps_the_etag(rest, bot):
    assert rest.patch(f"/api/v1/bots/{bot['id']}", {"name": bot["name"]}).ok() == bot


def test_renaming_keeps_the_slug(rest, bot, fresh):
    name = fresh("Renamed")
    changed = rest.patch(f"/api/v1/bots/{bot['id']}", {"name": name}).ok()
    assert (changed["name"], changed["slug"]) == (name, bot["slug"])


@pytest.mark.parametrize("body, field, said", [
    ({}, "name", "name must not be empty"),
    ({"name": ""}, "name", "name must not be empty"),
    ({"name": "x" * 101}, "name", "100"),
    ({"name": "a\nb"}, "name", "control"),
    ({"name": "a\u0000b"}, "name", "U+0000"),
    ({"name": "a\u001b[31mb"}, "name", "control"),
    ({"name": "a\u009bb"}, "name", "control"),
    ({"name": "n", "description": "d" * 2001}, "description", "2000"),
    ({"name": "n", "soul": "a\u0000b"}, "soul", "U+0000"),
    ({"name": "n", "soul": "a\u0007b"}, "soul", "control"),
    ({"name": "n", "model": "nomodel"}, "model", "PROVIDER/MODEL"),
    ({"name": "n", "model": "none/m"}, "model", "none"),
    ({"name": "n", "model": "local/none"}, "model", "smollm2-135m"),
    ({"name": "n", "settings": {"temperature": 2.1}}, "settings.temperature", "0 to 2"),
    ({"name": "n", "settings": {"temperature": -0.1}}, "settings.temperature", "0 to 2"),
    ({"name": "n", "settings": {"temperature": "NaN"}}, "settings.temperature", "number"),
    ({"name": "n", "settings": {"max_output_tokens": 0}}, "settings.max_output_tokens", "1 to 32768"),
    ({"name": "n", "settings": {"max_output_tokens": 32769}}, "settings.max_output_tokens", "1 to 32768"),
])
def test_a_wrong_field_is_refused_by_name(rest, body, field, said):
    problem = rest.post("/api/v1/bots", body).problem(400, "invalid_argument", field)
    assert said in problem["detail"]


def test_limits_count_characters_and_the_limit_itself_is_allowed(rest):
    bot = rest.make_bot("é" * 100, description="ü" * 2000)
    assert len(bot["name"]) == 100


def test_a_soul_over_256_kib_is_refused_and_one_of_256_kib_is_not(rest, fresh):
    name = fresh("Big")
    problem = rest.post("/api/v1/bots", {"name": name, "soul": "s" * (256 * 1024 + 1)}).problem(413, "too_large", "soul")
    assert "262144" in problem["detail"]
    rest.get(f"/api/v1/bots/{name}").problem(404, "not_found")
    bot = rest.make_bot(name, soul="s" * (256 * 1024))
    assert rest.get(f"/api/v1/bots/{bot['id']}/souls/1").ok()["size_bytes"] == 256 * 1024


@pytest.mark.parametrize("verb, path", [
    ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", ":start"), ("POST", ":pause"), ("POST", ":stop"),
    ("POST", ":archive"), ("GET", "/souls"), ("POST", "/souls"), ("GET", "/souls/1"), ("GET", "/souls:diff?from=1"),
    ("POST", "/souls/1:rollback"), ("GET", "/sessions"), ("POST", "/sessions"),
])
@pytest.mark.parametrize("bot", ["nobody", "0192f0c1-2345-7678-9abc-def012345678", "%F0%9F%A4%96", "a" * 300])
def test_an_unknown_bot_is_404(rest, verb, path, bot):
    body = {"text": "x"} if path == "/souls" else {}
    problem = rest.call(verb, f"/api/v1/bots/{bot}{path}", None if verb in ("GET", "DELETE") else body)
    assert "bot" in problem.problem(404, "not_found")["detail"]


def test_a_deleted_bot_is_gone_with_its_name_free(rest, bot, session):
    deleted = rest.delete(f"/api/v1/bots/{bot['id']}").ok()
    assert deleted["state"] == "deleted"
    for name in (bot["id"], bot["slug"]):
        rest.get(f"/api/v1/bots/{name}").problem(404, "not_found")
        rest.delete(f"/api/v1/bots/{name}").problem(404, "not_found")
    assert bot["id"] not in [b["id"] for b in rest.all("/api/v1/bots", "bots")]


def test_bots_are_listed_oldest_first_page_by_page(rest, fresh):
    made = [rest.make_bot(fresh("page"))["id"] for _ in range(7)]
    everything = [b["id"] for b in rest.all("/api/v1/bots", "bots")]
    assert [i for i in everything if i in made] == made
    for size in (1, 2, 3, 200):
        pages = rest.pages("/api/v1/bots", "bots", size)
        assert [b["id"] for page in pages for b in page] == everything
        assert all(len(page) == size for page in pages[:-1])


def test_a_bot_made_or_deleted_between_pages_moves_no_other(rest, fresh):
    made = [rest.make_bot(fresh("move"))["id"] for _ in range(4)]
    everything = [b["id"] for b in rest.all("/api/v1/bots", "bots")]
    first = rest.get("/api/v1/bots", query={"page_size": len(everything) - 2}).ok()
    rest.delete(f"/api/v1/bots/{made[0]}").ok()
    late = rest.make_bot(fresh("late"))["id"]
    second = rest.get("/api/v1/bots", query={"page_token": first["next_page_token"]}).ok()
    assert [b["id"] for b in second["bots"]] == made[2:] + [late]


@pytest.mark.parametrize("query, field", [
    ({"page_size": -1}, "page_size"), ({"page_size": 201}, "page_size"), ({"page_size": "many"}, "page_size"),
    ({"page_size": 99999999999}, "page_size"), ({"page_token": "nonsense"}, "page_token"),
    ({"page_token": "'; DROP TABLE bots; --"}, "page_token"), ({"pagesize": 1}, "pagesize"),
])
def test_a_wrong_page_is_refused_by_name(rest, query, field):
    rest.get("/api/v1/bots", query=query).problem(400, "invalid_argument", field)


def test_a_page_token_of_another_list_is_refused(rest, bot):
    for _ in range(2):
        rest.make_session(bot["id"])
    token = rest.get(f"/api/v1/bots/{bot['id']}/sessions", query={"page_size": 1}).ok()["next_page_token"]
    assert token
    rest.get("/api/v1/bots", query={"page_token": token}).problem(400, "invalid_argument", "page_token")


def test_the_same_query_field_twice_is_refused(rest):
    rest.get("/api/v1/bots?page_size=1&page_size=2").problem(400, "invalid_argument", "page_size")
