"""Waiting for something to become true, with a deadline; tests never just sleep."""

import time


def until(check, seconds=10.0, what="the condition"):
    """Calls `check` until it answers something true, and returns that. An AssertionError of `check` counts as no."""
    deadline = time.monotonic() + seconds
    pause = 0.005
    last = None
    while True:
        try:
            answer = check()
            if answer:
                return answer
        except AssertionError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {seconds} s") from last
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
