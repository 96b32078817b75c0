"""The upstream of the fault tests: models by pace, chosen by the model's name."""

import threading

from support.fake_upstream import FakeUpstream, Finish, Pause, Text, Wait


class ModelsForFaults(FakeUpstream):
    """`instant` answers at once; `slow` takes a fifth of a second; `gated` stops behind its first word for the gate."""

    def __init__(self):
        super().__init__(models=("instant", "slow", "gated"))
        self.gate = threading.Event()

    def script_for(self, request):
        if request["model"] == "slow":
            pace = [step for n in range(20) for step in (Text(f"piece {n} "), Pause(0.01))]
            return [*pace, Finish()]
        if request["model"] == "gated":
            return [Text("one "), Wait(self.gate), Text("two"), Finish()]
        return [Text("instant "), Text("answer"), Finish()]

    def real_complaints(self):
        """Without requests that a killed server sent half of."""
        return [c for c in self.complaints if "not JSON" not in c]

    def register(self, rest):
        rest.post("/api/v1/providers", self.provider("fake")).ok()
