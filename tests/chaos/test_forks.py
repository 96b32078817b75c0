"""kill -9 while a fork begins, is at work and ends: it is there once, finishes, and its copied calls are not made again."""

import pytest

from chaos.ledger import UNREACHABLE
from chaos.run_load import World
from chaos.test_runs import PATIENT, make_bot, make_server
from support.fake_upstream import Call, Text
from support.waiting import until


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


@pytest.mark.parametrize("point", [f"{name}.{side}" for name in ("begin_fork", "append_run", "end_run")
                                   for side in ("before", "after")])
def test_a_fork_survives_a_kill(server_factory, tmp_path, world, point):
    server = make_server(server_factory, tmp_path, world, env=dict(PATIENT))
    session = server.rest.make_session(make_bot(world, server.rest))["id"]
    world.model.plays("go", [Call("pay", {"for": "go"})], [Call("look", {"at": "go"})], [Text("Done.")])
    turn = server.rest.say(session, "go").ok()["run"]
    paid = dict(world.tools.calls["pay"])
    server.stop()
    server.env["BOTERNITY_CRASH_AT"] = point
    server.start()
    wish = {"step": 2, "idempotency_key": "once"}
    try:
        server.rest.post(f"/api/v1/runs/{turn}:fork", wish)
    except UNREACHABLE:
        pass  # killed before it answered
    until(lambda: not server.running, 20, f"the crash at {point}")
    del server.env["BOTERNITY_CRASH_AT"]
    server.start()
    fork = server.rest.post(f"/api/v1/runs/{turn}:fork", wish).ok()["id"]
    until(lambda: server.rest.run(fork)["state"] == "completed", 20, "the fork's end")
    assert [r["id"] for r in server.rest.all("/api/v1/runs", "runs", query={"kind": "fork"})] == [fork]
    steps = server.rest.get(f"/api/v1/runs/{fork}/steps").ok()["steps"]
    assert [s["kind"] for s in steps] == ["model_call", "tool_call", "model_call", "tool_call", "model_call",
                                          "message_sent"]
    assert steps[-1]["sent"]["text"] == "Done."
    assert world.tools.calls["pay"] == paid, "what the turn paid is not paid again"
    assert server.rest.post(f"/api/v1/runs/{fork}:replay").ok()["identical"]
    assert len(server.rest.messages(session)) == 2, "a fork says nothing in the session"
