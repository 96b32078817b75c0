"""Backups on a full disk, in a process that is killed, and of a server in the midst of a run."""

import os
import threading
import time

from chaos.ledger import check_whole, copy_database
from support.backups import restore, used
from support.fake_upstream import Text, Wait
from support.waiting import until


def ask_in_vain(rest):
    """Asks for a backup of a server that is killed meanwhile, or has just made it."""
    try:
        rest.post("/api/v1/backups")
    except OSError:
        pass


def test_a_run_that_was_going_on_is_taken_up_again_after_a_restore(server_factory, fake_upstream, gate):
    """K10: nothing is told twice and nothing is lost."""
    server = server_factory()
    name = "fake"
    server.rest.post("/api/v1/providers", fake_upstream.provider(name)).ok()
    bot = server.rest.make_bot("Ada", model=f"{name}/{fake_upstream.models[0]}")
    session = server.rest.make_session(bot["id"])["id"]
    fake_upstream.when("hello", Wait(gate), Text("Good day."))
    say = threading.Thread(target=lambda: server.rest.say(session, "hello"))
    say.start()
    runs = until(lambda: server.rest.get("/api/v1/runs").ok()["runs"], 10, "the run")
    backup = server.rest.post("/api/v1/backups").ok()
    gate.set()
    say.join()
    server.stop()
    restore(server, backup["name"])
    server.start()
    run = until(lambda: (r := server.rest.get(f"/api/v1/runs/{runs[0]['id']}").ok())["state"] in
                ("completed", "failed", "cancelled") and r, 20, "the run's end")
    said = server.rest.messages(session)
    assert [m["role"] for m in said] == ["user", "assistant"], (run, said)


def test_a_full_disk_makes_no_backup_and_leaves_nothing(server_factory, small_disk, tmp_path):
    disk = small_disk(24)
    server = server_factory(data=disk / "data", start=False)
    server.log_path = tmp_path / "server.log"
    server.expect_log("(?i)full|507|storage")
    server.start()
    server.rest.make_bot("Ada")
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 8 * 1024 * 1024))
    problem = server.rest.post("/api/v1/backups").problem(507, "storage_full")
    assert "free" in problem["detail"]
    assert list((server.data / "backups").glob("*")) == []
    server.rest.make_bot("Grace")
    ballast.unlink()
    assert server.rest.post("/api/v1/backups").ok()


def test_killed_while_it_backs_up_leaves_nothing_that_is_taken_for_a_backup(server_factory):
    server, _ = used(server_factory)
    for n in range(40):
        server.rest.post("/api/v1/bots/ada/souls", {"text": f"{n}" + "x" * 250_000}).ok()
    for number in range(8):
        asking = threading.Thread(target=lambda rest=server.rest: ask_in_vain(rest))
        asking.start()
        time.sleep(0.004 * number)  # each round at another moment
        server.kill()
        asking.join()
        for file in (server.data / "backups").glob("*.db"):
            assert server.cli("backup", "verify", file).returncode == 0
        check_whole(copy_database(server.data, server.data.with_name(f"copy{number}")))
        server.start()
    server.rest.post("/api/v1/backups").ok()
    assert not list((server.data / "backups").glob("*.partial")), "what was begun is cleared away"
