"""Texts as vectors, by the model that ships."""

import json

import pytest

MODEL = "local/all-minilm-l6-v2"
ROUTE = "/api/v1/embeddings"


def embed(server, *texts, **fields):
    return server.rest.post(ROUTE, {"texts": list(texts), **fields})


def likeness(a, b):
    return sum(x * y for x, y in zip(a["vector"], b["vector"], strict=True))


def test_like_meanings_have_like_directions(server):
    answer = embed(server, "cat", "kitten", "car").ok()
    assert answer["model"] == MODEL and answer["dimension"] == 384
    cat, kitten, car = answer["embeddings"]
    assert likeness(cat, kitten) > likeness(cat, car) + 0.1
    assert all(len(each["vector"]) == 384 and abs(likeness(each, each) - 1) < 1e-4 for each in (cat, kitten, car))
    assert embed(server, "kitten", model=MODEL).ok()["embeddings"] == [kitten]


def test_a_whole_batch_keeps_its_order_and_one_more_is_refused(server):
    texts = [f"text number {i}" for i in range(256)]
    made = embed(server, *texts).ok()["embeddings"]
    assert len(made) == 256
    assert embed(server, texts[200]).ok()["embeddings"] == [made[200]]
    problem = embed(server, *texts, "one more").problem(400, field="texts")
    assert "256" in problem["detail"]


def test_a_long_text_is_cut_and_the_answer_says_so(server):
    long, short = embed(server, "word " * 2000, "word").ok()["embeddings"]
    assert long["truncated"] and long["tokens"] == 512
    assert not short["truncated"] and short["tokens"] == 3


@pytest.mark.parametrize("texts", [[], [""], ["a", ""]])
def test_nothing_has_no_vector(server, texts):
    embed(server, *texts).problem(400, field="texts")


@pytest.mark.parametrize("model, said", [
    ("local/nobody", "nobody"), ("nobody/x", "no provider"), ("x", "PROVIDER/MODEL"),
    ("local/smollm2-135m", "cannot turn texts into vectors")])
def test_a_model_that_cannot_embed_is_refused(server, model, said):
    assert said in embed(server, "x", model=model).problem(400, field="model")["detail"]


def test_it_is_listed_with_what_it_can_and_no_bot_can_have_it(server):
    models = {model["name"]: model for model in server.rest.get("/api/v1/models").ok()["models"]}
    assert models[MODEL]["embeddings"] and not models[MODEL]["tools"] and not models[MODEL]["streaming"]
    assert not models["local/smollm2-135m"]["embeddings"]
    problem = server.rest.post("/api/v1/bots", {"name": "Vector", "model": MODEL}).problem(400, field="model")
    assert "cannot talk" in problem["detail"]
    told = server.rest.get("/api/v1/local-models/all-minilm-l6-v2").ok()
    assert told["license"] == "apache-2.0" and told["embeddings"]


def test_the_served_document_has_the_rules_of_the_list_and_of_its_texts(server):
    asked = server.rest.get("/openapi.json").ok()["paths"][ROUTE]["post"]["requestBody"]
    texts = asked["content"]["application/json"]["schema"]["properties"]["texts"]
    assert (texts["minItems"], texts["maxItems"], texts["items"]["minLength"]) == (1, 256, 1)


def test_the_command_embeds_arguments_and_lines(cli, ask):
    one = ask("model", "embed", "a cat", "a dog")
    lines = ask("model", "embed", "-", text="a cat\n\na dog\r\n")
    assert one == lines and len(one["embeddings"]) == 2
    shown = cli("model", "embed", "a cat").stdout
    assert "384 NUMBERS" in shown and "a cat" in shown
    assert len(ask("model", "embed", "-", text="line\n" * 300)["embeddings"]) == 300
    assert MODEL in cli("model", "list").stdout


def test_the_command_says_what_is_wrong(cli):
    assert "is empty" in cli("model", "embed", "", code=1).stderr
    assert "no text" in cli("model", "embed", "-", text="\n", code=1).stderr
    assert "cannot turn texts" in cli("model", "embed", "x", "--model", "local/smollm2-135m", code=1).stderr
    refused = cli("model", "embed", "", "--json", code=1)
    assert json.loads(refused.stdout)["field"] == "texts"
