"""The command line against the module's server."""

import json
import subprocess

import pytest

from support.instance import clean_environment
from support.terminal import Terminal


@pytest.fixture
def cli(server):
    """Runs a command against the module's server; answers what subprocess.run does."""
    def run(*words, code=0, text=None, env=None, **options):
        environment = clean_environment({"BOTERNITY_DATA": str(server.data), **(env or {})})
        ended = subprocess.run([str(server.binary), *map(str, words)], env=environment, capture_output=True, text=True,
                               timeout=60, input=text, **({} if text is not None else {"stdin": subprocess.DEVNULL}),
                               **options)
        assert ended.returncode == code, f"{words} -> {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended
    return run


@pytest.fixture
def ask(cli):
    """The same with --json: the document on stdout."""
    return lambda *words, **options: json.loads(cli(*words, "--json", **options).stdout)


@pytest.fixture
def terminal(server):
    """Starts a command on a terminal."""
    def start(*words, **env):
        return Terminal([server.binary, *words],
                        clean_environment({"BOTERNITY_DATA": str(server.data), **env}))
    return start
