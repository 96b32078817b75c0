"""K2: the power goes while the server writes. What was not synced is lost, in part and torn."""

import random
import time

import pytest

from chaos.ledger import Ledger, check_kept, check_once, check_whole, copy_database, repeat_open, start_load
from chaos.seeds import seeds
from support.waiting import until


@pytest.mark.parametrize("seed", seeds(5))
def test_a_power_cut_loses_nothing_that_was_acknowledged(seed, lazy_disk, server_factory, models_for_faults,
                                                         tmp_path):
    disk = lazy_disk(seed)
    server = server_factory(data=disk.mount / "data")
    server.log_path = tmp_path / "server.log"  # what it says must survive its disk
    models_for_faults.register(server.rest)
    ledger = Ledger()
    join = start_load(server.rest, ledger, seed)
    until(lambda: ledger.messages, 20, "the first acknowledged message")
    time.sleep(random.Random(seed).uniform(0.0, 1.0))  # the moment is what the seed decides
    cut = disk.cut_power()
    server.kill()
    join()
    server.expect_log(".*")  # it lost its disk before it died
    disk.close()

    data = disk.disk / "data"
    database = copy_database(data, tmp_path / "copy")
    check_whole(database)
    check_kept(ledger, database)
    after = server_factory(data=data)
    attempts = repeat_open(ledger, after.rest)
    until(lambda: after.rest.get("/api/v1/system").ok()["active_runs"] == 0, 20, "the end of every run")
    after.stop()
    database = copy_database(data, tmp_path / "copy")
    check_whole(database)
    check_kept(ledger, database)
    check_once(attempts, database)
    print(f"seed {seed}: {ledger.count()} acknowledged writes; {cut.strip()}")


def test_the_power_goes_while_the_first_start_makes_its_data(lazy_disk, server_factory, tmp_path):
    """Whatever part of a new data folder reached the disk, the next start makes it whole."""
    for seed in seeds(5):
        disk = lazy_disk(seed)
        server = server_factory(data=disk.mount / "data", start=False)
        server.log_path = tmp_path / f"server{seed}.log"
        server.start(ready=False)
        time.sleep(random.Random(seed).uniform(0.0, 0.3))  # the moment is what the seed decides
        disk.cut_power()
        server.kill()
        server.expect_log(".*")
        disk.close()
        after = server_factory(data=disk.disk / "data")
        assert after.rest.make_bot("Ada")["slug"] == "ada", f"seed {seed}"
        after.stop()
