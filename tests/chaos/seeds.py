"""How many lots a test draws."""

import os


def seeds(default):
    """The seeds of a test: `default` of them in CI, BOTERNITY_SEEDS of them for the patient."""
    count = int(os.environ.get("BOTERNITY_SEEDS", default))
    first = int(os.environ.get("BOTERNITY_FIRST_SEED", 1))
    return list(range(first, first + count))
