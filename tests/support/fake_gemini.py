"""Google's generateContent under a test's control."""

import json

from support.fake_vendor import Chunk, FakeVendor

KNOWN_FIELDS = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}


def chunk(*parts, reason=None, usage=None, **fields):
    """One chunk of an answer."""
    candidate = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    body = {"candidates": [candidate], "modelVersion": "fake", "responseId": "r1", **fields}
    if usage:
        body["usageMetadata"] = usage
    return Chunk(body)


class FakeGemini(FakeVendor):
    kind = "google"
    base_path = "/v1beta"
    stream_type = "text/event-stream"

    def key_of(self, headers):
        if headers.get("Authorization"):
            self.complain("the key is in Authorization")
        return headers.get("x-goog-api-key")

    def judge(self, path, body):
        if not path.startswith("/v1beta/models/") or not path.endswith(":streamGenerateContent?alt=sse"):
            self.complain(f"the path is {path}")
        if unknown := set(body) - KNOWN_FIELDS:
            self.complain(f"unknown fields {unknown}")
        roles = [content["role"] for content in body["contents"]]
        if roles[0] != "user" or roles[-1] != "user" or set(roles) - {"user", "model"}:
            self.complain(f"the roles are {roles}")
        if any(not content["parts"] for content in body["contents"]):
            self.complain("a content without parts")
        return "".join(part.get("text", "") for part in body["contents"][-1]["parts"])

    def framed(self, body):
        return b"data: " + json.dumps(body).encode() + b"\r\n\r\n"

    def says(self, text):
        usage = {"promptTokenCount": 7, "candidatesTokenCount": 3, "thoughtsTokenCount": 2, "totalTokenCount": 12}
        words = text.split(" ")
        return [*(chunk({"text": word + " "}) for word in words[:-1]),
                chunk({"text": words[-1]}, reason="STOP", usage=usage)]
