"""A small REST client: what a person would type with curl, with the answers as objects that tests can ask."""

import http.client
import json
import urllib.parse

PROBLEM = "application/problem+json"
JSON = "application/json"


class Answer:
    """One HTTP answer, read to its end."""

    def __init__(self, status, headers, body, request):
        self.status = status
        self.headers = headers
        self.body = body
        self.request = request

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name, default=None):
        return self.headers.get(name, default)

    def ok(self, status=None):
        """The JSON of an answer that must be a success."""
        wanted = status is None and 200 <= self.status < 300 or self.status == status
        assert wanted, f"{self.request} -> {self.status} {self.body[:600]!r}"
        return self.json if self.body else None

    def problem(self, status, code=None, field=None):
        """The JSON of an answer that must be an RFC 9457 problem with this status, code and field."""
        said = f"{self.request} -> {self.status} {self.body[:600]!r}"
        assert self.status == status, said
        assert self.header("Content-Type", "").split(";")[0] == PROBLEM, f"{said} {self.header('Content-Type')}"
        problem = self.json
        assert problem["status"] == status, said
        assert problem["title"] and problem["type"], said
        sentence = problem["detail"]
        assert sentence.rstrip().endswith((".", "!", "?")), f"not a sentence: {said}"
        assert problem["request_id"], said
        if code is not None:
            assert problem["code"] == code, said
        if field is not None:
            assert problem["field"] == field, said
        return problem

    def __repr__(self):
        return f"<{self.request} -> {self.status} {self.body[:300]!r}>"


class Rest:
    """Talks to one server. Every call uses a connection of its own, so calls may come from any thread."""

    def __init__(self, address, token=None, timeout=30.0):
        self.address = address
        self.token = token
        self.timeout = timeout

    def with_token(self, token):
        return Rest(self.address, token, self.timeout)

    def connection(self):
        host, _, port = self.address.rpartition(":")
        return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=self.timeout)

    def headers(self, body, headers):
        out = {}
        if self.token is not None:
            out["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            out["Content-Type"] = JSON
        for name, value in (headers or {}).items():
            for known in [k for k in out if k.lower() == name.lower()]:
                del out[known]
            if value is not None:
                out[name] = value
        return out

    @staticmethod
    def encode(body):
        if body is None or isinstance(body, bytes):
            return body
        if isinstance(body, str):
            return body.encode()
        return json.dumps(body).encode()

    @staticmethod
    def target(path, query):
        if not query:
            return path
        return path + "?" + urllib.parse.urlencode(query, doseq=True)

    def call(self, method, path, body=None, headers=None, query=None):
        """One exchange. `body` is bytes, text, or something to write as JSON; a header of None is left out."""
        data = self.encode(body)
        connection = self.connection()
        try:
            target = self.target(path, query)
            connection.request(method, target, body=data, headers=self.headers(data, headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read(), f"{method} {target}")
        finally:
            connection.close()

    def get(self, path, query=None, headers=None):
        return self.call("GET", path, query=query, headers=headers)

    def post(self, path, body=None, headers=None, query=None):
        return self.call("POST", path, {} if body is None else body, headers=headers, query=query)

    def patch(self, path, body, headers=None):
        return self.call("PATCH", path, body, headers=headers)

    def delete(self, path, headers=None, query=None):
        return self.call("DELETE", path, headers=headers, query=query)

    def pages(self, path, items, size=None, query=None):
        """Everything of a paged list, page by page: a list of lists."""
        pages = []
        token = ""
        seen = set()
        while True:
            asked = dict(query or {})
            if size:
                asked["page_size"] = size
            if token:
                asked["page_token"] = token
            page = self.get(path, query=asked).ok()
            pages.append(page[items])
            token = page["next_page_token"]
            if not token:
                return pages
            assert token not in seen, "the list goes in circles"
            seen.add(token)

    def all(self, path, items, size=200, query=None):
        return [item for page in self.pages(path, items, size, query) for item in page]

    # What nearly every test needs.

    def make_bot(self, name, **fields):
        return self.post("/api/v1/bots", {"name": name, **fields}).ok()

    def make_session(self, bot, **fields):
        return self.post(f"/api/v1/bots/{bot}/sessions", fields).ok()

    def say(self, session, text, **fields):
        """Says something and waits for the whole answer."""
        return self.post(f"/api/v1/sessions/{session}/messages", {"text": text, **fields})

    def messages(self, session):
        return self.all(f"/api/v1/sessions/{session}/messages", "messages")

    def run(self, run):
        return self.get(f"/api/v1/runs/{run}").ok()
