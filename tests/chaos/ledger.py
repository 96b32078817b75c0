"""What clients were told is saved, and the load that makes it so. Compared with what is really there after a fault."""

import dataclasses
import hashlib
import http.client
import random
import shutil
import sqlite3
import threading

UNREACHABLE = (OSError, http.client.HTTPException)


@dataclasses.dataclass
class Attempt:
    """A change whose answer never came: it may have happened or not, but with its key it happens once."""

    path: str
    body: dict


class Ledger:
    """Acknowledged writes. Threads: any."""

    def __init__(self):
        self.mutex = threading.Lock()
        self.bots = {}  # id -> name
        self.souls = {}  # (bot, version) -> text
        self.sessions = {}  # id -> bot
        self.messages = {}  # (session, what was said) -> the answer's id
        self.open = []  # attempts without an answer
        self.refused = []  # answers that no fault explains

    def count(self):
        return len(self.bots) + len(self.souls) + len(self.sessions) + len(self.messages)

    def note(self, path, body, answer):
        """Books one acknowledged change under what it made."""
        with self.mutex:
            if path == "/api/v1/bots":
                self.bots[answer["id"]] = body["name"]
                self.souls[answer["id"], 1] = body["soul"]
            elif path.endswith("/souls"):
                self.souls[answer["bot"], answer["version"]] = body["text"]
            elif path.endswith("/sessions"):
                self.sessions[answer["id"]] = answer["bot"]
            else:
                self.messages[answer["session"], body["text"]] = answer["id"]


class Client(threading.Thread):
    """Writes one thing after the other until the server is gone or `until` is set."""

    def __init__(self, rest, ledger, seed, name, until):
        super().__init__(daemon=True)
        self.rest = rest
        self.ledger = ledger
        self.random = random.Random(seed)
        self.label = name
        self.until = until
        self.made = 0

    def run(self):
        bot = session = None
        while not self.until.is_set():
            if bot is None or self.random.random() < 0.1:
                bot = self.create_bot() or bot
                session = None
            elif session is None or self.random.random() < 0.1:
                session = self.write(f"/api/v1/bots/{bot['id']}/sessions", {"title": "t"}) or session
            elif self.random.random() < 0.3:
                self.write(f"/api/v1/bots/{bot['id']}/souls", {"text": self.text("soul")})
            else:
                self.write(f"/api/v1/sessions/{session['id']}/messages", {"text": self.text("message")})

    def text(self, kind):
        self.made += 1
        return f"{kind} {self.label}-{self.made} " + "x" * self.random.randint(0, 3000)

    def create_bot(self):
        model = "fake/slow" if self.random.random() < 0.4 else "fake/instant"
        self.made += 1
        name = f"Bot {self.label} {self.made}"
        return self.write("/api/v1/bots", {"name": name, "soul": self.text("soul"), "model": model})

    def write(self, path, body):
        self.made += 1
        body = {**body, "idempotency_key": f"{self.label}-{self.made}"}
        try:
            answer = self.rest.post(path, body)
        except UNREACHABLE:
            answer = None
        if answer is not None and answer.status == 200:
            self.ledger.note(path, body, answer.json)
            return answer.json
        with self.ledger.mutex:
            if answer is None:
                self.ledger.open.append(Attempt(path, body))
            else:
                self.ledger.refused.append(repr(answer))
        self.until.set()
        return None


def start_load(rest, ledger, seed, clients=4):
    """Clients that run until they lose the server; answers a function that waits for their end."""
    gone = threading.Event()
    threads = [Client(rest, ledger, f"{seed}/{n}", f"{seed}.{n}", gone) for n in range(clients)]
    for thread in threads:
        thread.start()

    def join():
        gone.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"

    return join


def copy_database(data, to):
    """A copy of a dead server's database, which can be opened without changing the original."""
    to.mkdir(parents=True, exist_ok=True)
    for name in ("boternity.db", "boternity.db-wal"):
        (to / name).unlink(missing_ok=True)
        if (data / name).exists():
            shutil.copyfile(data / name, to / name)
    (to / "boternity.db-shm").unlink(missing_ok=True)
    return to / "boternity.db"


# What must never be found, whatever was killed when: one query each, which answers no row.
BROKEN = {
    "a reference to nothing": "SELECT * FROM pragma_foreign_key_check",
    "a bot without its newest soul":
        "SELECT id FROM bots b WHERE NOT EXISTS"
        " (SELECT 1 FROM souls s WHERE s.bot_id = b.id AND s.version = b.soul_version)",
    "souls with a gap":
        "SELECT bot_id FROM souls GROUP BY bot_id HAVING MIN(version) <> 1 OR MAX(version) <> COUNT(*)",
    "a soul newer than its bot knows":
        "SELECT s.bot_id FROM souls s JOIN bots b ON b.id = s.bot_id WHERE s.version > b.soul_version",
    "a message without its run": "SELECT id FROM messages m WHERE run_id NOT IN (SELECT id FROM runs)",
    "a run without its message":
        "SELECT id FROM runs WHERE input_message_id NOT IN (SELECT id FROM messages)",
    "a run without its step": "SELECT id FROM runs WHERE id NOT IN (SELECT run_id FROM steps)",
    "a completed run without its answer":
        "SELECT id FROM runs WHERE state = 'completed' AND kind = 'turn' AND"
        " (output_message_id IS NULL OR output_message_id NOT IN (SELECT id FROM messages))",
    "an agent that ended and told nobody":
        "SELECT id FROM runs r WHERE kind = 'agent' AND ended_at IS NOT NULL AND 1 <>"
        " (SELECT COUNT(*) FROM agent_messages WHERE from_run = r.id AND kind <> 'text')",
    "a message that was taken by no step":
        "SELECT to_run FROM agent_messages WHERE taken_step IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM steps WHERE run_id = to_run AND position = taken_step AND state = 'done')",
    "a step with a gap before it":
        "SELECT run_id FROM steps GROUP BY run_id HAVING MIN(position) <> 1 OR MAX(position) <> COUNT(*)",
    "a completed run with an unfinished step":
        "SELECT r.id FROM runs r JOIN steps s ON s.run_id = r.id WHERE r.state = 'completed' AND s.state <> 'done'",
    "an unfinished run with an answer":
        "SELECT r.id FROM runs r JOIN messages m ON m.run_id = r.id AND m.role = 'assistant'"
        " WHERE r.state IN ('queued', 'running', 'waiting')",
    "a run with two answers":
        "SELECT run_id FROM messages WHERE role = 'assistant' GROUP BY run_id HAVING COUNT(*) > 1",
    "messages out of count":
        "SELECT id FROM sessions s WHERE message_count <>"
        " (SELECT COUNT(*) FROM messages m WHERE m.session_id = s.id)",
    "messages with a gap":
        "SELECT session_id FROM messages GROUP BY session_id"
        " HAVING MIN(position) <> 1 OR MAX(position) <> COUNT(*)",
}


def check_whole(database):
    """The file is sound and holds no partial object."""
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for what, query in BROKEN.items():
            found = db.execute(query).fetchmany(3)
            assert not found, f"{what}: {found}"
    db.close()


def check_kept(ledger, database):
    """Everything that was acknowledged is in this database, as it was acknowledged."""
    db = sqlite3.connect(database)
    try:
        bots = dict(db.execute("SELECT id, name FROM bots"))
        souls = {(bot, version): (hash_, body) for bot, version, hash_, body in
                 db.execute("SELECT bot_id, version, hash, body FROM souls")}
        sessions = dict(db.execute("SELECT id, bot_id FROM sessions"))
        said = {(session, body): run for session, body, run in
                db.execute("SELECT session_id, body, run_id FROM messages WHERE role = 'user'")}
        answers = {id_: (run, state) for id_, run, state in
                   db.execute("SELECT id, run_id, state FROM messages WHERE role = 'assistant'")}
    finally:
        db.close()
    for bot, name in ledger.bots.items():
        assert bots.get(bot) == name, f"lost: bot {bot} {name!r}"
    for key, text in ledger.souls.items():
        digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        assert souls.get(key) == (digest, text), f"lost or changed: soul {key}"
    for session, bot in ledger.sessions.items():
        assert sessions.get(session) == bot, f"lost: session {session}"
    for (session, text), answer in ledger.messages.items():
        run = said.get((session, text))
        assert run, f"lost: {text[:40]!r} in session {session}"
        assert answers.get(answer) == (run, "complete"), f"lost: the answer {answer} to {text[:40]!r}"


def repeat_open(ledger, rest):
    """Sends again, with its key, what had no answer: each happened once or happens now, never twice."""
    with ledger.mutex:
        attempts, ledger.open = ledger.open, []
    for attempt in attempts:
        first = rest.post(attempt.path, attempt.body).ok()
        again = rest.post(attempt.path, attempt.body).ok()
        assert again["id" if "id" in first else "version"] == first["id" if "id" in first else "version"]
        ledger.note(attempt.path, attempt.body, first)
    return attempts


def check_once(attempts, database):
    """Each of these attempts left exactly one thing."""
    db = sqlite3.connect(database)
    try:
        for attempt in attempts:
            if attempt.path == "/api/v1/bots":
                query, value = "SELECT COUNT(*) FROM bots WHERE name = ?", attempt.body["name"]
            elif attempt.path.endswith("/souls"):
                query, value = "SELECT COUNT(*) FROM souls WHERE body = ?", attempt.body["text"]
            elif attempt.path.endswith("/messages"):
                query, value = "SELECT COUNT(*) FROM messages WHERE body = ?", attempt.body["text"]
            else:
                continue
            assert db.execute(query, (value,)).fetchone() == (1,), f"not once: {attempt.path} {value[:60]!r}"
    finally:
        db.close()
