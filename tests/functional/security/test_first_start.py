"""The first start: nobody takes a server over, and two servers never share data. A8."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

from support.rest import Rest
from support.waiting import until


def test_a_start_on_an_empty_folder_makes_an_owner_only_token(server_factory):
    data = server_factory.new_data()
    data.mkdir(mode=0o755)
    old = os.umask(0)
    try:
        server = server_factory(data=data)
    finally:
        os.umask(old)
    for path in data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE((data / "token").stat().st_mode) == 0o600
    assert len(server.token) >= 64
    Rest(server.address).get("/api/v1/bots").problem(401, "unauthenticated")


def test_two_servers_have_different_tokens(server_factory):
    one, two = server_factory(), server_factory()
    assert one.token != two.token
    one.rest.with_token(two.token).get("/api/v1/bots").problem(401)


def test_the_token_is_not_told_on_the_console(server_factory):
    server = server_factory()
    server.rest.get("/api/v1/bots").ok()
    server.stop()
    assert server.token not in server.log()


def test_of_two_starts_on_the_same_folder_one_wins(server_factory):
    """Both at once on an empty folder: one serves, the other ends with a sentence, and the token is one."""
    data = server_factory.new_data()
    servers = [server_factory(data=data, start=False) for _ in range(4)]
    for number, server in enumerate(servers):
        server.log_path = data.with_name(f"{data.name}.{number}.log")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda s: s.start(ready=False), servers))
    until(lambda: sum(s.process.poll() is not None for s in servers) == 3, 30, "the end of three of four servers")
    winner = next(s for s in servers if s.process.poll() is None)
    winner.wait_ready()
    winner.rest.make_bot("ada")
    for loser in servers:
        if loser is not winner:
            assert loser.process.returncode not in (0, -11, -6)
            assert str(data) in loser.log(), loser.log()
            loser.process = None
            loser.expect_log(".")
    assert winner.read_address() == winner.address
    winner.rest.get("/api/v1/bots/ada").ok()


def test_beyond_loopback_the_token_is_needed_as_well(server_factory):
    """Either it refuses to listen there, or nobody gets in without the token and the right Host."""
    server = server_factory(listen="0.0.0.0:0", ready=False)
    until(lambda: server.process.poll() is not None or server.read_address(), 20, "the start")
    if server.process.poll() is not None:
        assert server.process.returncode != 0 and "127.0.0.1" in server.log()
        server.process = None
        return
    server.address = f"127.0.0.1:{server.port}"
    until(server.is_ready, 20, "readiness")
    Rest(server.address).get("/api/v1/bots").problem(401, "unauthenticated")
    server.rest.get("/api/v1/bots", headers={"Host": "evil.test"}).problem(403, "permission_denied")


def test_a_stopped_server_leaves_no_address_behind(server_factory):
    server = server_factory()
    server.stop()
    assert not (server.data / "server.json").exists()
