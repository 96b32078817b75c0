"""K4: the disk is full, and has room again."""

import errno
import os

from chaos.ledger import Ledger, check_kept, check_whole, copy_database
from support.sse import run_events, say_streaming
from support.waiting import until

DISK_MEGABYTES = 24
PIECE = 64 * 1024


def fill(disk):
    """Takes every last block of the disk; answers the file to remove for room."""
    ballast = disk / "ballast"
    piece = PIECE
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        while piece:
            try:
                os.write(file, b"\0" * piece)
            except OSError as error:
                assert error.errno == errno.ENOSPC, error
                piece //= 2
    finally:
        os.close(file)
    return ballast


def write_until_refused(rest, ledger, most=2000):
    """Soul versions until one is refused: what is refused, and every success in the ledger."""
    bot = next(iter(ledger.bots))
    path = f"/api/v1/bots/{bot}/souls"
    for n in range(most):
        body = {"text": f"soul {n} {len(ledger.souls)} " + "x" * 8000}
        answer = rest.post(path, body)
        if answer.status != 200:
            return answer
        ledger.note(path, body, answer.json)
    raise AssertionError("the disk never filled")


def new_bot(rest, ledger, name, **fields):
    body = {"name": name, "soul": f"You are {name}.", **fields}
    bot = rest.post("/api/v1/bots", body).ok()
    ledger.note("/api/v1/bots", body, bot)
    return bot


def check_readable(rest, ledger):
    for bot, name in ledger.bots.items():
        assert rest.get(f"/api/v1/bots/{bot}").ok()["name"] == name
    for (bot, version), text in list(ledger.souls.items())[:20]:
        assert rest.get(f"/api/v1/bots/{bot}/souls/{version}").ok()["text"] == text


def test_a_full_disk_refuses_writes_until_it_has_room(server_factory, small_disk, tmp_path):
    disk = small_disk(DISK_MEGABYTES)
    server = server_factory(data=disk / "data", start=False)
    server.log_path = tmp_path / "server.log"
    server.expect_log("(?i)full|507|storage")
    server.start()
    rest = server.rest
    ledger = Ledger()
    new_bot(rest, ledger, "Ada")
    for round_ in range(3):
        ballast = fill(disk)
        refused = write_until_refused(rest, ledger)
        problem = refused.problem(507, "storage_full")
        assert "disk" in problem["detail"] and "full" in problem["detail"]

        check_readable(rest, ledger)
        system = rest.get("/api/v1/system").ok()
        assert system["health"] == "degraded"
        assert any("disk" in p.lower() for p in system["problems"]), system["problems"]
        ready = rest.get("/readyz")
        assert ready.status == 503 or "degraded" in ready.body.decode(), ready
        assert rest.get("/healthz").status == 200
        # Each refusal is the same sentence, and none of them breaks what comes later.
        for n in range(3):
            rest.post("/api/v1/bots", {"name": f"No {round_} {n}"}).problem(507, "storage_full")

        ballast.unlink()
        until(lambda: rest.post("/api/v1/bots", {"name": f"Room {round_}"}).status in (200, 409), 15,
              "a write after there is room")
        until(lambda: rest.get("/api/v1/system").ok()["health"] == "ready", 15, "readiness after there is room")
        new_bot(rest, ledger, f"Bot {round_}")
    check_readable(rest, ledger)
    server.stop()
    database = copy_database(server.data, tmp_path / "copy")
    check_whole(database)
    check_kept(ledger, database)


def test_the_disk_fills_in_the_middle_of_a_turn(server_factory, small_disk, models_for_faults, tmp_path):
    """Who reads is told that the end cannot be saved; with room again it is, and the model is not asked twice."""
    disk = small_disk(DISK_MEGABYTES)
    server = server_factory(data=disk / "data", start=False)
    server.log_path = tmp_path / "server.log"
    server.expect_log("(?i)full|507|storage")
    server.start()
    rest = server.rest
    models_for_faults.register(rest)
    ledger = Ledger()
    bot = new_bot(rest, ledger, "Ada", model="fake/gated")
    session = rest.make_session(bot["id"])["id"]
    with say_streaming(rest, session, "hello") as stream:
        begun = stream.take(2)
        run = begun[0].data["run"]
        ballast = fill(disk)
        write_until_refused(rest, ledger).problem(507, "storage_full")
        models_for_faults.gate.set()
        ending = stream.rest()
    assert [e.name for e in begun] == ["started", "delta"]
    assert [e.name for e in ending] == ["delta", "error"]
    assert ending[-1].data["code"] == "storage_full"
    assert ending[-1].data["detail"].endswith("."), ending[-1].data
    assert [m["text"] for m in rest.messages(session)] == ["hello"]
    assert rest.run(run)["state"] == "running"
    rest.say(session, "and now?").problem(507, "storage_full")

    ballast.unlink()
    until(lambda: rest.post("/api/v1/bots", {"name": "Room"}).status in (200, 409), 15, "a write with room again")
    until(lambda: rest.run(run)["state"] == "completed", 15, "the end of the run")
    assert rest.run(run).get("attempt", 1) == 1
    with run_events(rest, run) as stream:
        assert [e.name for e in stream.rest()][-1] == "completed"
    texts = [(m["role"], m["text"]) for m in rest.messages(session)]
    assert texts == [("user", "hello"), ("assistant", "one two")]
    assert rest.say(session, "again").ok()["text"] == "one two"
    server.stop()
    database = copy_database(server.data, tmp_path / "copy")
    check_whole(database)
    check_kept(ledger, database)


def test_a_full_disk_at_the_start_is_said_in_one_sentence(server_factory, small_disk, tmp_path):
    """Without room it cannot even make what it writes into, on the first start as on a later one: it refuses to start."""
    from chaos.starts import one_sentence, refusal

    disk = small_disk(DISK_MEGABYTES)
    ballast = fill(disk)
    server = server_factory(data=disk / "data", start=False)
    server.log_path = tmp_path / "server.log"
    said = one_sentence(refusal(server))
    assert "space" in said or "full" in said, said
    ballast.unlink()
    server.start()
    bot = server.rest.make_bot("Ada")
    server.stop()

    ballast = fill(disk)
    said = one_sentence(refusal(server))
    assert "space" in said or "full" in said, said
    ballast.unlink()
    server.start()
    assert server.rest.get(f"/api/v1/bots/{bot['id']}").ok()["name"] == "Ada"
