"""Ollama's own API under a test's control."""

import json

from support.fake_vendor import Chunk, FakeVendor

KNOWN_FIELDS = {"model", "messages", "tools", "format", "think", "options", "stream", "truncate", "shift"}


def line(content="", done=False, thinking=None, **fields):
    """One line of an answer."""
    message = {"role": "assistant", "content": content}
    if thinking:
        message["thinking"] = thinking
    return Chunk({"model": "fake", "created_at": "2026-11-22T10:00:00Z", "message": message, "done": done, **fields})


class FakeOllama(FakeVendor):
    kind = "ollama"
    stream_type = "application/x-ndjson"

    def key_of(self, headers):
        return headers.get("Authorization")

    def judge(self, path, body):
        if path != "/api/chat":
            self.complain(f"the path is {path}")
        if unknown := set(body) - KNOWN_FIELDS:
            self.complain(f"unknown fields {unknown}")
        if body["stream"] is not True or body["truncate"] is not False:
            self.complain("the conversation may be cut in silence")
        if any(not message["content"] for message in body["messages"]):
            self.complain("an empty message")
        return body["messages"][-1]["content"]

    def framed(self, body):
        return json.dumps(body).encode() + b"\n"

    def says(self, text):
        words = text.split(" ")
        return [*(line(word + " ") for word in words[:-1]), line(words[-1]),
                line(done=True, done_reason="stop", prompt_eval_count=7, eval_count=5)]
