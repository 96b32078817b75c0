"""Several models in the process: found in the data folder, sharing memory, each left out or refused with a reason."""

import json
import subprocess

import pytest

from support.instance import find_models

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SETTINGS = {"temperature": 0, "max_output_tokens": 8}


def folder_with(data, *names):
    """A data folder with the shipped weights under other names; copies, since the same file counts once."""
    folder = data / "models"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes((find_models() / WEIGHTS).read_bytes())
    return folder


def answer(server, model):
    bot = server.rest.make_bot(model.replace(".", "-").replace("/", "-"), model=model, settings=SETTINGS)
    return server.rest.say(server.rest.make_session(bot["id"])["id"], "Say hello.")


@pytest.fixture
def data(server_factory):
    return server_factory.new_data()


def test_two_models_take_turns_in_the_memory_of_one(server_factory, data):
    folder_with(data, "Other Model.gguf")
    server = server_factory(data=data, env={"BOTERNITY_MODEL_MEMORY": "350M"})
    for model in ("local/smollm2-135m", "local/other-model"):
        assert answer(server, model).ok()["text"].strip()
    server.wait_log("llama_model_unloaded")
    listed = server.cli("model", "list", "--json")
    models = {model["name"]: model for model in json.loads(listed.stdout)["models"] if not model["embeddings"]}
    assert set(models) == {"local/smollm2-135m", "local/other-model"}
    assert all(model["tools"] and model["json_schema"] for model in models.values())


def test_info_tells_what_a_model_is_and_takes(server_factory, data):
    folder = folder_with(data, "gone.gguf")
    server = server_factory(data=data, env={"BOTERNITY_MODEL_MEMORY": "1G"})
    before = json.loads(server.cli("model", "info", "local/smollm2-135m", "--json").stdout)
    assert not before["loaded"] and before["architecture"] == "llama" and before["threads"] >= 1
    assert before["memory_limit_bytes"] == "1000000000"
    assert answer(server, "local/smollm2-135m").ok()
    after = server.rest.get("/api/v1/local-models/smollm2-135m").ok()
    assert after["loaded"] and after["memory_used_bytes"] == after["memory_bytes"]
    shown = server.cli("model", "info", "smollm2-135m")
    assert shown.returncode == 0 and "of 1000 MB" in shown.stdout
    assert server.cli("model", "info", "nobody").returncode == 4
    (folder / "gone.gguf").unlink()
    missing = server.rest.get("/api/v1/local-models/gone")
    assert missing.status == 503 and "is missing" in json.dumps(missing.json)
    server.expect_log("request_failed")


def test_bench_tells_how_fast_a_model_is(server_factory, data):
    server = server_factory(data=data)
    speed = json.loads(server.cli("model", "bench", "local/smollm2-135m", "--json").stdout)
    assert speed["model"] == "local/smollm2-135m"
    assert speed["input_tokens"] > 200 and 0 < speed["output_tokens"] <= 64
    assert speed["input_tokens_a_second"] > 1 and speed["output_tokens_a_second"] > 1
    assert 0 < speed["first_token_seconds"] < 30
    assert "tokens a second" in server.cli("model", "bench", "smollm2-135m").stdout
    assert server.cli("model", "bench", "nobody").returncode == 4


def test_a_model_larger_than_the_limit_is_refused_with_the_way_out(server_factory, data):
    server = server_factory(data=data, env={"BOTERNITY_MODEL_MEMORY": "50M"})
    refused = answer(server, "local/smollm2-135m")
    assert refused.status == 503, refused
    assert "BOTERNITY_MODEL_MEMORY" in json.dumps(refused.json)
    server.expect_log("run_ended")
    server.expect_log("request_failed")


@pytest.mark.parametrize("value", ["lots", "-1", "0", "12Q", "99999999999G"])
def test_a_limit_that_is_none_ends_the_start(binary, tmp_path, value):
    ended = subprocess.run([binary, "serve", "--data", tmp_path, "--listen", "127.0.0.1:0"], capture_output=True,
                           text=True, timeout=30, env={"PATH": "/usr/bin:/bin", "BOTERNITY_MODEL_MEMORY": value})
    assert ended.returncode != 0
    assert "models.memory" in ended.stderr and "for example 4G" in ended.stderr


def test_what_is_no_model_is_left_out_and_said(server_factory, data):
    folder = folder_with(data, "cut.gguf", "good.gguf")
    (folder / "cut.gguf").write_bytes((folder / "good.gguf").read_bytes()[:1000])
    (folder / "text.gguf").write_text("not a model")
    (folder / "empty.gguf").write_text("")
    (folder / "folder.gguf").mkdir()
    server = server_factory(data=data)
    for name in ("cut", "text", "empty", "folder"):
        server.wait_log(f"llama_model_left_out.*{name}.gguf")
    server.expect_log("llama_model_left_out")
    models = server.rest.get("/api/v1/models").ok()["models"]
    names = {model["name"] for model in models if not model["embeddings"]}
    assert names == {"local/smollm2-135m", "local/good"}
