"""Mock servers of others, each a process of its own, and a server of ours that has their wires as providers."""

import contextlib
import re
import subprocess
import threading

from support.instance import ServerFactory


class MockUpstream:
    """A program that prints its address once it listens; ends by close()."""

    def __init__(self, command, says, env=None):
        self.process = subprocess.Popen(command, text=True, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.base = next(found.group(1) for line in self.process.stdout
                         if (found := re.search(says + r" (http://127\.0\.0\.1:\d+)", line)))
        # A pipe that nobody reads would stop it once it is full.
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def close(self):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def served_with(wires, upstream, model, binary, folder, node, soul=None, env=()):
    """A server with a provider and a bot of each wire's name; `wires` has the kind and the path of each."""
    factory = ServerFactory(binary, folder)
    node.server_factories = [factory]
    server = factory(env={"UPSTREAM_KEY": "sk-upstream", **dict(env)})
    for name, (kind, path) in wires.items():
        server.rest.post("/api/v1/providers", {"name": name, "kind": kind, "base_url": upstream.base + path,
                                               "key": "env:UPSTREAM_KEY", "models": [model]}).ok()
        server.rest.make_bot(name, model=f"{name}/{model}", **({"soul": soul} if soul else {}))
    server.expect_log("turn_|upstream|request_failed")
    try:
        yield server
    finally:
        factory.close()
