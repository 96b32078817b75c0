"""Writes fixtures/schema_NNNN.sql for the schema of today's binary: run it as fixtures/README.md says."""

import pathlib
import sqlite3
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from chaos.models import ModelsForFaults  # noqa: E402  (found through the path above)
from support.instance import Server, find_binary  # noqa: E402


def fill(server, upstream):
    rest = server.rest
    upstream.register(rest)
    bot = rest.make_bot("Ada", soul="You are Ada.", model="fake/instant")["id"]
    rest.post(f"/api/v1/bots/{bot}/souls", {"text": "You are Ada. You rhyme.", "note": "verse"}).ok()
    session = rest.make_session(bot)["id"]
    rest.say(session, "hello", idempotency_key="hello-1").ok()


def dump(database):
    """The database as SQL text, with what the header holds."""
    db = sqlite3.connect(database)
    try:
        version = db.execute("SELECT MAX(version) FROM schema_migrations").fetchone()[0]
        application = db.execute("PRAGMA application_id").fetchone()[0]
        lines = [f"PRAGMA application_id = {application};", "PRAGMA journal_mode = WAL;", *db.iterdump()]
        return version, "\n".join(lines) + "\n"
    finally:
        db.close()


def main():
    upstream = ModelsForFaults()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(find_binary(), pathlib.Path(folder) / "data")
        try:
            server.start()
            fill(server, upstream)
            server.stop()
        finally:
            server.kill()
            upstream.close()
        version, text = dump(server.data / "boternity.db")
    # Where the fake upstream listened is the one thing that differs from run to run for no reason.
    text = text.replace(f":{upstream.port}/", ":9/")
    target = HERE / f"fixtures/schema_{version:04}.sql"
    target.write_text(text)
    print(target)


if __name__ == "__main__":
    main()
