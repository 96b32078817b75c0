"""What the tests of backups share."""


def path_of(server, backup):
    return server.data / "backups" / f"{backup['name']}.db"


def used(server_factory):
    """A server that has been used, with one backup."""
    server = server_factory()
    server.rest.make_bot("Ada", soul="You are Ada.")
    return server, server.rest.post("/api/v1/backups").ok()


def restore(server, what, code=0):
    ended = server.cli("backup", "restore", what, "--yes")
    assert ended.returncode == code, ended
    return ended
