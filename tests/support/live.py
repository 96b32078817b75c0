"""The WebSocket at /ws, spoken as a client of the contract's live.proto."""

import contextlib
import json

from websockets.sync.client import connect

SUBPROTOCOL = "boternity.v1"


class Live:
    """One connection. `events(id)` gathers what comes for a subscription until `until` says that it is enough."""

    def __init__(self, server, token=None, **options):
        token = server.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        options.setdefault("subprotocols", [SUBPROTOCOL])
        options.setdefault("max_queue", None)
        self.open = contextlib.ExitStack()
        self.socket = self.open.enter_context(
            connect(f"ws://{server.address}/ws", additional_headers=headers, proxy=None, **options))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.open.close()

    def say(self, **message):
        self.socket.send(json.dumps(message))

    def hear(self, timeout=20):
        return json.loads(self.socket.recv(timeout=timeout))

    def hear_until(self, wanted, timeout=20):
        """All messages up to the first that `wanted` likes, that one included."""
        heard = [self.hear(timeout)]
        while not wanted(heard[-1]):
            heard.append(self.hear(timeout))
        return heard

    def subscribe(self, id="s", **wish):
        """Opens a subscription and waits until it stands; answers the place where it begins."""
        self.say(id=id, subscribe=wish)
        first = self.hear()
        assert "opened" in first.get("event", {}), first
        return int(first["event"]["id"])
