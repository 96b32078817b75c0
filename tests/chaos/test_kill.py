"""K1: kill -9 at a random moment under load."""

import os
import random
import statistics
import time

from chaos.ledger import Ledger, check_kept, check_once, check_whole, copy_database, repeat_open, start_load
from chaos.seeds import seeds
from support.sse import run_events, say_streaming
from support.waiting import until

UNFINISHED = ("queued", "running", "waiting")
RESTART_SECONDS = 2.0


def unfinished(rest):
    return [run["id"] for state in UNFINISHED for run in rest.all("/api/v1/runs", "runs", query={"state": state})]


def check_through_the_port(ledger, rest, lots):
    """A few of the acknowledged writes, as a client sees them."""
    for bot in lots.sample(sorted(ledger.bots), min(3, len(ledger.bots))):
        assert rest.get(f"/api/v1/bots/{bot}").ok()["name"] == ledger.bots[bot]
    for bot, version in lots.sample(sorted(ledger.souls), min(3, len(ledger.souls))):
        assert rest.get(f"/api/v1/bots/{bot}/souls/{version}").ok()["text"] == ledger.souls[bot, version]
    for session, text in lots.sample(sorted(ledger.messages), min(3, len(ledger.messages))):
        messages = rest.messages(session)
        assert [m["position"] for m in messages] == list(range(1, len(messages) + 1))
        said = [m for m in messages if m["text"] == text]
        assert len(said) == 1, f"{text[:40]!r} is there {len(said)} times"
        answer = [m for m in messages if m["id"] == ledger.messages[session, text]]
        assert [(m["run"], m["state"]) for m in answer] == [(said[0]["run"], "complete")]


def test_a_kill_loses_nothing_that_was_acknowledged(server_factory, models_for_faults, tmp_path):
    """One server, killed once for each seed at a moment the seed decides, and started again on what is left."""
    server = server_factory()
    models_for_faults.register(server.rest)
    ledger = Ledger()
    restarts = []
    database = None
    for seed in seeds(50):
        lots = random.Random(seed)
        try:
            join = start_load(server.rest, ledger, seed)
            time.sleep(lots.uniform(0.01, 0.5))  # the moment is what the seed decides
            server.kill()
            join()
            database = copy_database(server.data, tmp_path / "copy")
            check_whole(database)
            check_kept(ledger, database)

            began = time.monotonic()
            server.start()
            restarts.append(time.monotonic() - began)
            rest = server.rest
            attempts = repeat_open(ledger, rest)
            until(lambda: not unfinished(rest), 20, "the end of every run")
            check_through_the_port(ledger, rest, lots)
            # The load has no rival for the writer now, so this is what is committed, all of it.
            check_once(attempts, copy_database(server.data, tmp_path / "copy"))
            assert not ledger.refused, ledger.refused[:3]
        except BaseException as failure:
            failure.add_note(f"seed {seed}: BOTERNITY_FIRST_SEED={seed} BOTERNITY_SEEDS=1")
            raise
    server.kill()
    database = copy_database(server.data, tmp_path / "copy")
    check_whole(database)
    check_kept(ledger, database)
    assert len(ledger.messages) > len(restarts), f"hardly a load: {ledger.count()} writes"
    typical = statistics.median(restarts)
    print(f"{len(restarts)} kills, {ledger.count()} acknowledged writes, restart {typical:.2f} s "
          f"(longest {max(restarts):.2f} s)")
    assert typical < RESTART_SECONDS or os.getloadavg()[0] > os.cpu_count(), f"a restart takes {typical:.2f} s"


def test_who_comes_first_after_a_crash_finds_its_run(server_factory, models_for_faults):
    """The first one who is served at all: the runs that the crash left are taken up by then."""
    server = server_factory(env={"BOTERNITY_RUN_CRASHES": "1000"})
    models_for_faults.register(server.rest)
    bot = server.rest.make_bot("Cut", model="fake/gated")
    session = server.rest.make_session(bot["id"])["id"]
    stream = say_streaming(server.rest, session, "hello")
    run = stream.take(2)[0].data["run"]
    for attempt in range(2, 8):
        server.kill()
        server.start(ready=False)
        until(server.read_address, 10, "an address")
        with run_events(server.rest, run) as events:
            started = events.take(2)[0]
            assert (started.name, started.data["started"]["attempt"]) == ("started", attempt)
    stream.close()
    models_for_faults.gate.set()
    until(lambda: server.rest.run(run)["state"] == "completed", 10, "the end of the run")
    server.wait_ready()


def test_a_run_is_taken_up_again_and_ends_once(server_factory, models_for_faults):
    """The stream of a run that was killed in mid-answer goes on in a new attempt; its numbers never repeat."""
    server = server_factory()
    models_for_faults.register(server.rest)
    bot = server.rest.make_bot("Cut", model="fake/gated")
    session = server.rest.make_session(bot["id"])["id"]
    with say_streaming(server.rest, session, "hello", idempotency_key="k") as stream:
        first = stream.take(2)
        server.kill()
    assert [e.name for e in first] == ["started", "delta"]
    run = first[0].data["run"]
    models_for_faults.gate.set()
    server.start()
    with run_events(server.rest, run, after=first[-1].seq) as stream:
        rest_of_it = stream.rest()
    assert [e.name for e in rest_of_it] == ["started", "delta", "delta", "completed"]
    assert rest_of_it[0].data["started"]["attempt"] == 2
    assert rest_of_it[0].seq > first[-1].seq
    messages = server.rest.messages(session)
    assert [(m["role"], m["text"]) for m in messages] == [("user", "hello"), ("assistant", "one two")]
    assert server.rest.run(run)["attempt"] == 2
    again = server.rest.say(session, "hello", idempotency_key="k").ok()
    assert again["id"] == messages[1]["id"]
    assert len(server.rest.messages(session)) == 2


def test_what_was_stopped_is_not_taken_up_after_a_crash(server_factory, models_for_faults):
    """The kill comes between the stop of a bot and the ends of its runs: none of them asks the model again."""
    server = server_factory()
    models_for_faults.register(server.rest)
    bot = server.rest.make_bot("Stopped", model="fake/gated")
    streams = [say_streaming(server.rest, server.rest.make_session(bot["id"])["id"], f"hello {n}") for n in range(20)]
    runs = [stream.take(2)[0].data["run"] for stream in streams]
    asked = len(models_for_faults.requests)
    server.rest.post(f"/api/v1/bots/{bot['id']}:stop").ok()
    server.kill()
    for stream in streams:
        stream.close()
    models_for_faults.gate.set()
    server.start()
    until(lambda: not unfinished(server.rest), 20, "the end of every run")
    assert {server.rest.run(run)["state"] for run in runs} == {"cancelled"}
    assert len(models_for_faults.requests) == asked
    assert server.rest.get(f"/api/v1/bots/{bot['id']}").ok()["state"] == "stopped"
