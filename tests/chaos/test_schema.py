"""K9: databases of another age, of another past, and none at all; starts that are killed while they migrate."""

import pathlib
import random
import sqlite3
import time

import pytest

from chaos.ledger import check_whole, copy_database
from chaos.seeds import seeds
from chaos.starts import one_sentence, refusal

FIXTURES = sorted((pathlib.Path(__file__).parent / "fixtures").glob("schema_*.sql"))


def make_data(server_factory):
    """A data folder that a server has used, and that no server uses now."""
    server = server_factory()
    server.rest.make_bot("Ada", soul="You are Ada.")
    server.stop()
    return server


def edit(server, *statements):
    db = sqlite3.connect(server.data / "boternity.db")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def content(server):
    """What of the data folder a refused start must leave as it was."""
    return {p.name: p.read_bytes() for p in server.data.iterdir() if p.name.startswith("boternity.db")}


def test_a_newer_database_is_refused_with_what_helps(server_factory):
    server = make_data(server_factory)
    edit(server, "INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (9999, 'x', 'sha256:0', 0)")
    before = content(server)
    said = one_sentence(refusal(server))
    assert "newer" in said and "9999" in said and str(server.data) in said, said
    assert content(server)["boternity.db"] == before["boternity.db"]
    edit(server, "DELETE FROM schema_migrations WHERE version = 9999")
    server.start()
    assert server.rest.get("/api/v1/bots/ada").ok()["name"] == "Ada"


def test_a_schema_step_with_another_past_is_refused(server_factory):
    server = make_data(server_factory)
    edit(server, "UPDATE schema_migrations SET hash = 'sha256:" + "0" * 64 + "' WHERE version = 1")
    before = content(server)
    said = one_sentence(refusal(server))
    assert "step 1" in said and "differs" in said, said
    assert content(server)["boternity.db"] == before["boternity.db"]


@pytest.mark.parametrize("what", ["text", "zeros", "half", "folder"])
def test_a_file_that_is_no_database_is_refused_and_kept(server_factory, what):
    server = make_data(server_factory)
    file = server.data / "boternity.db"
    whole = file.read_bytes()
    for name in ("boternity.db-wal", "boternity.db-shm"):
        (server.data / name).unlink(missing_ok=True)
    if what == "folder":
        file.unlink()
        file.mkdir()
    else:
        wrong = {"text": b"hello\n" * 5000, "zeros": bytes(len(whole)), "half": whole[:len(whole) // 2 + 100]}
        file.write_bytes(wrong[what])
    before = None if what == "folder" else file.read_bytes()
    said = one_sentence(refusal(server))
    assert str(file) in said, said
    if before is not None:
        assert file.read_bytes() == before, "a refused start changed what is there"


def test_another_programs_database_is_refused(server_factory):
    server = server_factory(start=False)
    server.data.mkdir(mode=0o700)
    db = sqlite3.connect(server.data / "boternity.db")
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.commit()
    db.close()
    said = one_sentence(refusal(server))
    assert "another program" in said, said


def test_a_first_start_killed_at_any_moment_is_made_good_by_the_next(server_factory):
    for seed in seeds(20):
        server = server_factory(start=False)
        server.start(ready=False)
        time.sleep(random.Random(seed).uniform(0.0, 0.15))  # the moment is what the seed decides
        server.kill()
        try:
            server.start()
            assert server.rest.make_bot("Ada")["slug"] == "ada"
            server.kill()
            check_whole(copy_database(server.data, server.data / "copy"))
        except BaseException as failure:
            failure.add_note(f"seed {seed}: BOTERNITY_FIRST_SEED={seed} BOTERNITY_SEEDS=1")
            raise


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_every_schema_there_ever_was_still_opens(server_factory, fixture):
    """fixtures/README.md says how a new one is made."""
    server = server_factory(start=False)
    server.data.mkdir(mode=0o700)
    db = sqlite3.connect(server.data / "boternity.db")
    db.executescript(fixture.read_text())
    then = db.execute("SELECT MAX(version) FROM schema_migrations").fetchone()[0]
    db.close()
    (server.data / "boternity.db").chmod(0o600)
    server.start()
    rest = server.rest
    bot = rest.get("/api/v1/bots/ada").ok()
    assert (bot["name"], bot["soul_version"]) == ("Ada", 2)
    assert [s["version"] for s in rest.all(f"/api/v1/bots/{bot['id']}/souls", "souls")] == [2, 1]
    session = rest.all(f"/api/v1/bots/{bot['id']}/sessions", "sessions")[0]["id"]
    said = [(m["role"], m["text"]) for m in rest.messages(session)]
    assert said == [("user", "hello"), ("assistant", "instant answer")]
    now = rest.get("/api/v1/system").ok()["schema_version"]
    backups = sorted(p.name for p in (server.data / "backups").glob("*.db"))
    assert (now > then) == bool(backups), f"schema {then} became {now}, backups: {backups}"
    rest.make_bot("Grace")
