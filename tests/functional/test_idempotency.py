"""Idempotency keys on every mutation, and etags: asked twice is done once, and nobody overwrites unseen."""

from concurrent.futures import ThreadPoolExecutor

import pytest


def mutations(rest, bot, session, provider, fresh, fake_upstream):
    """Every mutating route with a body, and what tells one result from another."""
    rest.post(f"/api/v1/bots/{bot['id']}/souls", {"text": fresh("soul")}).ok()
    path = f"/api/v1/bots/{bot['id']}"
    return [
        ("POST", "/api/v1/bots", {"name": fresh("once")}),
        ("PATCH", path, {"description": fresh("text")}),
        ("POST", f"{path}:start", {}),
        ("POST", f"{path}/souls", {"text": fresh("soul")}),
        ("POST", f"{path}/souls/1:rollback", {}),
        ("POST", f"{path}/sessions", {"title": fresh("title")}),
        ("POST", f"/api/v1/sessions/{session}/messages", {"text": fresh("said")}),
        ("POST", "/api/v1/providers", fake_upstream.provider(fresh("prov"))),
        ("POST", f"{path}:pause", {}),
        ("POST", f"{path}:stop", {}),
        ("POST", f"{path}:archive", {}),
        ("DELETE", path, None),
        ("DELETE", f"/api/v1/providers/{provider}", None),
    ]


@pytest.mark.parametrize("carrier", ["header", "body"])
def test_every_mutation_asked_twice_is_done_once(rest, bot, session, provider, fresh, fake_upstream, carrier):
    for number, (verb, path, body) in enumerate(mutations(rest, bot, session, provider, fresh, fake_upstream)):
        key = f"{bot['id']}-{number}"
        headers, query = {}, None
        if carrier == "header":
            headers = {"Idempotency-Key": key}
        elif body is None:
            query = {"idempotency_key": key}
        else:
            body = {**body, "idempotency_key": key}
        first = rest.call(verb, path, body, headers, query).ok()
        second = rest.call(verb, path, body, headers, query).ok()
        assert second["id" if "id" in first else "version"] == first["id" if "id" in first else "version"], (verb, path)
        if verb != "DELETE":
            assert second == first, (verb, path)
    assert len(rest.messages(session)) == 2


def test_the_same_key_in_header_and_body_counts_as_one(rest, fresh):
    body = {"name": fresh("both")}
    first = rest.post("/api/v1/bots", {**body, "idempotency_key": body["name"]}).ok()
    assert rest.post("/api/v1/bots", body, {"Idempotency-Key": body["name"]}).ok() == first
    both = rest.post("/api/v1/bots", {**body, "idempotency_key": body["name"]}, {"Idempotency-Key": body["name"]})
    assert both.ok() == first


def test_different_keys_in_header_and_body_are_refused(rest, fresh):
    body = {"name": fresh("two"), "idempotency_key": "a"}
    rest.post("/api/v1/bots", body, {"Idempotency-Key": "b"}).problem(400, "invalid_argument")


def test_a_key_used_for_another_request_is_422(rest, bot, fresh):
    key = fresh("key")
    rest.post("/api/v1/bots", {"name": fresh("a"), "idempotency_key": key}).ok()
    name = fresh("b")
    rest.post("/api/v1/bots", {"name": name, "idempotency_key": key}).problem(422, "idempotency_reuse")
    rest.post(f"/api/v1/bots/{bot['id']}:start", {"idempotency_key": key}).problem(422, "idempotency_reuse")
    rest.get(f"/api/v1/bots/{name}").problem(404)
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["state"] == "created"


@pytest.mark.parametrize("key", ["k" * 256, "a b", "ü", "a\tb"])
def test_a_malformed_key_is_refused(rest, fresh, key):
    problem = rest.post("/api/v1/bots", {"name": fresh(), "idempotency_key": key}).problem(400, "invalid_argument")
    assert problem["field"] == "idempotency_key"


def test_a_failed_request_uses_no_key_up(rest, fresh):
    name, key = fresh("late"), fresh("key")
    rest.post("/api/v1/bots", {"name": "", "idempotency_key": key}).problem(400)
    assert rest.post("/api/v1/bots", {"name": name, "idempotency_key": key}).ok()["name"] == name


def test_a_key_still_counts_after_a_restart(server_factory, fresh):
    server = server_factory()
    body = {"name": fresh("again"), "idempotency_key": "k"}
    first = server.rest.post("/api/v1/bots", body).ok()
    server.restart()
    assert server.rest.post("/api/v1/bots", body).ok() == first
    assert len(server.rest.all("/api/v1/bots", "bots")) == 1


def test_a_change_that_changed_nothing_is_not_made_later_by_its_key(rest, fresh):
    name, other = fresh("same"), fresh("other")
    bot = rest.post("/api/v1/bots", {"name": name, "soul": "One."}).ok()
    path = f"/api/v1/bots/{bot['id']}"
    nothing = [(rest.patch, path, {"name": name, "idempotency_key": fresh("key")}),
               (rest.post, f"{path}/souls", {"text": "One.", "idempotency_key": fresh("key")})]
    assert nothing[0][0](*nothing[0][1:]).ok() == bot
    assert nothing[1][0](*nothing[1][1:]).ok()["version"] == 1
    rest.patch(path, {"name": other}).ok()
    rest.post(f"{path}/souls", {"text": "Two."}).ok()
    changed = rest.get(path).ok()
    assert nothing[0][0](*nothing[0][1:]).ok() == changed
    assert nothing[1][0](*nothing[1][1:]).ok()["version"] == 1
    assert rest.get(path).ok() == changed
    assert (changed["name"], changed["soul_version"]) == (other, 2)


def test_duplicates_at_the_same_time_make_one_thing(rest, bot, session, fresh, fake_upstream):
    jobs = [
        ("/api/v1/bots", {"name": fresh("race")}),
        (f"/api/v1/bots/{bot['id']}/souls", {"text": fresh("soul")}),
        (f"/api/v1/bots/{bot['id']}/sessions", {"title": fresh("title")}),
        (f"/api/v1/sessions/{session}/messages", {"text": fresh("said")}),
        ("/api/v1/providers", fake_upstream.provider(fresh("prov"))),
    ]
    with ThreadPoolExecutor(12) as pool:
        for path, body in jobs:
            body["idempotency_key"] = fresh("race-key")
            answers = list(pool.map(lambda _, p=path, b=body: rest.post(p, b).ok(), range(12)))
            assert all(answer == answers[0] for answer in answers), path
    said = jobs[3][1]["text"]
    assert [m["text"] for m in rest.messages(session)] == [said, f"You said: {said}"]
    assert len(fake_upstream.asked(said)) == 1
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["soul_version"] == 2
    assert len(rest.all(f"/api/v1/bots/{bot['id']}/sessions", "sessions")) == 2


def test_the_same_name_at_the_same_time_without_a_key_makes_one_bot(rest, fresh):
    name = fresh("unique")
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: rest.post("/api/v1/bots", {"name": name}).status, range(8)))
    assert statuses[0] < 300 and statuses[1:] == [409] * 7


def test_the_same_provider_at_the_same_time_is_added_once(rest, fake_upstream, fresh):
    """With one key all are told the same, without any one wins; a bot can use it at once."""
    for _ in range(5):
        name = fresh("raced")
        with ThreadPoolExecutor(8) as pool:
            bodies = [{**fake_upstream.provider(name), "idempotency_key": name}] * 8
            answers = [a.ok() for a in pool.map(lambda b: rest.post("/api/v1/providers", b), bodies)]
            assert all(answer == answers[0] for answer in answers)
            statuses = sorted(pool.map(
                lambda _: rest.post("/api/v1/providers", fake_upstream.provider(name + "x")).status, range(8)))
        assert statuses[0] < 300 and statuses[1:] == [409] * 7
        assert len([p for p in rest.all("/api/v1/providers", "providers") if p["name"].startswith(name)]) == 2
        rest.make_bot(fresh("raced-bot"), model=f"{name}x/m")


# --- etags -------------------------------------------------------------------------------------------------------


def test_a_bot_comes_with_its_etag(rest, bot):
    answer = rest.get(f"/api/v1/bots/{bot['id']}")
    assert answer.header("ETag") == answer.ok()["etag"] == bot["etag"]


@pytest.mark.parametrize("carrier", ["header", "body"])
def test_a_stale_etag_is_412_and_changes_nothing(rest, bot, carrier):
    path = f"/api/v1/bots/{bot['id']}"

    def change(etag, text):
        if carrier == "header":
            return rest.patch(path, {"description": text}, {"If-Match": etag})
        return rest.patch(path, {"description": text, "etag": etag})

    new = change(bot["etag"], "one").ok()
    problem = change(bot["etag"], "two").problem(412, "stale_etag")
    assert bot["slug"] in problem["detail"]
    assert rest.get(path).ok() == new
    assert change(new["etag"], "three").ok()["description"] == "three"
    assert change("*", "four").ok()["description"] == "four"


@pytest.mark.parametrize("etag", ["nonsense", '"0"', 'W/"1"', '"1", "2"'])
def test_an_etag_that_never_was_is_stale(rest, bot, etag):
    answer = rest.patch(f"/api/v1/bots/{bot['id']}", {"description": "x"}, {"If-Match": etag})
    if etag == '"1", "2"':  # RFC 9110, 13.1.1: a list matches when one of them does
        assert answer.status in (200, 400, 412), answer
    else:
        answer.problem(412, "stale_etag")


def test_a_delete_may_carry_an_etag(rest, bot):
    path = f"/api/v1/bots/{bot['id']}"
    rest.patch(path, {"description": "x"}).ok()
    rest.delete(path, {"If-Match": bot["etag"]}).problem(412, "stale_etag")
    rest.delete(path, query={"etag": bot["etag"]}).problem(412, "stale_etag")
    assert rest.delete(path, {"If-Match": rest.get(path).ok()["etag"]}).ok()["state"] == "deleted"


def test_if_none_match_saves_the_body(rest, bot):
    path = f"/api/v1/bots/{bot['id']}"
    same = rest.get(path, headers={"If-None-Match": bot["etag"]})
    assert (same.status, same.body, same.header("ETag")) == (304, b"", bot["etag"])
    rest.patch(path, {"description": "x"}).ok()
    assert rest.get(path, headers={"If-None-Match": bot["etag"]}).status == 200


def test_of_two_changes_at_the_same_time_from_one_etag_one_wins(rest, bot):
    path = f"/api/v1/bots/{bot['id']}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda i: rest.patch(path, {"description": f"by {i}", "etag": bot["etag"]}), range(8)))
    statuses = sorted(a.status for a in answers)
    assert statuses == [200] + [412] * 7
    winner = next(a for a in answers if a.status == 200).json
    assert rest.get(path).ok() == winner


def test_changes_at_the_same_time_without_an_etag_are_all_made(rest, bot):
    """Each is made on top of the one before it: they touch different fields, and all of them are there."""
    path = f"/api/v1/bots/{bot['id']}"
    bodies = [{"description": "new"}, {"name": "New"}, {"settings": {"temperature": 0.5}}] * 4
    with ThreadPoolExecutor(12) as pool:
        statuses = [a.status for a in pool.map(lambda body: rest.patch(path, body), bodies)]
        souls = list(pool.map(lambda i: rest.post(f"{path}/souls", {"text": f"soul {i}"}), range(12)))
    assert statuses == [200] * 12
    assert sorted(soul.ok()["version"] for soul in souls) == list(range(2, 14))
    now = rest.get(path).ok()
    assert (now["description"], now["name"], now["settings"]["temperature"]) == ("new", "New", 0.5)
