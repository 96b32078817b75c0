"""Starts that must fail, and the life of a process around its end."""

import signal
import subprocess
import time


def refusal(server, seconds=15.0, since=None):
    """Starts it where it must not run: answers what it said. Its exit code must tell of the failure.

    Of one that was started already, what it said from the place `since` of its log on.
    """
    before = len(server.log()) if since is None else since
    if server.process is None:
        server.start(ready=False)
    try:
        code = server.process.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        raise AssertionError(f"it runs where it should refuse to:\n{server.log()[before:]}") from None
    server.process = None
    server.expect_log(".*")
    said = server.log()[before:]
    assert code > 0, f"it ended with {code}:\n{said}"
    assert said.strip(), f"it ended with {code} and said nothing"
    return said


def one_sentence(said):
    """What it told the person who started it: one sentence, and no dump or trace anywhere. Details may follow."""
    lines = said.strip().splitlines()
    told = [line for line in lines if line.startswith("error: ")] or lines[-1:]
    assert len(told) == 1, f"not one sentence:\n{said}"
    line = told[0]
    for sign in ("terminate called", "what():", "Segmentation", "core dumped", "boost::", "std::"):
        assert sign not in said, said
    assert line.rstrip("\"'}]) ").endswith((".", "!", "?")), f"not a sentence: {line!r}"
    return line


def end_of(server, seconds=20.0, again_after=None):
    """SIGTERM, a second one `again_after` seconds later if asked; answers the exit code and how long it took."""
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    if again_after is not None:
        try:
            server.process.wait(again_after)
        except subprocess.TimeoutExpired:
            server.process.send_signal(signal.SIGTERM)
    try:
        code = server.process.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        raise AssertionError(f"it did not end within {seconds} s of SIGTERM:\n{server.log()[-3000:]}") from None
    server.process = None
    return code, time.monotonic() - began
