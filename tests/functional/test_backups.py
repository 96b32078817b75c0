"""Backups over REST and the command line: made while serving, checked, restored; and every file that is none."""

import json
import shutil
import sqlite3
import subprocess
import threading

import pytest

from support.backups import path_of, restore, used
from support.instance import clean_environment
from support.sse import EventStream


def test_a_backup_is_one_file_that_sqlite_opens(server_factory):
    server, backup = used(server_factory)
    file = path_of(server, backup)
    assert backup["reason"] == "asked" and backup["made_by"] and int(backup["size_bytes"]) == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in file.parent.iterdir()) == [file.name]
    db = sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT slug FROM bots").fetchall() == [("ada",)]
    facts = dict(db.execute("SELECT name, value FROM backup_facts"))
    assert facts["made_by"] == backup["made_by"]
    assert server.token.encode() not in file.read_bytes()


def test_the_list_verify_and_delete(server_factory):
    server, first = used(server_factory)
    second = server.rest.post("/api/v1/backups").ok()
    listed = server.rest.get("/api/v1/backups").ok()["backups"]
    assert listed == [second, first]
    check = server.rest.post(f"/api/v1/backups/{first['name']}:verify").ok()
    assert check["backup"] == first and check["bots"] == "1"
    assert server.rest.delete(f"/api/v1/backups/{first['name']}").ok() == first
    assert not path_of(server, first).exists()
    server.rest.delete(f"/api/v1/backups/{first['name']}").problem(404, "not_found")
    server.rest.post(f"/api/v1/backups/{first['name']}:verify").problem(404, "not_found")


@pytest.mark.parametrize("name", ["nothing", "..%2Fboternity", "%2e%2e%2ftoken", "1-20261123T091615.264943Z-asked",
                                  "99999999999999999999-20261123T091615.264943Z-asked", "token", "a" * 4000])
def test_a_name_that_is_none_is_not_found(rest, name):
    rest.delete(f"/api/v1/backups/{name}").problem(404, "not_found")
    rest.post(f"/api/v1/backups/{name}:verify").problem(404, "not_found")


def test_the_making_is_told_as_a_stream(server_factory):
    server, _ = used(server_factory)
    with EventStream(server.rest, "POST", "/api/v1/backups", {}) as stream:
        last = [event.data for event in stream][-1]
    assert last["done_bytes"] == last["total_bytes"] == last["backup"]["size_bytes"]


def test_asked_twice_with_one_key_is_made_once(server_factory):
    server, _ = used(server_factory)
    for verb, path, body in [("POST", "/api/v1/backups", {}), ("DELETE", None, None)]:
        path = path or f"/api/v1/backups/{name}"
        answers = [server.rest.call(verb, path, body, {"Idempotency-Key": f"key-{verb}"}).ok() for _ in range(2)]
        name = answers[0]["name"]
        assert answers[1]["name"] == name
    assert len(server.rest.get("/api/v1/backups").ok()["backups"]) == 1


def test_the_newest_ten_are_kept(server_factory):
    server, first = used(server_factory)
    names = [server.rest.post("/api/v1/backups").ok()["name"] for _ in range(11)]
    listed = [b["name"] for b in server.rest.get("/api/v1/backups").ok()["backups"]]
    assert listed == names[:0:-1] and first["name"] not in listed


def test_a_backup_while_others_write_is_of_one_moment(server_factory):
    server, _ = used(server_factory)
    path = "/api/v1/bots/ada/souls"
    stop = threading.Event()
    written = []

    def write():
        rest = server.rest
        while not stop.is_set():
            written.append(rest.post(path, {"text": f"soul {len(written)}" + "x" * 20000}).ok()["version"])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            before = len(written)
            backup = server.rest.post("/api/v1/backups").ok()
            after = len(written)
            db = sqlite3.connect(f"file:{path_of(server, backup)}?mode=ro&immutable=1", uri=True)
            versions = [v for (v,) in db.execute("SELECT version FROM souls ORDER BY version")]
            assert versions == list(range(1, len(versions) + 1))
            assert db.execute("SELECT soul_version FROM bots").fetchone() == (versions[-1],)
            assert before + 1 <= len(versions) <= after + 2, "what was acknowledged before it began is in it"
            db.close()
    finally:
        stop.set()
        writer.join()
    assert len(written) > 5


def test_restore_brings_back_what_was_and_keeps_what_is(server_factory):
    server, backup = used(server_factory)
    server.rest.make_bot("Grace")
    token = server.token
    refused = restore(server, backup["name"], code=1)
    assert "uses" in refused.stderr and "stop it" in refused.stderr, refused.stderr
    server.stop()
    said = restore(server, backup["name"])
    assert "is restored" in said.stdout
    server.start()
    assert [b["slug"] for b in server.rest.get("/api/v1/bots").ok()["bots"]] == ["ada"]
    assert server.token == token
    newest = server.rest.get("/api/v1/backups").ok()["backups"][0]
    assert newest["reason"] == "restore"
    server.stop()
    restore(server, newest["name"])
    server.start()
    assert len(server.rest.get("/api/v1/bots").ok()["bots"]) == 2


def test_restore_into_a_new_folder(server_factory, tmp_path):
    server, backup = used(server_factory)
    copy = shutil.copy(path_of(server, backup), tmp_path / "copy.db")
    other = server_factory(start=False)
    assert other.cli("backup", "restore", copy, "--yes").returncode == 0
    other.start()
    assert other.rest.get("/api/v1/bots/ada").ok()["name"] == "Ada"
    assert other.data.stat().st_mode & 0o777 == 0o700


def wrong_files(tmp_path, whole):
    """Every file that is no backup, by what is wrong with it."""
    foreign = tmp_path / "foreign.db"
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.commit()
    db.close()
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 1
    made = {"half.db": whole[:len(whole) // 2], "flipped.db": bytes(flipped), "text.db": b"hello\n" * 5000,
            "empty.db": b""}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "real.db").write_bytes(whole)
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    (tmp_path / "folder.db").mkdir()
    return [foreign, *(tmp_path / name for name in (*made, "link.db", "folder.db", "nothing.db"))]


def test_files_that_are_no_backups_are_refused_and_change_nothing(server_factory, tmp_path):
    server, backup = used(server_factory)
    whole = path_of(server, backup).read_bytes()
    server.stop()
    before = (server.data / "boternity.db").read_bytes()
    for file in wrong_files(tmp_path, whole):
        for words in (("verify", file), ("restore", file, "--yes")):
            ended = server.cli("backup", *words)
            assert ended.returncode in (1, 4, 5), (file, ended)
            assert str(file) in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr
            assert ended.stderr.startswith("error: ")
    assert (server.data / "boternity.db").read_bytes() == before
    assert not list(server.data.glob("*.restoring"))


def test_a_backup_of_a_newer_schema_names_the_command_that_helps(server_factory):
    server, backup = used(server_factory)
    server.stop()
    db = sqlite3.connect(server.data / "boternity.db")
    db.execute("INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (9999, 'x', 'sha256:0', 0)")
    db.commit()
    db.close()
    # A downgrade: what the newer version left is kept, and what this one had comes back.
    restore(server, backup["name"])
    newer = json.loads(server.cli("backup", "list", "--json").stdout)["backups"][0]
    assert newer["schema_version"] == 9999 and newer["reason"] == "restore"
    refused = restore(server, newer["name"], code=5)
    assert "newer Boternity" in refused.stderr and "boternity backup restore" in refused.stderr
    server.start()
    assert server.rest.get("/api/v1/bots/ada").ok()["name"] == "Ada"


def test_a_folder_that_takes_no_writes_is_told_of(server_factory):
    server, _ = used(server_factory)
    backups = server.data / "backups"
    shutil.rmtree(backups)
    backups.write_text("in the way")
    server.expect_log("backups")
    problem = server.rest.post("/api/v1/backups").problem(503, "unavailable")
    assert str(backups) in problem["detail"]


def test_the_command_line(cli, ask, terminal):
    made = cli("backup", "create")
    assert made.stdout.startswith("Made ") and "checked" in made.stdout
    name = ask("backup", "list")["backups"][0]["name"]
    assert name in cli("backup", "list").stdout
    assert "is sound" in cli("backup", "verify", name).stdout
    assert ask("backup", "verify", name)["backup"]["name"] == name
    assert cli("backup", "remove", name, code=2).stderr.startswith("error: ")
    assert name in cli("backup", "remove", name, "--yes").stdout
    assert ask("backup", "remove", name, "--yes", code=4)["code"] == "not_found"


def test_backups_are_listed_without_a_server(server_factory):
    server, backup = used(server_factory)
    server.stop()
    assert json.loads(server.cli("backup", "list", "--json").stdout)["backups"] == [backup]
    assert server.cli("backup", "create").returncode == 3


def test_a_symbolic_link_as_folder_of_backups_is_not_followed(server_factory, tmp_path, binary):
    server = server_factory()
    server.stop()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (server.data / "backups").symlink_to(elsewhere)
    ended = subprocess.run([binary, "serve", "--data", server.data, "--listen", "127.0.0.1:0"], env=clean_environment(),
                           capture_output=True, text=True, timeout=15, stdin=subprocess.DEVNULL)
    assert ended.returncode == 1 and "backups" in ended.stderr and "symbolic link" in ended.stderr, ended.stderr
    assert not list(elsewhere.iterdir())
