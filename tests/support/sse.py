"""Server-sent events (WHATWG HTML, 9.2), read as they come."""

import dataclasses
import json

from support.rest import Answer

EVENT_STREAM = "text/event-stream"


@dataclasses.dataclass
class Event:
    id: str
    name: str
    data: dict

    @property
    def seq(self):
        return int(self.id)


class EventStream:
    """One open stream. Iterating gives its events; `comments` counts the keep-alives seen."""

    def __init__(self, rest, method, path, body=None, headers=None, query=None, timeout=30.0):
        self.connection = rest.connection()
        self.connection.timeout = timeout
        data = rest.encode(body)
        asked = {"Accept": EVENT_STREAM, **(headers or {})}
        target = rest.target(path, query)
        self.connection.request(method, target, body=data, headers=rest.headers(data, asked))
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.headers = self.answer.headers
        self.request = f"{method} {target}"
        self.comments = 0
        self.retry = None

    def refused(self):
        """The whole answer of a request that was answered without a stream."""
        return Answer(self.status, self.headers, self.answer.read(), self.request)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Hangs up."""
        self.answer.close()
        self.connection.close()

    def __iter__(self):
        assert self.status == 200, repr(self.refused())
        assert self.headers["Content-Type"].split(";")[0] == EVENT_STREAM, self.headers["Content-Type"]
        name, data, last_id = "", [], ""
        while True:
            line = self.answer.readline()
            if not line:
                assert not data, "the stream ended inside an event"
                return
            assert line.endswith(b"\n"), f"the stream ended inside a line: {line!r}"
            line = line.decode("utf-8").rstrip("\r\n")
            if not line:
                if data:
                    yield Event(last_id, name or "message", json.loads("\n".join(data)))
                name, data = "", []
                continue
            if line.startswith(":"):
                self.comments += 1
                continue
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                last_id = value
            elif field == "retry":
                self.retry = int(value)
            else:
                raise AssertionError(f"unknown field of an event: {line!r}")

    def take(self, count):
        """The next `count` events."""
        out = []
        events = self.events()
        while len(out) < count:
            out.append(next(events))
        return out

    def events(self):
        """One iterator for the whole life of the stream."""
        if not hasattr(self, "_events"):
            self._events = iter(self)
        return self._events

    def rest(self):
        """All that is still to come."""
        return list(self.events())


def say_streaming(rest, session, text, timeout=30.0, **fields):
    """Says something and streams the run."""
    return EventStream(rest, "POST", f"/api/v1/sessions/{session}/messages", {"text": text, **fields},
                       timeout=timeout)


def run_events(rest, run, after=None, last_event_id=None, timeout=30.0):
    """Streams the events of a run."""
    headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    query = {} if after is None else {"after": after}
    return EventStream(rest, "GET", f"/api/v1/runs/{run}/events", headers=headers, query=query, timeout=timeout)


def text_of(events):
    """What the deltas say together."""
    return "".join(e.data["delta"]["text"] for e in events if e.name == "delta")
