"""A Chat Completions server under a test's control, which also judges every request it gets.

Without a script it answers "You said: " and the newest message, word by word. A script is a list of steps, chosen by
the newest message's text, so that tests do not depend on the order of requests:

    fake_upstream.when("hi", Text("Hel"), Wait(gate), Text("lo"))      # then it finishes by itself
    fake_upstream.when("die", Text("Hel"), Cut())                      # the connection breaks
    fake_upstream.when("no", Refuse(429, headers={"Retry-After": "7"}))
"""

import dataclasses
import json
import os
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KNOWN_FIELDS = {"model", "messages", "stream", "stream_options", "temperature", "max_tokens", "max_completion_tokens",
                "tools", "tool_choice", "response_format", "stop", "user", "prompt_cache_key"}
GIVE_UP_SECONDS = 60.0


@dataclasses.dataclass
class Text:
    """One delta."""

    text: str


@dataclasses.dataclass
class Call:
    """A tool is called, in two pieces; such an answer ends with the reason tool_calls."""

    name: str
    arguments: dict | str = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Wait:
    """Says nothing more until the event is set or the upstream closes."""

    event: threading.Event


@dataclasses.dataclass
class Pause:
    """The pace of a slow model."""

    seconds: float


@dataclasses.dataclass
class Raw:
    """Bytes as they are, in place of an event."""

    data: bytes


@dataclasses.dataclass
class Cut:
    """Breaks the connection: with a reset, or just ends it."""

    reset: bool = True


@dataclasses.dataclass
class End:
    """Ends the answer properly as HTTP, but with nothing of what must come last in a stream."""


@dataclasses.dataclass
class Finish:
    """The last events. Added to a script that has none of Cut, End, Finish, Refuse."""

    reason: str = "stop"
    usage: bool = True
    done: bool = True


@dataclasses.dataclass
class Refuse:
    """A whole answer of its own instead of a stream."""

    status: int
    body: bytes = b'{"error":{"message":"no","type":"invalid_request_error"}}'
    headers: dict = dataclasses.field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclasses.dataclass
class Hang:
    """Takes the request and never answers."""


class FakeUpstream:
    """See the module. `requests` holds every body in the order of arrival, `complaints` what was wrong with any."""

    def __init__(self, key=None, models=("m",)):
        self.key = key
        self.models = list(models)
        self.told = {}  # what its list says of a model beyond the name
        self.listings = []  # the authorizations of those who asked for the list
        self.requests = []
        self.complaints = []
        self.authorizations = []
        self.hang_ups = 0
        self.scripts = {}
        self.firsts = {}
        self.lock = threading.Lock()
        self.closing = threading.Event()
        upstream = self

        class Handler(_Handler):
            pass

        Handler.upstream = upstream
        self.server = _Listener(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def provider(self, name, **fields):
        """The body that adds this upstream as a provider."""
        return {"name": name, "kind": "openai", "base_url": self.base_url, "models": self.models, **fields}

    def when(self, text, *steps):
        """What to answer when the newest message is `text`; each time again."""
        self.scripts[text] = list(steps)

    def first(self, text, *steps):
        """What to answer once when the newest message is `text`, before `when` counts; in the order of calls."""
        self.firsts.setdefault(text, []).append(list(steps))

    def _told(self, text):
        with self.lock:
            queued = self.firsts.get(text)
            return queued.pop(0) if queued else self.scripts.get(text)

    def last(self):
        with self.lock:
            return self.requests[-1]

    def asked(self, text):
        """The requests whose newest message is `text`."""
        with self.lock:
            return [r for r in self.requests if r["messages"][-1]["content"] == text]

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    # --- judging -----------------------------------------------------------------------------------------------

    def complain(self, why):
        with self.lock:
            self.complaints.append(why)

    def judge(self, handler, body):
        """The parsed request when it can be answered at all. All that is wrong is written down."""
        if handler.path != "/v1/chat/completions":
            self.complain(f"the path is {handler.path}")
        kind = handler.headers.get("Content-Type", "")
        if kind.split(";")[0] != "application/json":
            self.complain(f"the content type is {kind!r}")
        if handler.headers.get("Content-Length") is None and handler.headers.get("Transfer-Encoding") is None:
            self.complain("the body has no length")
        auth = handler.headers.get_all("Authorization", [])
        self.authorizations.append(auth)
        if auth != ([f"Bearer {self.key}"] if self.key else []):
            self.complain(f"the authorization is {auth}, the key is {self.key!r}")
        try:
            request = json.loads(body.decode("utf-8"))
        except ValueError as error:
            self.complain(f"the body is not JSON: {error}: {body[:200]!r}")
            return None
        self.judge_shape(request)
        return request

    def judge_shape(self, request):
        unknown = set(request) - KNOWN_FIELDS
        if unknown:
            self.complain(f"fields that are not of the format: {sorted(unknown)}")
        if request.get("model") not in self.models:
            self.complain(f"the model is {request.get('model')!r}")
        if request.get("stream") is not True:
            self.complain(f"stream is {request.get('stream')!r}")
        for name in ("max_tokens", "max_completion_tokens"):
            if name in request and not (isinstance(request[name], int) and request[name] > 0):
                self.complain(f"{name} is {request[name]!r}")
        temperature = request.get("temperature")
        if temperature is not None and not 0 <= temperature <= 2:
            self.complain(f"temperature is {temperature!r}")
        messages = request.get("messages")
        if not isinstance(messages, list) or not messages:
            self.complain("there are no messages")
            return
        spoken = []
        for message in messages:
            role, content = message.get("role"), message.get("content")
            if role not in ("system", "user", "assistant", "tool"):
                self.complain(f"a role is {role!r}")
            calls = role == "assistant" and message.get("tool_calls")
            if not (isinstance(content, str) and content) and not self.is_parts(role, content) and not calls:
                self.complain(f"a content is {content!r}")
            if role == "system" and spoken:
                self.complain("a system message stands after others")
            if role != "system":
                spoken.append(role)
        if not spoken or spoken[0] != "user":
            self.complain(f"the conversation begins with {spoken[:1]}")
        if spoken and spoken[-1] not in ("user", "tool"):
            self.complain(f"the conversation ends with {spoken[-1]}")
        self.judge_calls(messages)

    def judge_calls(self, messages):
        """Each call is answered once, right behind the message that made it, and nothing else is."""
        open_calls, seen = [], set()
        for message in messages:
            if message.get("role") == "tool":
                if message.get("tool_call_id") not in open_calls:
                    self.complain(f"a result for {message.get('tool_call_id')!r}, which nobody waits for")
                else:
                    open_calls.remove(message["tool_call_id"])
                continue
            if open_calls:
                self.complain(f"calls without a result: {open_calls}")
            open_calls = [call["id"] for call in message.get("tool_calls") or []]
            if seen & set(open_calls) or len(set(open_calls)) < len(open_calls):
                self.complain(f"call ids that stand twice: {open_calls}")
            seen |= set(open_calls)
        if open_calls:
            self.complain(f"calls without a result: {open_calls}")

    @staticmethod
    def is_parts(role, content):
        """Whether a content is what a person gives besides words."""
        return role == "user" and isinstance(content, list) and all(
            part.get("type") in ("text", "image_url") and part.get(part["type"]) for part in content)

    def script_for(self, request):
        newest = request["messages"][-1]["content"]
        if isinstance(newest, list):
            newest = " ".join(part["text"] for part in newest if part["type"] == "text")
        steps = self._told(newest)
        if steps is None:
            words = f"You said: {newest[:2000]}".split(" ")
            steps = [Text(word if i == 0 else " " + word) for i, word in enumerate(words)]
        if not any(isinstance(step, (Cut, End, Finish, Refuse, Hang)) for step in steps):
            called = any(isinstance(step, Call) for step in steps)
            steps = [*steps, Finish(reason="tool_calls" if called else "stop")]
        return steps


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        """A client that hangs up is no error of the fake."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream = None

    def log_message(self, *_):
        """Quiet."""

    def do_GET(self):
        if self.path == "/v1/models":
            upstream = self.upstream
            auth = self.headers.get_all("Authorization", [])
            upstream.listings.append(auth)
            known = auth == [f"Bearer {upstream.key}"] if upstream.key else True
            listed = {"object": "list", "data": [{"id": model, "object": "model", **upstream.told.get(model, {})}
                                                 for model in upstream.models]}
            refusal = {"error": {"message": f"Incorrect API key provided: {auth}", "type": "invalid_request_error"}}
            body = json.dumps(listed if known else refusal).encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.upstream.complain(f"a GET of {self.path} that nothing asks for")
        self.send_error(404)

    def do_POST(self):
        upstream = self.upstream
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = upstream.judge(self, body)
        if request is None or not isinstance(request.get("messages"), list) or not request["messages"]:
            self.send_error(400)
            return
        with upstream.lock:
            upstream.requests.append(request)
        try:
            self.play(request, upstream.script_for(request))
        except OSError:
            with upstream.lock:
                upstream.hang_ups += 1
            self.close_connection = True

    def play(self, request, steps):
        first = steps[0]
        if isinstance(first, Refuse):
            self.send_response(first.status)
            for name, value in {**first.headers, "Content-Length": str(len(first.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(first.body)
            return
        if isinstance(first, Hang):
            self.wait(self.upstream.closing)
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        said = called = 0
        self.event(request, {"role": "assistant", "content": ""})
        for step in steps:
            if isinstance(step, Text):
                said += 1
                self.event(request, {"content": step.text})
            elif isinstance(step, Call):
                self.call(request, step, called)
                called += 1
            elif isinstance(step, Wait):
                self.wait(step.event)
            elif isinstance(step, Pause):
                self.upstream.closing.wait(step.seconds)
            elif isinstance(step, Raw):
                self.chunk(step.data)
            elif isinstance(step, Cut):
                self.cut(step)
                return
            elif isinstance(step, End):
                break
            elif isinstance(step, Finish):
                self.finish(request, step, said)
            else:
                raise TypeError(step)
        self.wfile.write(b"0\r\n\r\n")

    def call(self, request, step, index):
        arguments = step.arguments if isinstance(step.arguments, str) else json.dumps(step.arguments)
        half = len(arguments) // 2
        self.event(request, {"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function",
                                             "function": {"name": step.name, "arguments": arguments[:half]}}]})
        self.event(request, {"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]})

    def wait(self, event):
        """Until the event, the upstream's end, or the client's hanging up, which raises."""
        for _ in range(int(GIVE_UP_SECONDS / 0.01)):
            if event.wait(0.01) or self.upstream.closing.is_set():
                return
            self.connection.setblocking(False)
            try:
                if self.connection.recv(1, socket.MSG_PEEK) == b"":
                    raise ConnectionResetError("the client hung up")
            except BlockingIOError:
                pass
            finally:
                self.connection.setblocking(True)

    def chunk(self, data):
        if data:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def event(self, request, delta, reason=None, **fields):
        self.data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request["model"],
                   "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **fields})

    def data(self, value):
        self.chunk(b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n")

    def finish(self, request, step, said):
        self.event(request, {}, step.reason)
        if step.usage:
            prompt = sum(len(m["content"]) for m in request["messages"]) // 4 + 1
            self.data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                       "model": request["model"], "choices": [],
                       "usage": {"prompt_tokens": prompt, "completion_tokens": said,
                                 "total_tokens": prompt + said}})
        if step.done:
            self.chunk(b"data: [DONE]\n\n")

    def cut(self, step):
        self.close_connection = True
        if step.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Closed at once: `close` would wait for the files that were made of the socket.
        os.close(self.connection.detach())
