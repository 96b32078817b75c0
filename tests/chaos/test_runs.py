"""K1 and K5 over runs: kill -9 at random moments and at each named point, while tools and agents are at work."""

import os
import random
import subprocess
import threading
import time

import pytest

from chaos.ledger import check_whole, copy_database
from chaos.run_load import TOOLS, Talker, World, check_tree, decide_all, done_model_calls
from chaos.seeds import seeds
from support.sse import run_events
from support.waiting import until

# A crash of the server is no run's fault here.
PATIENT = {"BOTERNITY_RUN_CRASHES": "1000000"}


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def make_server(server_factory, tmp_path, world, **kwargs):
    config = tmp_path / "boternity.toml"
    config.write_text(world.configuration())
    return server_factory(args=["--config", str(config)], **kwargs)


def make_bot(world, rest, name="Worker"):
    if not rest.get("/api/v1/providers").ok()["providers"] or "acting" not in rest.get("/api/v1/providers").body.decode():
        rest.post("/api/v1/providers", world.model.provider("acting")).ok()
    return rest.post("/api/v1/bots", {"name": name, "model": "acting/m", "settings": {"tools": TOOLS}}).ok()["id"]


def finish(rest, world, said):
    """Sends again what was said, with its key, and waits until every run has ended."""
    answers = {}
    for session, text, key in said:
        answers[text] = (session, threading.Thread(
            target=lambda s=session, t=text, k=key: rest.say(s, t, idempotency_key=k), daemon=True))
        answers[text][1].start()

    def all_ended():
        decide_all(rest)
        return not any(rest.all("/api/v1/runs", "runs", query={"state": state})
                       for state in ("queued", "running", "waiting"))

    for _, thread in answers.values():
        until(lambda t=thread: decide_all(rest) or not t.is_alive(), 30, "the answer of a turn that was sent again")
    until(all_ended, 30, "the end of every run")


def check_once(rest, world, said, before):
    """What was said was answered once; what was done before the kill was not done again."""
    for session, text, _ in said:
        messages = rest.messages(session)
        mine = [m for m in messages if m["text"] == text and m["role"] == "user"]
        assert len(mine) == 1, f"{text!r} is there {len(mine)} times"
        answers = [m for m in messages if m["run"] == mine[0]["run"] and m["role"] == "assistant"]
        assert len(answers) == 1 and answers[0]["state"] == "complete", (text, answers)
        check_tree(rest, mine[0]["run"])
    for (part, number), asked in before["asked"].items():
        if number < before["done"].get(part, 0):
            assert world.model.answered[part, number] == asked, f"answer {number} of {part!r} was asked for again"
    for key, count in world.tools.calls.get("pay", {}).items():
        assert count == 1, f"pay happened {count} times under {key}"


def check_stream(rest, run, lots):
    """The events are in order, and a client with a last number gets the rest of the very same."""
    with run_events(rest, run) as stream:
        events = stream.rest()
    numbers = [e.seq for e in events]
    assert numbers == sorted(set(numbers))
    cut = lots.randrange(len(events))
    with run_events(rest, run, after=numbers[cut]) as stream:
        again = stream.rest()
    assert [(e.id, e.name, e.data) for e in again] == [(e.id, e.name, e.data) for e in events[cut + 1:]]


def test_runs_survive_kills_at_any_moment(server_factory, tmp_path, world):
    server = make_server(server_factory, tmp_path, world, env=dict(PATIENT))
    bot = make_bot(world, server.rest)
    kills = ended = 0
    for seed in seeds(200):
        lots = random.Random(seed)
        try:
            talkers = [Talker(world, server.rest, bot, f"{seed}-{n}") for n in range(2)]
            for talker in talkers:
                talker.start()
            time.sleep(lots.uniform(0.01, 0.25))  # the moment is what the seed decides
            server.kill()
            kills += 1
            for talker in talkers:
                talker.stop.set()
                talker.join(30)
                assert not talker.refused, talker.refused
            said = [one for talker in talkers for one in talker.said]
            database = copy_database(server.data, tmp_path / "copy")
            before = {"asked": dict(world.model.answered), "done": done_model_calls(database)}
            server.start()
            finish(server.rest, world, said)
            check_once(server.rest, world, said, before)
            ended += len(said)
            if said:
                runs = [m["run"] for m in server.rest.messages(lots.choice(said)[0])]
                check_stream(server.rest, lots.choice(runs), lots)
        except BaseException as failure:
            failure.add_note(f"seed {seed}: BOTERNITY_FIRST_SEED={seed} BOTERNITY_SEEDS=1")
            raise
    server.kill()
    check_whole(copy_database(server.data, tmp_path / "copy"))
    print(f"{kills} kills, {ended} turns of which each was answered once")
    assert ended > kills


def crash_points(binary):
    listed = subprocess.run([binary, "serve"], env={**os.environ, "BOTERNITY_CRASH_AT": "list"}, text=True,
                            capture_output=True, check=True, timeout=30)
    return listed.stdout.split()


def test_the_list_of_crash_points_is_that_of_the_writes(binary):
    points = crash_points(binary)
    assert len(points) == len(set(points)) >= 30
    assert {"begin_turn.before", "begin_turn.after", "append_run.before", "end_run.after"} <= set(points)


POINTS = [f"{name}.{side}:{n}" for name in ("begin_turn", "append_run", "end_run") for side in ("before", "after")
          for n in (1, 2, 3, 5, 8)] + ["claim_runs.before", "claim_runs.after"]


@pytest.mark.parametrize("point", POINTS)
def test_runs_survive_a_crash_at_each_point(server_factory, tmp_path, world, point):
    server = make_server(server_factory, tmp_path, world, env=dict(PATIENT))
    bot = make_bot(world, server.rest)
    server.stop()
    server.env["BOTERNITY_CRASH_AT"] = point
    try:
        server.start()
    except AssertionError:
        assert point.startswith("claim_runs")
    talker = Talker(world, server.rest, bot, point)
    if not point.startswith("claim_runs"):
        talker.start()
        until(lambda: not server.running, 20, f"the crash at {point}")
        talker.stop.set()
        talker.join(30)
        assert not talker.refused, talker.refused
    del server.env["BOTERNITY_CRASH_AT"]
    database = copy_database(server.data, tmp_path / "copy")
    before = {"asked": dict(world.model.answered), "done": done_model_calls(database)}
    server.start()
    finish(server.rest, world, talker.said)
    check_once(server.rest, world, talker.said, before)
