"""How a command finds its server, and whom it trusts with the token."""

import json
import os
import re
import socket

import pytest

from support.command import EXIT


def test_without_a_server_it_says_how_to_start_one(cli, ask, tmp_path):
    ended = cli("bot", "list", "--data", tmp_path, code=EXIT["no_server"])
    assert "boternity serve" in ended.stderr and ended.stderr.count("\n") == 1
    assert ask("bot", "list", "--data", tmp_path, code=EXIT["no_server"])["code"] == "no_server"


def test_a_server_that_was_killed_is_known_to_be_gone(server_factory):
    server = server_factory()
    server.kill()
    ended = server.cli("bot", "list")
    assert ended.returncode == EXIT["no_server"] and "is gone" in ended.stderr


def test_the_token_goes_to_nobody_who_took_a_dead_servers_place(server_factory):
    """After a crash its port and its process id may both belong to somebody else."""
    server = server_factory()
    server.kill()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        address = f"127.0.0.1:{stranger.getsockname()[1]}"
        (server.data / "server.json").write_text(json.dumps({"address": address, "pid": os.getpid()}))
        ended = server.cli("bot", "list")
        assert ended.returncode == EXIT["no_server"] and "is gone" in ended.stderr
        with pytest.raises(BlockingIOError):
            stranger.accept()
    server.start()  # the lock is as free as it was
    assert server.cli("bot", "list").returncode == 0


@pytest.mark.parametrize("wildcard, local", [("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]")])
def test_a_server_that_listens_everywhere_is_found_here(server_factory, wildcard, local):
    if wildcard == "[::]" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    server = server_factory(listen=f"{wildcard}:0")
    assert server.host == local
    listens = f"{wildcard}:{server.port}"
    server.wait_log(rf' serving address="?{re.escape(listens)}"? ')
    ended = server.cli("system", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["address"] == listens


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_a_wrong_token_is_unauthorised(ask, tmp_path, server):
    wrong = tmp_path / "token"
    wrong.write_text("wrong\n")
    assert ask("bot", "list", "--token-file", wrong, code=EXIT["unauthorised"])["code"] == "unauthenticated"
    elsewhere = {"BOTERNITY_DATA": str(tmp_path / "none"), "BOTERNITY_SERVER": server.address}
    assert ask("bot", "list", env=elsewhere, code=EXIT["unauthorised"])["code"] == "unauthenticated"
    right = {**elsewhere, "BOTERNITY_TOKEN": server.token}
    assert "bots" in ask("bot", "list", env=right)
    assert "bots" in ask("bot", "list", env={**elsewhere, "BOTERNITY_TOKEN": server.token + "\n"})
    broken = ask("bot", "list", env={**elsewhere, "BOTERNITY_TOKEN": "two\nlines"}, code=EXIT["usage"])
    assert broken["detail"].startswith("BOTERNITY_TOKEN ")
