"""A vendor's server under a test's control: each request is judged by the vendor's rules and answered from a script.

    vendor.when("hi", Chunk({...}), Chunk({...}))     # what the newest message's text is answered with
    vendor.when("no", Refuse(429, {...}, {"Retry-After": "7"}))
"""

import dataclasses
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclasses.dataclass
class Chunk:
    """One event or line of a stream."""

    body: dict


@dataclasses.dataclass
class Wait:
    """Says nothing more until the event is set or the vendor closes."""

    event: threading.Event


@dataclasses.dataclass
class Cut:
    """The connection is closed without the end of the body."""


@dataclasses.dataclass
class Refuse:
    """A whole answer of its own instead of a stream."""

    status: int
    body: object
    headers: dict = dataclasses.field(default_factory=dict)
    type: str = "application/json"


class FakeVendor:
    """What the vendors share. `requests` holds every parsed body for an answer, `complaints` what was wrong."""

    kind = ""
    base_path = ""
    stream_type = ""

    def __init__(self, key=None):
        self.key = key
        self.requests = []
        self.complaints = []
        self.scripts = {}
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"vendor": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.base_path}"

    def provider(self, name, model, **fields):
        """The body that adds this vendor as a provider."""
        return {"name": name, "kind": self.kind, "base_url": self.base_url, "models": [model], **fields}

    def when(self, text, *steps):
        self.scripts[text] = list(steps)

    def complain(self, why):
        with self.lock:
            self.complaints.append(why)

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    # --- what differs ------------------------------------------------------------------------------------------

    def key_of(self, headers):
        raise NotImplementedError

    def judge(self, path, body):
        """Complains of what is wrong with a request for an answer; answers its newest text."""
        raise NotImplementedError

    def framed(self, body):
        """The bytes of one chunk."""
        raise NotImplementedError

    def says(self, text):
        """The steps that say it."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, body):
        vendor = self.vendor
        key = vendor.key_of(self.headers)
        if key != vendor.key:
            vendor.complain(f"the key is {key!r} instead of {vendor.key!r}")
        if vendor.key and vendor.key in self.path + json.dumps(body):
            vendor.complain("the key is where it can be logged")
        text = vendor.judge(self.path, body)
        with vendor.lock:
            vendor.requests.append(body)
        steps = vendor.scripts.get(text) or vendor.says("You said: " + text)
        if isinstance(steps[0], Refuse):
            self.refuse(steps[0])
        else:
            self.stream(steps)

    def refuse(self, step):
        data = step.body.encode() if isinstance(step.body, str) else json.dumps(step.body).encode()
        self.send_response(step.status)
        for name, value in {"Content-Type": step.type, "Content-Length": str(len(data)), **step.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, steps):
        self.send_response(200)
        self.send_header("Content-Type", self.vendor.stream_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for step in steps:
            if isinstance(step, Cut):
                self.close_connection = True
                return
            if isinstance(step, Wait):
                while not step.event.wait(0.02) and not self.vendor.closing.is_set():
                    pass
                continue
            data = self.vendor.framed(step.body)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
