"""Web services that count every call: what a bot's tools did in the world, whoever crashed."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CountingTools:
    """`calls[name]` counts by idempotency key. A tool takes `seconds` before its effect counts."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.calls = {}
        self.lock = threading.Lock()
        self.closing = threading.Event()
        tools = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                """Quiet."""

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                tools.closing.wait(tools.seconds)
                with tools.lock:
                    counts = tools.calls.setdefault(self.path.strip("/"), {})
                    key = self.headers["Idempotency-Key"]
                    counts[key] = counts.get(key, 0) + 1
                answer = json.dumps({"done": body["arguments"]}).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address):
                """A client that was killed is no error of the tools."""

        self.server = Listener(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def declared(self, name, **flags):
        """The entry of the configuration that declares one of them."""
        lines = ["[[tools]]", f'name = "{name}"', f'description = "Does {name}."',
                 f'url = "http://127.0.0.1:{self.server.server_address[1]}/{name}"',
                 *(f"{flag} = {str(value).lower()}" for flag, value in flags.items())]
        return "\n".join(lines) + "\n"

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
