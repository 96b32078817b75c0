"""The server of one vendor under a test's control, which also judges every request it gets.

A vendor states its path, its headers, what a request must look like and how an answer is said. Without a script it
answers "You said: " and the newest message, word by word. A script is a list of steps, chosen by the newest message:

    upstream.when("hi", Text("Hel"), Thought("hm"), Text("lo"))
    upstream.when("no", Refuse(401, "invalid key"))
    upstream.when("late", Text("Hel"), Fail("Overloaded"))
"""

import dataclasses
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclasses.dataclass
class Text:
    """One piece of the answer."""

    text: str


@dataclasses.dataclass
class Thought:
    """What the model thinks before it goes on."""

    text: str


@dataclasses.dataclass
class Fail:
    """An error in the middle of the stream, in the vendor's words."""

    message: str


@dataclasses.dataclass
class Refuse:
    """An error instead of a stream, in the vendor's words."""

    status: int
    message: str
    headers: dict = dataclasses.field(default_factory=dict)


class VendorUpstream:
    """See the module. `requests` holds every body in the order of arrival, `complaints` what was wrong with any."""

    kind = ""            # of the provider
    path = ""            # of a request for an answer
    base_path = ""       # what base_url has behind the origin
    fields = frozenset() # that a request may have

    def __init__(self, key=None, models=("m",)):
        self.key = key
        self.models = list(models)
        self.requests = []
        self.complaints = []
        self.scripts = {}
        upstream = self

        class Handler(_Handler):
            pass

        Handler.upstream = upstream
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    # --- a vendor's own ----------------------------------------------------------------------------------------

    def judge_headers(self, headers):
        """Complains about headers; the key's above all."""
        raise NotImplementedError

    def judge_shape(self, request):
        """Complains about a request's fields and the order of what was said."""
        raise NotImplementedError

    def newest(self, request):
        """The text of the newest message."""
        raise NotImplementedError

    def error(self, status, message):
        """The body of an error."""
        raise NotImplementedError

    def failure(self, message):
        """The event that ends a stream with an error."""
        raise NotImplementedError

    def events(self, request, steps):
        """The events of an answer, one object each, with all that begins and ends it."""
        raise NotImplementedError

    # --- what they share ---------------------------------------------------------------------------------------

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.server.shutdown()
        self.server.server_close()
        if kind is None:
            assert not self.complaints, "the upstream was asked wrongly:\n" + "\n".join(self.complaints)

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.base_path}"

    def provider(self, name, **fields):
        """The body that adds this upstream as a provider."""
        return {"name": name, "kind": self.kind, "base_url": self.base_url, "models": self.models, **fields}

    def when(self, text, *steps):
        """What to answer when the newest message is `text`; each time again."""
        self.scripts[text] = list(steps)

    def complain(self, why):
        self.complaints.append(why)

    def judge(self, path, headers, body):
        if path != self.path:
            self.complain(f"the path is {path}")
        if headers.get("Content-Type") != "application/json":
            self.complain(f"the content type is {headers.get('Content-Type')!r}")
        self.judge_headers(headers)
        request = json.loads(body)
        if unknown := set(request) - self.fields:
            self.complain(f"fields that are not of the format: {sorted(unknown)}")
        if request.get("model") not in self.models:
            self.complain(f"the model is {request.get('model')!r}")
        if request.get("stream") is not True:
            self.complain(f"stream is {request.get('stream')!r}")
        self.judge_shape(request)
        return request

    def judge_turns(self, roles):
        """User and assistant take turns, and the user begins and ends."""
        wanted = ["user" if i % 2 == 0 else "assistant" for i in range(len(roles))]
        if roles != wanted or len(roles) % 2 == 0:
            self.complain(f"who speaks is {roles}")

    def script_for(self, request):
        newest = self.newest(request)
        words = f"You said: {newest}".split(" ")
        return self.scripts.get(newest) or [Text(word if i == 0 else " " + word) for i, word in enumerate(words)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None

    def log_message(self, *_):
        """Quiet."""

    def do_POST(self):
        upstream = self.upstream
        request = upstream.judge(self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
        upstream.requests.append(request)
        steps = upstream.script_for(request)
        if isinstance(steps[0], Refuse):
            self.answer(steps[0].status, upstream.error(steps[0].status, steps[0].message), steps[0].headers)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in upstream.events(request, steps):
            text = f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
            self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, status, body, headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)
