"""A server that speaks Anthropic's Messages."""

from support.vendor_upstream import Fail, Text, Thought, VendorUpstream


class AnthropicUpstream(VendorUpstream):
    kind = "anthropic"
    path = "/v1/messages"
    fields = frozenset({"model", "max_tokens", "messages", "system", "temperature", "thinking", "output_config",
                        "cache_control", "stop_sequences", "tools", "tool_choice", "stream"})

    def judge_headers(self, headers):
        if headers.get("anthropic-version") != "2023-06-01":
            self.complain(f"the version is {headers.get('anthropic-version')!r}")
        if headers.get("x-api-key") != self.key:
            self.complain(f"the key is {headers.get('x-api-key')!r}, not {self.key!r}")
        if headers.get("Authorization") is not None:
            self.complain("a second key came in Authorization")

    def judge_shape(self, request):
        if not isinstance(request.get("max_tokens"), int) or request["max_tokens"] < 1:
            self.complain(f"max_tokens is {request.get('max_tokens')!r}")
        if request.get("cache_control") != {"type": "ephemeral"}:
            self.complain(f"nothing is marked for the cache: {request.get('cache_control')!r}")
        for block in request.get("system", []):
            if block["type"] != "text" or not block["text"]:
                self.complain(f"the system says {block}")
        self.judge_turns([message["role"] for message in request["messages"]])
        for message in request["messages"]:
            if not message["content"] or not all(block.get("text") for block in message["content"]):
                self.complain(f"a message is {message}")

    def newest(self, request):
        return request["messages"][-1]["content"][-1]["text"]

    def error(self, status, message):
        kinds = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
        return {"type": "error", "request_id": "req_1",
                "error": {"type": kinds.get(status, "invalid_request_error"), "message": message}}

    def failure(self, message):
        return self.error(529, message)

    def events(self, request, steps):
        usage = {"input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 70}
        yield {"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": request["model"], "content": [],
            "stop_reason": None, "usage": {**usage, "output_tokens": 1}}}
        yield {"type": "ping"}
        for index, step in enumerate(steps):
            if isinstance(step, Fail):
                yield self.failure(step.message)
                return
            yield from self.block(index, step)
        yield {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
               "usage": {"output_tokens": 8, "output_tokens_details": {"thinking_tokens": 3}}}
        yield {"type": "message_stop"}

    @staticmethod
    def block(index, step):
        def event(kind, **fields):
            return {"type": f"content_block_{kind}", "index": index, **fields}

        if isinstance(step, Thought):
            yield event("start", content_block={"type": "thinking", "thinking": "", "signature": ""})
            yield event("delta", delta={"type": "thinking_delta", "thinking": step.text})
            yield event("delta", delta={"type": "signature_delta", "signature": "sealed"})
        elif isinstance(step, Text):
            yield event("start", content_block={"type": "text", "text": ""})
            yield event("delta", delta={"type": "text_delta", "text": step.text})
        else:
            raise TypeError(step)
        yield event("stop")
