"""Forks of runs over the port: what they copy, what they change, and what is refused."""

import json

import pytest

from functional.test_agent_loop import model, steps_of, talk  # noqa: F401  (fixtures)
from support.command import EXIT
from support.fake_upstream import Call, Text
from support.sse import run_events, say_streaming


@pytest.fixture
def turn(rest, model, talk):  # noqa: F811
    """A turn with two tool calls in one answer: steps 1 model, 2 and 3 tools, 4 model, 5 sent."""
    session = talk("calculate")
    model.plays("How much?", [Text("Let me see."), Call("calculate", {"expression": "6*7"}),
                              Call("calculate", {"expression": "1+1"})], [Text("42 and 2.")])
    return rest.say(session, "How much?").ok()


def fork(rest, run, **wish):
    return rest.post(f"/api/v1/runs/{run}:fork", wish)


def ended(rest, run):
    with run_events(rest, run) as stream:
        return stream.rest()


def test_a_fork_goes_on_behind_its_step_and_leaves_the_original_alone(rest, model, turn):  # noqa: F811
    before = rest.run(turn["run"]), steps_of(rest, turn["run"]), rest.messages(turn["session"])
    model.plays("How much?", [], [Text("Two numbers.")])
    made = fork(rest, turn["run"], step=3, idempotency_key="once").ok()
    assert fork(rest, turn["run"], step=3, idempotency_key="once").ok()["id"] == made["id"]
    events = ended(rest, made["id"])
    assert [e.name for e in events] == ["started", "delta", "completed"]
    message = events[-1].data["completed"]["message"]
    assert message["text"] == "Let me see.\n\nTwo numbers." and not message["id"]
    run = rest.run(made["id"])
    assert (run["kind"], run["state"], run["forked_from"]) == \
        ("fork", "completed", {"run": turn["run"], "step": 3, "message": ""})
    steps = steps_of(rest, made["id"])
    assert [s["kind"] for s in steps] == ["model_call", "tool_call", "tool_call", "model_call", "message_sent"]
    assert [s["tool"] for s in steps[1:3]] == [s["tool"] for s in before[1][1:3]]
    assert steps[-1]["sent"]["text"] == message["text"]
    assert run["usage"] == steps[3]["usage"], "the copied steps were paid by the turn"
    assert (rest.run(turn["run"]), steps_of(rest, turn["run"]), rest.messages(turn["session"])) == before
    assert len(model.requests) == 3 and model.requests[2]["messages"] == model.requests[1]["messages"]
    assert rest.post(f"/api/v1/runs/{made['id']}:replay").ok() == {"identical": True, "steps": 5}
    again = ended(rest, made["id"])
    assert [(e.id, e.data) for e in again] == [(e.id, e.data) for e in events]
    diff = rest.get("/api/v1/runs:diff", query={"a": turn["run"], "b": made["id"]}).ok()
    assert [s["position"] for s in diff["steps"] if s.get("differs_in")] == [4]
    assert made["id"] in [r["id"] for r in rest.all("/api/v1/runs", "runs", query={"kind": "fork"})]


def test_a_fork_takes_another_message_soul_and_is_forked_again(rest, model, turn):  # noqa: F811
    bot = rest.run(turn["run"])["bot"]
    rest.post(f"/api/v1/bots/{bot}/souls", {"text": "You rhyme."}).ok()
    model.plays("And in verse?", [Text("A verse.")])
    made = fork(rest, turn["run"], soul_version=2, message="And in verse?").ok()
    assert ended(rest, made["id"])[-1].data["completed"]["message"]["text"] == "A verse."
    assert [m["content"] for m in model.last()["messages"]] == ["You rhyme.", "And in verse?"]
    again = fork(rest, made["id"]).ok()
    assert ended(rest, again["id"])[-1].data["completed"]["message"]["text"] == "A verse."
    assert again["forked_from"] == {"run": made["id"], "step": 0, "message": "And in verse?"}
    assert again["soul_version"] == 2


def test_what_cannot_be_forked_is_refused_and_writes_nothing(rest, model, turn):  # noqa: F811
    run = turn["run"]
    count = len(rest.all("/api/v1/runs", "runs"))
    amid = fork(rest, run, step=2).problem(400, "invalid_argument", field="step")
    assert "step 0 or 3" in json.dumps(amid)
    fork(rest, run, step=4).problem(400, "invalid_argument", field="step")
    out = fork(rest, run, step=99).problem(400, "invalid_argument", field="step")
    assert "0 to 5" in json.dumps(out)
    fork(rest, run, step=-1).problem(400, "invalid_argument")
    fork(rest, run, step=3, message="other").problem(400, "invalid_argument", field="message")
    fork(rest, run, message="  ").problem(400, "invalid_argument", field="message")
    fork(rest, run, message="x" * (256 * 1024 + 1)).problem(413, "too_large")
    fork(rest, run, soul_version=9).problem(404, "not_found")
    fork(rest, run, model="nobody/none").problem(400, "invalid_argument", field="model")
    fork(rest, "0197c1de-0000-7000-8000-000000000000").problem(404, "not_found")
    fork(rest, "x").problem(404, "not_found")
    bot = rest.run(run)["bot"]
    rest.post(f"/api/v1/bots/{bot}:pause", {}).ok()
    fork(rest, run).problem(409, "wrong_state")
    rest.delete(f"/api/v1/bots/{bot}").ok()
    fork(rest, run).problem(404, "not_found")
    assert len(rest.all("/api/v1/runs", "runs")) == count


def test_agents_unheard_and_agents_themselves_are_refused(rest, model, talk):  # noqa: F811
    session = talk("agent")
    model.plays("Plan it", [Call("agent_spawn", {"name": "adder", "task": "Add"})],
                [Call("agent_wait", {})], [Text("It came.")])
    model.plays("Add", [Text("2")])
    run = rest.say(session, "Plan it").ok()["run"]
    problem = fork(rest, run, step=2).problem(400, "invalid_argument", field="step")
    assert "had not heard" in json.dumps(problem)
    agent = rest.get(f"/api/v1/runs/{run}/tree").ok()["runs"][1]["id"]
    fork(rest, agent).problem(409, "wrong_state")


def test_a_run_under_way_is_forked_at_what_it_has_done(rest, model, talk):  # noqa: F811
    session = talk("ask_person")
    model.plays("Choose", [Call("ask_person", {"question": "Tea?"})], [Text("Tea it is.")])
    with say_streaming(rest, session, "Choose") as stream:
        run = stream.take(3)[0].data["run"]
        refused = fork(rest, run, step=2).problem(409, "wrong_state", field="step")
        assert "has not been done yet" in json.dumps(refused)
        made = fork(rest, run, message="Nothing to choose").ok()
        assert ended(rest, made["id"])[-1].name == "completed"
        rest.post(f"/api/v1/runs/{run}:decide", {"answer": "yes"}).ok()
        assert stream.rest()[-1].name == "completed"


def test_the_command_forks_and_follows(cli, rest, model, turn):  # noqa: F811
    model.plays("How much?", [], [Text("Two numbers.")])
    followed = cli("run", "fork", turn["run"], "--step", "3")
    assert followed.stdout == "Two numbers.\n" and "Forked as " in followed.stderr
    begun = json.loads(cli("run", "fork", turn["run"], "--step", "3", "--json").stdout)
    ended(rest, begun["id"])
    shown = cli("run", "show", begun["id"]).stdout
    assert turn["run"] in shown and "Two numbers." in shown
    detached = cli("run", "fork", turn["run"], "--step", "3", "--detach")
    assert "run tail" in detached.stdout
    assert begun["id"] in cli("run", "list", "--kind", "fork").stdout
    refused = cli("run", "fork", turn["run"], "--step", "2", code=EXIT["failed"])
    assert "step 0 or 3" in refused.stderr
