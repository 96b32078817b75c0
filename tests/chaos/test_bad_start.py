"""What is wrong with how it was started is said in one sentence, and the exit code is not 0."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

import pytest

from chaos.starts import one_sentence, refusal
from support.instance import clean_environment


@pytest.mark.parametrize("listen", [
    "nonsense", "127.0.0.1", "127.0.0.1:", ":::", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:http",
    "no-such-host.invalid:7420", "256.1.1.1:7420", "203.0.113.7:0", "",
])
def test_an_address_that_cannot_be_listened_on(server_factory, listen):
    server = server_factory(listen=listen, start=False)
    said = one_sentence(refusal(server))
    assert "listen" in said.lower() or (listen and listen in said), said


def serve(binary, data, *options):
    return subprocess.run([binary, "serve", "--data", data, *options], env=clean_environment(), capture_output=True,
                          text=True, timeout=15, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("option, value, form", [
    ("--listen", "foo", "ADDRESS:PORT"), ("--listen", "", "ADDRESS:PORT"), ("--listen", "127.0.0.1:x", "ADDRESS:PORT"),
    ("--listen", "bots.example.org:0", "ADDRESS:PORT"),
    ("--allow-host", "https://bots.example.org", "NAME:PORT"), ("--allow-host", "bots.example.org/", "NAME:PORT"),
    ("--allow-host", "", "NAME:PORT"), ("--allow-host", "*", "NAME:PORT"),
])
def test_a_value_without_the_right_form_is_refused_before_anything_is_written(binary, tmp_path, option, value, form):
    data = tmp_path / "data"
    ended = serve(binary, data, option, value)
    named = value.removesuffix(":0")
    assert ended.returncode == 2, ended
    assert option in ended.stderr and f'"{named}"' in ended.stderr and form in ended.stderr
    assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1
    assert not data.exists()


def test_a_failed_start_is_told_like_any_other_error(binary, tmp_path):
    ended = serve(binary, tmp_path / "data", "--listen", "203.0.113.7:0", "--json")
    assert ended.returncode == 1, ended
    problem = json.loads(ended.stdout)
    assert problem["code"] == "unavailable" and "--listen" in problem["detail"]
    assert f"error: {problem['detail']}\n" in ended.stderr


def test_a_data_folder_that_is_a_file(server_factory, tmp_path):
    file = tmp_path / "file"
    file.write_text("hello")
    said = one_sentence(refusal(server_factory(data=file, start=False)))
    assert str(file) in said, said
    assert file.read_text() == "hello"


def test_a_data_folder_on_a_file_system_that_takes_no_writes(server_factory, small_disk):
    disk = small_disk(8)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    server = server_factory(data=disk / "data", start=False)
    server.log_path = disk.with_name("server.log")
    said = one_sentence(refusal(server))
    assert str(disk / "data") in said, said


def test_a_data_folder_of_another_person(binary):
    """Seen from an account that may not write there."""
    if os.geteuid() != 0:
        pytest.skip("taking another account needs root")
    # Not below pytest's own folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as open_to_all:
        os.chmod(open_to_all, 0o711)
        theirs = shutil.copy(binary, open_to_all)
        folder = pathlib.Path(open_to_all) / "theirs"
        folder.mkdir(mode=0o700)
        ended = subprocess.run([theirs, "serve", "--data", folder, "--listen", "127.0.0.1:0"], user="nobody", group=65534,
                               extra_groups=[], env=clean_environment(), capture_output=True, text=True, timeout=15,
                               cwd="/")
        assert ended.returncode > 0
        assert str(folder) in one_sentence(ended.stdout + ended.stderr)
        assert not list(folder.iterdir())


def test_a_data_folder_that_others_may_read_is_refused_or_closed(server_factory):
    """The token and everything said lies there: nobody else may come to read it."""
    server = server_factory(start=False)
    server.data.mkdir(mode=0o755)
    server.data.chmod(0o755)
    server.start()
    for path in server.data.iterdir():
        if path.name not in ("backups", "server.json"):
            assert not path.stat().st_mode & 0o077, f"{path.name} can be read by others"


def test_what_a_first_start_makes_is_its_owners_alone(server_factory):
    server = server_factory()
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    for path in server.data.rglob("*"):
        assert not path.stat().st_mode & 0o077, f"{path.name} can be read by others"


def test_a_token_that_others_may_read_is_refused(server_factory):
    server = server_factory()
    server.stop()
    (server.data / "token").chmod(0o644)
    said = one_sentence(refusal(server))
    assert "token" in said, said
    (server.data / "token").chmod(0o600)
    server.start()


@pytest.mark.parametrize("what", ["missing", "truncated", "not a model", "empty"])
def test_without_a_model_it_starts_and_chat_says_what_to_do(server_factory, models, tmp_path, what):
    folder = tmp_path / "models"
    folder.mkdir()
    if what != "missing":
        for file in models.glob("*.gguf"):
            whole = file.read_bytes()
            wrong = {"truncated": whole[:1_000_000], "not a model": b"hello\n" * 5000, "empty": b""}
            (folder / file.name).write_bytes(wrong[what])
    server = server_factory(env={"BOTERNITY_MODELS": str(folder)})
    server.expect_log("model|gguf|llama")
    bot = server.rest.make_bot("Ada")
    session = server.rest.make_session(bot["id"])["id"]
    answer = server.rest.say(session, "hello")
    assert answer.status >= 400, answer
    problem = answer.problem(answer.status)
    assert "model" in problem["detail"].lower(), problem
    assert server.rest.get("/healthz").status == 200
    server.rest.make_bot("Grace")


@pytest.mark.parametrize("words", [["serve", "--nonsense"], ["serve", "--data"], ["serfe"], []])
def test_wrong_words_are_explained(binary, words):
    ended = subprocess.run([binary, *words], env=clean_environment(), capture_output=True, text=True, timeout=15,
                           stdin=subprocess.DEVNULL)
    assert ended.returncode != 0 or not words
    assert (ended.stdout + ended.stderr).strip()
    assert "terminate called" not in ended.stderr
