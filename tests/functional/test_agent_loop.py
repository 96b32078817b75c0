"""A run with tools and agents, over the port, with a model that the test controls."""

import json
import threading

import pytest

from support.acting_upstream import ActingUpstream
from support.fake_upstream import Call, Text, Wait
from support.sse import run_events, say_streaming
from support.waiting import until


@pytest.fixture
def model(rest, fresh):
    """The model, as the provider `acting-N`."""
    upstream = ActingUpstream()
    upstream.provider_name = fresh("acting")
    rest.post("/api/v1/providers", upstream.provider(upstream.provider_name)).ok()
    yield upstream
    upstream.close()
    assert not upstream.complaints, upstream.complaints


@pytest.fixture
def talk(rest, model, fresh):
    """Makes a session with a bot that may use these tools."""
    def begin(*tools, **settings):
        bot = rest.post("/api/v1/bots", {"name": fresh("Ada"), "model": f"{model.provider_name}/m",
                                         "settings": {"tools": list(tools), **settings}}).ok()
        return rest.make_session(bot["id"])["id"]
    return begin


def steps_of(rest, run):
    return rest.get(f"/api/v1/runs/{run}/steps").ok()["steps"]


def test_a_tool_is_called_and_its_result_is_told(rest, model, talk):
    session = talk("calculate")
    model.plays("How much?", [Text("Let me see. "), Call("calculate", {"expression": "6*7"})], [Text("It is 42.")])
    with say_streaming(rest, session, "How much?") as stream:
        events = stream.rest()
    assert [e.name for e in events] == ["started", "delta", "step_began", "step_ended", "delta", "completed"]
    began, ended = events[2].data["step_began"], events[3].data["step_ended"]
    assert (began["kind"], began["name"], json.loads(began["arguments"])) == \
        ("tool_call", "calculate", {"expression": "6*7"})
    assert (ended["position"], ended["text"]) == (began["position"], "42")
    assert events[-1].data["completed"]["message"]["text"] == "Let me see. \n\nIt is 42."
    run = events[0].data["run"]
    again = run_events(rest, run)
    assert [(e.id, e.name, e.data) for e in again] == [(e.id, e.name, e.data) for e in events]
    steps = steps_of(rest, run)
    assert [(s["position"], s["kind"], s["state"]) for s in steps] == [
        (1, "model_call", "done"), (2, "tool_call", "done"), (3, "model_call", "done"), (4, "message_sent", "done")]
    assert steps[1]["tool"]["result"] == "42" and steps[0]["model"]["calls"][0]["name"] == "calculate"
    assert rest.post(f"/api/v1/runs/{run}:replay").ok() == {"identical": True, "steps": 4}
    assert len(model.requests) == 2, "a replay asks nobody"
    assert model.requests[0]["tools"][0]["function"]["name"] == "calculate"


def test_tools_are_listed_and_must_be_known(rest):
    tools = {tool["name"]: tool for tool in rest.get("/api/v1/tools").ok()["tools"]}
    assert {"agent.spawn", "agent.send", "agent.wait", "agent.cancel", "ask_person", "calculate", "now",
            "workspace.read", "workspace.write", "workspace.append", "workspace.list"} <= set(tools)
    assert all(json.loads(tool["parameters"])["type"] == "object" for tool in tools.values())
    assert tools["calculate"]["read_only"] and not tools["workspace.write"].get("read_only")
    refused = rest.post("/api/v1/bots", {"name": "No", "settings": {"tools": ["calculator"]}})
    refused.problem(400, "invalid_argument", field="settings.tools")


def test_agents_work_beside_the_turn_and_are_seen_in_its_tree(rest, model, talk):
    session = talk("agent", "calculate")
    model.plays("Plan it", [Call("agent_spawn", {"name": "adder", "task": "Add"}),
                            Call("agent_spawn", {"name": "talker", "task": "Talk"})],
                [Call("agent_wait", {})], [Text("Both came.")])
    model.plays("Add", [Call("calculate", {"expression": "1+1"})], [Text("2")])
    model.plays("Talk", [Text("Bla.")])
    answer = rest.say(session, "Plan it").ok()
    tree = rest.get(f"/api/v1/runs/{answer['run']}/tree").ok()["runs"]
    assert [(r["kind"], r.get("depth", 0), r["state"]) for r in tree] == [
        ("turn", 0, "completed"), ("agent", 1, "completed"), ("agent", 1, "completed")]
    assert {r["agent_brief"]["name"] for r in tree[1:]} == {"adder", "talker"}
    assert all(r["root"] == answer["run"] and r["parent"] == answer["run"] for r in tree[1:])
    told = json.dumps(model.last()["messages"])
    assert "[Result of agent adder]" in told and "[Result of agent talker]" in told
    listed = rest.all("/api/v1/runs", "runs", query={"session": session, "kind": "agent"})
    assert {r["id"] for r in listed} == {r["id"] for r in tree[1:]}


def test_a_person_is_asked_and_answers(rest, model, talk):
    session = talk("ask_person")
    model.plays("Choose", [Call("ask_person", {"question": "Tea or coffee?", "options": ["tea", "coffee"]})],
                [Text("Tea it is.")])
    with say_streaming(rest, session, "Choose") as stream:
        events = stream.take(3)
        run = events[0].data["run"]
        asked = events[2].data["step_began"]
        assert (asked["kind"], asked["question"], asked["options"]) == ("decision", "Tea or coffee?", ["tea", "coffee"])
        assert rest.run(run)["state"] == "waiting"
        assert run in [r["id"] for r in rest.all("/api/v1/runs", "runs", query={"state": "waiting"})]
        decide = f"/api/v1/runs/{run}:decide"
        rest.post(decide, {"answer": "milk"}).problem(400, "invalid_argument", field="answer")
        step = rest.post(decide, {"answer": "tea", "idempotency_key": "one"}).ok()
        assert step["asked"]["answer"] == "tea" and step["asked"]["answered_by"] == "owner"
        assert rest.post(decide, {"answer": "tea", "idempotency_key": "one"}).ok()["position"] == step["position"]
        rest.post(decide, {"answer": "coffee", "step": step["position"]}).problem(409, "wrong_state")
        events += stream.rest()
    assert events[-1].data["completed"]["message"]["text"] == "Tea it is."


def test_a_waiting_run_is_cancelled_with_all_below_it(rest, model, talk):
    session = talk("agent")
    gate = threading.Event()
    model.plays("Go", [Call("agent_spawn", {"task": "Hang"})], [Text("Waiting.")])
    model.plays("Hang", [Text("one "), Wait(gate), Text("two")])
    with say_streaming(rest, session, "Go") as stream:
        run = stream.take(1)[0].data["run"]
        until(lambda: ("Hang", 0) in model.answered, 10, "the agent at work")
        assert rest.post(f"/api/v1/runs/{run}:cancel").ok()["state"] == "cancelled"
        stream.rest()
    tree = f"/api/v1/runs/{run}/tree"
    until(lambda: [r["state"] for r in rest.get(tree).ok()["runs"]] == ["cancelled", "cancelled"], 10, "the agent's end")
    gate.set()


def test_a_failed_run_goes_on_where_it_stopped(rest, model, talk):
    session = talk("calculate", max_steps=1)
    model.plays("Sum", [Call("calculate", {"expression": "2+2"})], [Text("4")])
    failed = rest.say(session, "Sum")
    failed.problem(422, "limit_exceeded")
    run = rest.all("/api/v1/runs", "runs", query={"session": session})[0]
    assert run["error"]["code"] == "limit_exceeded" and "max_steps" in run["error"]["message"]
    # The limit is the run's own: it was fixed when the run began.
    rest.post(f"/api/v1/runs/{run['id']}:resume").ok()
    until(lambda: rest.run(run["id"])["state"] == "failed", 10, "the same end")
    assert model.answered == {("Sum", 0): 1}, "no finished step is done again"


def test_what_cannot_be_resumed_or_decided_is_refused(rest, model, talk):
    session = talk()
    model.plays("Hi", [Text("Hello.")])
    run = rest.say(session, "Hi").ok()["run"]
    rest.post(f"/api/v1/runs/{run}:resume").problem(409, "wrong_state")
    rest.post(f"/api/v1/runs/{run}:decide", {"answer": "x"}).problem(409, "wrong_state")
    rest.post(f"/api/v1/runs/{run}:decide", {"answer": "x", "step": 7}).problem(404, "not_found")
    rest.get("/api/v1/runs/0197c1de-0000-7000-8000-000000000000/steps").problem(404, "not_found")
    rest.get("/api/v1/runs/nonsense/tree").problem(404, "not_found")


def test_two_runs_are_shown_side_by_side(rest, model, talk):
    model.plays("Hi", [Text("Hello there.")])
    first = rest.say(talk(), "Hi").ok()["run"]
    model.plays("Hi", [Text("Good day.")])
    second = rest.say(talk(), "Hi").ok()["run"]
    diff = rest.get("/api/v1/runs:diff", query={"a": first, "b": second}).ok()
    assert diff["differs_in"] == ["steps"] and (diff["a"]["id"], diff["b"]["id"]) == (first, second)
    step = diff["steps"][0]
    assert "result" in step["differs_in"] and "-Hello there." in step["text_diff"]
    assert rest.get("/api/v1/runs:diff", query={"a": first, "b": first}).ok()["differs_in"] == []
    rest.get("/api/v1/runs:diff", query={"a": first}).problem(400, "invalid_argument", field="b")
    rest.get("/api/v1/runs:diff", query={"a": first, "b": "nonsense"}).problem(404, "not_found")
