"""K6: one data folder, one server."""

import json

from chaos.starts import one_sentence, refusal
from support.waiting import until


def test_a_second_server_is_refused_and_told_who_is_there(server_factory):
    first = server_factory()
    before = (first.data / "server.json").read_text()
    bot = first.rest.make_bot("Ada")
    second = server_factory(data=first.data, start=False)
    second.log_path = first.log_path.with_name("second.log")
    said = one_sentence(refusal(second))
    assert str(first.pid) in said, said
    assert str(first.data) in said, said
    assert (first.data / "server.json").read_text() == before
    assert json.loads(before)["pid"] == first.pid
    assert first.rest.get(f"/api/v1/bots/{bot['id']}").ok()["name"] == "Ada"
    first.rest.make_bot("Grace")


def test_the_same_folder_by_another_path_is_the_same(server_factory, tmp_path):
    first = server_factory()
    alias = tmp_path / "alias"
    alias.symlink_to(first.data)
    second = server_factory(data=alias, start=False)
    assert str(first.pid) in one_sentence(refusal(second))


def test_a_killed_server_leaves_no_lock(server_factory):
    server = server_factory()
    bot = server.rest.make_bot("Ada")
    for _ in range(3):
        server.kill()
        assert (server.data / "server.json").exists()  # of the dead one, and in nobody's way
        server.start()
        assert server.rest.get(f"/api/v1/bots/{bot['id']}").ok()["slug"] == "ada"


def test_of_servers_that_start_together_one_wins(server_factory, tmp_path):
    """On a folder that is not there yet, where each would make what it needs."""
    for round_ in range(5):
        data = tmp_path / f"contested{round_}"
        rivals = []
        for n in range(4):
            rival = server_factory(data=data, start=False)
            rival.log_path = tmp_path / f"rival{round_}.{n}.log"
            rival.start(ready=False)
            rivals.append(rival)
        until(lambda: sum(r.running for r in rivals) == 1, 20, "that one is left")
        winner = next(r for r in rivals if r.running)
        winner.wait_ready()
        for rival in rivals:
            if rival is not winner:
                said = one_sentence(refusal(rival, since=0))
                assert str(winner.pid) in said or "unknown" in said, said
        assert winner.rest.make_bot("Ada")["slug"] == "ada"
        winner.stop()
