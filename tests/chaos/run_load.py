"""Turns that call tools, spawn agents and wait for them, and what must hold of them after any number of kills."""

import json
import sqlite3
import threading

from chaos.ledger import UNREACHABLE
from support.acting_upstream import ActingUpstream
from support.counting_tools import CountingTools
from support.fake_upstream import Call, Pause, Text

TOOLS = ["agent", "look", "pay", "workspace"]


class World:
    """The model, the tools, and the turns that clients were told of."""

    def __init__(self):
        self.model = ActingUpstream(models=("m",))
        self.tools = CountingTools(seconds=0.005)
        self.turns = {}  # text -> (session, idempotency key)
        self.lock = threading.Lock()

    def configuration(self):
        return self.tools.declared("look", read_only=True) + self.tools.declared("pay", idempotent=False)

    def script(self, text):
        """A turn of two tools and two agents, one of which calls a tool too."""
        self.model.plays(text, [Text("First. "), Call("look", {"at": text}), Call("pay", {"for": text})],
                         [Call("agent_spawn", {"name": "a", "task": f"{text} a"}),
                          Call("agent_spawn", {"name": "b", "task": f"{text} b", "workspace": True})],
                         [Call("agent_wait", {})], [Text("All "), Pause(0.01), Text("done.")],
                         [Text("And the rest.")], [Text("And more.")])
        self.model.plays(f"{text} a", [Call("look", {"at": "a"})], [Text("a "), Pause(0.01), Text("came")])
        self.model.plays(f"{text} b", [Call("workspace_append", {"path": "log", "text": "b\n"})], [Text("b came")])

    def close(self):
        self.model.close()
        self.tools.close()
        assert not [c for c in self.model.complaints if "not JSON" not in c], self.model.complaints


class Talker(threading.Thread):
    """Says one thing after the other in a session of its own until the server is gone."""

    def __init__(self, world, rest, bot, label):
        super().__init__(daemon=True)
        self.world, self.rest, self.bot, self.label = world, rest, bot, label
        self.said = []  # (session, text, key): acknowledged or not
        self.refused = None  # an answer that no kill explains
        self.stop = threading.Event()

    def run(self):
        try:
            session = self.rest.make_session(self.bot)["id"]
            for n in range(50):
                if self.stop.is_set():
                    return
                text = f"job {self.label}.{n}"
                self.world.script(text)
                key = text.replace(" ", "-")
                self.said.append((session, text, key))
                answer = self.rest.say(session, text, idempotency_key=key)
                assert answer.status == 200, answer.body
        except UNREACHABLE:
            return  # killed in the middle
        except AssertionError as refused:
            self.refused = str(refused)


def done_model_calls(database):
    """How often the model of each run has answered by the journal: {(what the run was asked): count}."""
    db = sqlite3.connect(database)
    try:
        rows = db.execute(
            "SELECT COALESCE(m.body, json_extract(r.brief, '$.task')), COUNT(*) FROM steps s"
            " JOIN runs r ON r.id = s.run_id LEFT JOIN messages m ON m.id = r.input_message_id"
            " WHERE s.kind = 'model_call' AND s.state = 'done' GROUP BY r.id").fetchall()
        return dict(rows)
    finally:
        db.close()


def decide_all(rest):
    """A person who leaves alone whatever may have happened."""
    for run in rest.all("/api/v1/runs", "runs", query={"state": "waiting"}):
        rest.post(f"/api/v1/runs/{run['id']}:decide", {"answer": "leave it"})


def check_tree(rest, turn):
    """Each agent's result arrived at its parent exactly once, and no step was left open."""
    for run in rest.get(f"/api/v1/runs/{turn}/tree").ok()["runs"]:
        replayed = rest.post(f"/api/v1/runs/{run['id']}:replay").ok()
        assert replayed["identical"], (run, replayed)
        steps = rest.get(f"/api/v1/runs/{run['id']}/steps").ok()["steps"]
        assert [s["position"] for s in steps] == list(range(1, len(steps) + 1))
        assert all(s["state"] != "intended" for s in steps), (run, steps)
        if run["state"] != "completed":
            continue
        spawned = [s["tool"]["agent"] for s in steps if s.get("tool", {}).get("agent")]
        told = json.dumps(steps)
        for agent in spawned:
            name = rest.run(agent)["agent_brief"]["name"]
            heard = sum(told.count(f"[{words} {name}") for words in ("Result of agent", "Agent"))
            waited = [m for s in steps for m in s.get("waited", {}).get("received", []) if m["from"] == agent]
            assert heard + len(waited) == 1, f"agent {name} was heard {heard + len(waited)} times: {told[:2000]}"
