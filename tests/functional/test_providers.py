"""Providers and models: added, listed, removed; keys by reference only."""

import json

import pytest

from support.fake_upstream import FakeUpstream


def test_a_provider_is_added_listed_and_removed(rest, fake_upstream, fresh):
    name = fresh("up")
    made = rest.post("/api/v1/providers", fake_upstream.provider(name, key="env:SOME_KEY")).ok()
    assert (made["name"], made["kind"], made["key"]) == (name, "openai", "env:SOME_KEY")
    assert made["base_url"] == fake_upstream.base_url and made["models"] == ["m"]
    assert made in rest.all("/api/v1/providers", "providers")
    assert f"{name}/m" in [m["name"] for m in rest.all("/api/v1/models", "models")]
    assert rest.delete(f"/api/v1/providers/{made['id']}").ok()["name"] == name
    assert name not in [p["name"] for p in rest.all("/api/v1/providers", "providers")]
    assert f"{name}/m" not in [m["name"] for m in rest.all("/api/v1/models", "models")]
    rest.delete(f"/api/v1/providers/{name}").problem(404, "not_found")
    assert fake_upstream.requests == [], "adding a provider must send it nothing"


def test_the_window_of_its_models_can_be_stated(rest, fake_upstream, fresh):
    name = fresh("small")
    made = rest.post("/api/v1/providers", {**fake_upstream.provider(name), "window_tokens": 8192}).ok()
    assert made["window_tokens"] == 8192
    models = {m["name"]: m for m in rest.all("/api/v1/models", "models")}
    assert models[f"{name}/m"]["window_tokens"] == 8192 and models[f"{name}/m"]["max_output_tokens"] == 4096
    rest.delete(f"/api/v1/providers/{name}").ok()


def test_the_local_provider_is_built_in_and_stays(rest):
    local = [p for p in rest.all("/api/v1/providers", "providers") if p["name"] == "local"]
    assert len(local) == 1 and local[0]["kind"] == "local"
    rest.delete("/api/v1/providers/local").problem(409, "wrong_state")
    assert "local" in [p["name"] for p in rest.all("/api/v1/providers", "providers")]


def test_the_local_model_is_the_default(rest):
    models = {m["name"]: m for m in rest.all("/api/v1/models", "models")}
    local = models["local/smollm2-135m"]
    assert local["is_default"] and local["streaming"] and local["window_tokens"] >= 1024
    assert [name for name, m in models.items() if m["is_default"]] == ["local/smollm2-135m"]
    assert rest.get("/api/v1/system").ok()["default_model"] == "local/smollm2-135m"


def test_models_and_providers_are_paged(rest, fake_upstream, fresh):
    name = fresh("many")
    rest.post("/api/v1/providers", {**fake_upstream.provider(name), "models": [f"m{i}" for i in range(9)]}).ok()
    models = [m["name"] for m in rest.all("/api/v1/models", "models")]
    assert [m["name"] for page in rest.pages("/api/v1/models", "models", 4) for m in page] == models
    assert sorted(m for m in models if m.startswith(name + "/")) == [f"{name}/m{i}" for i in range(9)]
    providers = [p["name"] for p in rest.all("/api/v1/providers", "providers")]
    assert [p["name"] for page in rest.pages("/api/v1/providers", "providers", 1) for p in page] == providers
    rest.delete(f"/api/v1/providers/{name}").ok()


GOOD = {"name": "good", "kind": "openai", "base_url": "http://127.0.0.1:9/v1", "models": ["m"]}


@pytest.mark.parametrize("change, field", [
    ({"name": ""}, "name"), ({"name": "Up"}, "name"), ({"name": "a/b"}, "name"), ({"name": "-a"}, "name"),
    ({"name": "a" * 64}, "name"), ({"name": "a\nb"}, "name"), ({"kind": "magic"}, "kind"),
    ({"kind": "local"}, "kind"), ({"models": [""]}, "models"),
    ({"models": [f"m{i}" for i in range(2001)]}, "models"), ({"preset": "nonsense"}, "preset"), ({"base_url": ""}, "base_url"), ({"base_url": "nonsense"}, "base_url"),
    ({"base_url": "ftp://127.0.0.1/v1"}, "base_url"), ({"base_url": "file:///etc/passwd"}, "base_url"),
    ({"base_url": "http://user:secret@127.0.0.1/v1"}, "base_url"), ({"base_url": "http:///v1"}, "base_url"),
    ({"base_url": "http://127.0.0.1:99999/v1"}, "base_url"), ({"base_url": "http://h/v1\r\nX: y"}, "base_url"),
    ({"base_url": "http://127.0.0.1/v1?key=k"}, "base_url"), ({"key": "sk-plain-text"}, "key"),
    ({"key": "env:"}, "key"), ({"key": "env:A B"}, "key"), ({"key": "env:A=B"}, "key"),
    ({"window_tokens": 0}, "window_tokens"), ({"window_tokens": 255}, "window_tokens"),
    ({"window_tokens": -1}, "window_tokens"), ({"window_tokens": 10_000_001}, "window_tokens"),
])
def test_a_wrong_provider_is_refused_by_name(rest, change, field):
    before = rest.all("/api/v1/providers", "providers")
    problem = rest.post("/api/v1/providers", {**GOOD, **change}).problem(400, "invalid_argument")
    assert problem["field"].startswith(field), problem
    for secret in ("sk-plain-text", "secret"):
        assert secret not in problem["detail"]
    assert rest.all("/api/v1/providers", "providers") == before


def test_a_duplicate_provider_is_refused(rest, provider, fake_upstream):
    problem = rest.post("/api/v1/providers", fake_upstream.provider(provider)).problem(409, "already_exists")
    assert provider in problem["detail"]
    rest.post("/api/v1/providers", fake_upstream.provider("local")).problem(409, "already_exists")


def test_a_bot_whose_provider_was_removed_says_what_to_do(rest, fake_upstream, fresh):
    name = fresh("gone")
    rest.post("/api/v1/providers", fake_upstream.provider(name)).ok()
    bot = rest.make_bot(fresh("orphan"), model=f"{name}/m")
    session = rest.make_session(bot["id"])["id"]
    rest.delete(f"/api/v1/providers/{name}").ok()
    problem = rest.say(session, "hello").problem(409, "wrong_state")
    assert name in problem["detail"] and "provider add" in problem["detail"]
    assert rest.messages(session) == []


def test_providers_and_keys_survive_a_restart(server_factory, fake_upstream):
    server = server_factory()
    made = server.rest.post("/api/v1/providers", fake_upstream.provider("kept", key="env:KEPT_KEY")).ok()
    server.restart()
    assert made in server.rest.all("/api/v1/providers", "providers")


@pytest.fixture
def lister(server_factory):
    """A server of ours and one of models that can be told what it has."""
    upstream = FakeUpstream(models=["small", "large"])
    yield server_factory(env={"LISTED_KEY": "sk-listed"}), upstream
    upstream.close()


def test_a_provider_without_models_is_asked_for_them(lister):
    server, upstream = lister
    upstream.key = "sk-listed"
    made = server.rest.post("/api/v1/providers", {"name": "up", "base_url": upstream.base_url,
                                                  "key": "env:LISTED_KEY"}).ok()
    assert (made["kind"], made["models"]) == ("openai", ["small", "large"])
    assert upstream.listings == [["Bearer sk-listed"]]
    models = {m["name"]: m for m in server.rest.all("/api/v1/models", "models")}
    assert {"up/small", "up/large"} <= set(models)
    upstream.models = ["large", "larger"]
    fresh = server.rest.post("/api/v1/providers/up:refresh", {}).ok()
    assert fresh["models"] == ["large", "larger"] and fresh["id"] == made["id"]
    assert fresh["created_at"] == made["created_at"]
    server.restart()
    assert fresh in server.rest.all("/api/v1/providers", "providers")
    assert "up/small" not in {m["name"] for m in server.rest.all("/api/v1/models", "models")}


def test_what_a_server_tells_of_its_models_is_kept(lister):
    server, upstream = lister
    upstream.told = {"large": {"max_model_len": 40_960}}
    server.rest.post("/api/v1/providers", {"name": "up", "base_url": upstream.base_url}).ok()

    def windows():
        return {m["name"]: m["window_tokens"] for m in server.rest.all("/api/v1/models", "models")}

    assert windows()["up/large"] == 40_960 and windows()["up/small"] == 128_000
    server.restart()
    assert windows()["up/large"] == 40_960


def test_a_refresh_that_fails_leaves_the_provider_as_it_was(lister):
    server, upstream = lister
    made = server.rest.post("/api/v1/providers", {"name": "up", "base_url": upstream.base_url}).ok()
    upstream.models = []
    problem = server.rest.post("/api/v1/providers/up:refresh", {}).problem(409, "wrong_state")
    assert "name them" in problem["detail"]
    upstream.key = "sk-new"
    server.rest.post("/api/v1/providers/up:refresh", {}).problem(502, "upstream_auth")
    assert made in server.rest.all("/api/v1/providers", "providers")
    server.rest.post("/api/v1/providers/nobody:refresh", {}).problem(404, "not_found")
    server.rest.post("/api/v1/providers/local:refresh", {}).problem(409, "wrong_state")
    server.expect_log("provider|upstream")


def test_a_provider_that_cannot_be_asked_is_not_added(lister):
    server, upstream = lister
    upstream.key = "sk-another"
    before = server.rest.all("/api/v1/providers", "providers")
    problem = server.rest.post("/api/v1/providers", {"name": "up", "base_url": upstream.base_url,
                                                     "key": "env:LISTED_KEY"}).problem(502, "upstream_auth")
    assert "sk-listed" not in problem["detail"]
    problem = server.rest.post("/api/v1/providers", {"preset": "groq"}).problem(502, "upstream_auth")
    assert "GROQ_API_KEY" in problem["detail"]
    assert server.rest.all("/api/v1/providers", "providers") == before
    server.expect_log("provider|upstream")


def test_an_addition_that_is_sent_twice_asks_once(lister):
    server, upstream = lister
    body = {"name": "up", "base_url": upstream.base_url, "idempotency_key": "once"}
    made = server.rest.post("/api/v1/providers", body).ok()
    asked = len(upstream.listings)
    upstream.models = ["other"]
    assert server.rest.post("/api/v1/providers", body).ok() == made
    assert len(upstream.listings) == asked == 1


def test_a_preset_fills_in_what_is_left_empty(rest, fake_upstream, fresh):
    presets = {p["name"]: p for p in rest.all("/api/v1/presets", "presets")}
    for name in ("openrouter", "vllm", "lm-studio", "llama-server", "litellm", "groq", "mistral", "deepseek", "xai"):
        assert presets[name]["title"] and presets[name]["base_url"].startswith("http"), name
    made = rest.post("/api/v1/providers", {"preset": "groq", "models": ["m"]}).ok()
    assert (made["name"], made["base_url"]) == ("groq", "https://api.groq.com/openai/v1")
    assert (made["kind"], made["key"]) == ("openai", "env:GROQ_API_KEY")
    rest.delete("/api/v1/providers/groq").ok()
    name = fresh("vllm")
    made = rest.post("/api/v1/providers", {"name": name, "preset": "vllm", "base_url": fake_upstream.base_url,
                                           "models": ["m"]}).ok()
    assert (made["name"], made["base_url"], made["key"]) == (name, fake_upstream.base_url, "")
    rest.delete(f"/api/v1/providers/{name}").ok()


def test_every_preset_can_be_added(rest):
    for preset in rest.all("/api/v1/presets", "presets"):
        made = rest.post("/api/v1/providers", {"preset": preset["name"], "models": ["m"]}).ok()
        assert made["kind"] == preset["kind"]
        rest.delete(f"/api/v1/providers/{preset['name']}").ok()


def test_a_catalog_of_ones_own_rules_over_the_built_in(server_factory, tmp_path, fake_upstream):
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps({
        "models": [{"model": "brand-new", "window_tokens": 4096, "max_output_tokens": 512, "reasoning": True}],
        "presets": [{"name": "mine", "title": "My server", "kind": "openai", "base_url": fake_upstream.base_url}]}))
    server = server_factory(env={"BOTERNITY_CATALOG": str(catalog)})
    server.rest.post("/api/v1/providers", {"preset": "mine", "models": ["brand-new-7b"]}).ok()
    models = {m["name"]: m for m in server.rest.all("/api/v1/models", "models")}
    model = models["mine/brand-new-7b"]
    assert (model["window_tokens"], model["max_output_tokens"], model["reasoning"]) == (4096, 512, True)
