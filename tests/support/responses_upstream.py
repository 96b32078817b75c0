"""A server that speaks OpenAI's Responses."""

from support.vendor_upstream import Fail, Text, Thought, VendorUpstream


class ResponsesUpstream(VendorUpstream):
    kind = "openai-responses"
    path = "/v1/responses"
    base_path = "/v1"
    fields = frozenset({"model", "input", "max_output_tokens", "temperature", "reasoning", "include", "text", "tools",
                        "tool_choice", "parallel_tool_calls", "store", "stream"})

    def judge_headers(self, headers):
        if headers.get("Authorization") != (f"Bearer {self.key}" if self.key else None):
            self.complain(f"the authorization is {headers.get('Authorization')!r}, the key is {self.key!r}")

    def judge_shape(self, request):
        if request.get("store") is not False:
            self.complain(f"the answer would be kept: store is {request.get('store')!r}")
        if not isinstance(request.get("max_output_tokens"), int) or request["max_output_tokens"] < 16:
            self.complain(f"max_output_tokens is {request.get('max_output_tokens')!r}")
        if "include" in request and request["include"] != ["reasoning.encrypted_content"]:
            self.complain(f"included is {request['include']!r}")
        said = [item for item in request["input"] if item["type"] == "message"]
        self.judge_turns([item["role"] for item in said if item["role"] != "system"])
        for item in said:
            if not item["content"]:
                self.complain(f"a message is {item}")

    def newest(self, request):
        content = request["input"][-1]["content"]
        return content if isinstance(content, str) else content[-1]["text"]

    def error(self, status, message):
        return {"error": {"type": "invalid_request_error", "param": None, "message": message,
                          "code": {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)}}

    def failure(self, message):
        return {"type": "response.failed", "response": self.response(
            "failed", error={"code": "server_error", "message": message})}

    @staticmethod
    def response(status, output=(), **fields):
        return {"id": "resp_1", "object": "response", "created_at": 1, "status": status, "error": None,
                "incomplete_details": None, "model": "m", "output": list(output), "usage": None, **fields}

    def events(self, request, steps):
        yield {"type": "response.created", "response": self.response("in_progress")}
        items = []
        for index, step in enumerate(steps):
            if isinstance(step, Fail):
                yield self.failure(step.message)
                return
            begun, delta, item = self.item(index, step)
            yield {"type": "response.output_item.added", "output_index": index, "item": begun}
            yield {"output_index": index, "item_id": item["id"], **delta}
            yield {"type": "response.output_item.done", "output_index": index, "item": item}
            items.append(item)
        usage = {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 70, "cache_write_tokens": 20},
                 "output_tokens": 8, "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 108}
        yield {"type": "response.completed", "response": self.response("completed", items, usage=usage)}

    @staticmethod
    def item(index, step):
        """How it begins, one piece, and how it ends."""
        if isinstance(step, Thought):
            begun = {"type": "reasoning", "id": f"rs_{index}", "summary": []}
            delta = {"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": step.text}
            return begun, delta, {**begun, "summary": [{"type": "summary_text", "text": step.text}],
                                  "encrypted_content": "sealed"}
        if not isinstance(step, Text):
            raise TypeError(step)
        begun = {"type": "message", "id": f"msg_{index}", "role": "assistant", "status": "in_progress", "content": []}
        delta = {"type": "response.output_text.delta", "content_index": 0, "delta": step.text}
        part = {"type": "output_text", "text": step.text, "annotations": []}
        return begun, delta, {**begun, "status": "completed", "content": [part]}
