"""A model that plays parts: what it says depends on whom it is asked for and on how often that one has been answered.

    model.plays("Plan it", [Call("agent_spawn", {"task": "Count"})], [Text("Waiting.")], [Text("Done.")])
    model.plays("Count", [Text("1 2 3")])

A part is named by the newest message of a person, or by an agent's task; its n-th answer is the n-th list of steps.
"""

from support.fake_upstream import FakeUpstream, Text


class ActingUpstream(FakeUpstream):
    """See the module. `answered` counts the requests of each part and answer, by (part, number)."""

    def __init__(self, models=("m",)):
        super().__init__(models=models)
        self.parts = {}
        self.answered = {}

    def plays(self, part, *answers):
        self.parts[part] = [list(answer) for answer in answers]

    @staticmethod
    def part_of(request):
        """Who is asked, and how many answers there are already."""
        messages = request["messages"]
        begin = max(i for i, m in enumerate(messages)
                    if m["role"] == "user" and not str(m["content"]).startswith("["))
        said = [m for m in messages[begin:] if m["role"] == "assistant"]
        return messages[begin]["content"], len(said)

    def script_for(self, request):
        part, number = self.part_of(request)
        with self.lock:
            self.answered[part, number] = self.answered.get((part, number), 0) + 1
        answers = self.parts.get(part, [])
        steps = answers[number] if number < len(answers) else [Text(f"({part}: nothing more to say)")]
        request = {**request, "messages": [{"role": "user", "content": part}]}
        self.scripts[part] = steps
        return super().script_for(request)
