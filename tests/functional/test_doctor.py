"""`boternity doctor`: finds what is wrong, says the cure, writes nothing unless asked to, and fixes what is safe."""

import json
import os
import socket

import pytest


def doctor(server, *words, code=0):
    ended = server.cli("doctor", "--json", *words, timeout=60)
    assert ended.returncode == code, ended
    return json.loads(ended.stdout)


def found(report, check, severity):
    """The one finding of that check that is so bad."""
    hits = [f for f in report["findings"] if f["check"] == check and f["severity"] == severity]
    assert len(hits) == 1, report["findings"]
    return hits[0]


def everything_in(folder):
    """Names, contents and times of all that lies in a folder, but the lock that is only looked at."""
    return {str(p.relative_to(folder)): (p.read_bytes() if p.is_file() else None, p.lstat().st_mtime_ns, p.lstat().st_mode)
            for p in sorted(folder.rglob("*"))}


def stopped(server_factory):
    server = server_factory()
    server.rest.make_bot("Ada")
    server.stop()
    return server


def test_all_is_well(server_factory):
    server = server_factory()
    server.rest.post("/api/v1/backups").ok()
    report = doctor(server)
    assert {f["severity"] for f in report["findings"]} <= {"ok", "notice"}, report
    checks = [f["check"] for f in report["findings"]]
    for check in ("data folder", "database", "backups", "disk", "memory", "open files", "model", "embedding model", "clock", "time zone",
                  "versions"):
        assert check in checks, checks
    assert server.rest.get("/api/v1/system/checks").ok()["findings"][0]["check"] == "data folder"


def test_it_writes_nothing(server_factory, tmp_path):
    """N7, also when something is wrong, and when there is nothing yet."""
    server = stopped(server_factory)
    (server.data / "boternity.db").chmod(0o644)
    before = everything_in(server.data)
    doctor(server, code=1)
    assert everything_in(server.data) == before
    nothing = server_factory(start=False)
    assert nothing.cli("doctor").returncode in (0, 1)
    assert not nothing.data.exists()


def test_after_a_crash_it_leaves_the_database_to_the_next_start(server_factory):
    server = server_factory()
    server.rest.make_bot("Ada")
    server.kill()
    before = everything_in(server.data)
    assert "did not end in order" in found(doctor(server), "database", "notice")["what"]
    assert everything_in(server.data) == before


def test_files_that_others_may_read_are_found_and_closed(server_factory):
    server = stopped(server_factory)
    for name in ("boternity.db", "token"):
        (server.data / name).chmod(0o644)
    report = doctor(server, code=1)
    assert found(report, "data folder", "warning")["fixable"]
    assert "token" in found(report, "data folder", "error")["what"]
    assert report["fixed"] == []
    report = doctor(server, "--fix")
    assert len(report["fixed"]) == 2, report
    for name in ("boternity.db", "token"):
        assert (server.data / name).stat().st_mode & 0o777 == 0o600
    assert doctor(server, "--fix")["fixed"] == []


def test_a_symbolic_link_is_found_and_not_touched(server_factory, tmp_path):
    server = stopped(server_factory)
    target = tmp_path / "target"
    target.write_text("mine")
    target.chmod(0o644)
    (server.data / "server.json").symlink_to(target)
    finding = found(doctor(server, "--fix", code=1), "data folder", "error")
    assert "symbolic link" in finding["what"] and finding["cure"] and not finding["fixable"]
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_damaged_database_is_found(server_factory):
    server = stopped(server_factory)
    file = server.data / "boternity.db"
    content = bytearray(file.read_bytes())
    content[4096:len(content) // 2] = bytes(len(content) // 2 - 4096)
    file.write_bytes(content)
    assert "backup restore" in found(doctor(server, code=1), "database", "error")["cure"]


def test_a_backup_that_was_cut_is_found(server_factory):
    server = server_factory()
    name = server.rest.post("/api/v1/backups").ok()["name"]
    file = server.data / "backups" / f"{name}.db"
    file.write_bytes(file.read_bytes()[:5000])
    assert name in found(doctor(server, code=1), "backups", "warning")["cure"]


@pytest.mark.parametrize("content, severity", [(None, "warning"), (b"hello\n" * 100, "error"), (b"GGUF" + bytes(1000), "error")])
def test_a_model_that_is_not_the_one(server_factory, tmp_path, content, severity):
    models = tmp_path / "models"
    models.mkdir()
    if content is not None:
        (models / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(content)
    server = server_factory(env={"BOTERNITY_MODELS": str(models)})
    assert "make setup" in found(doctor(server, code=1), "model", severity)["cure"]


def test_a_full_port_names_its_holder(server_factory):
    server = server_factory(start=False)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7420))
        except OSError:
            pytest.skip("port 7420 is in use")
        taken.listen()
        finding = found(doctor(server, code=1), "port", "warning")
        assert str(os.getpid()) in finding["what"] and "--listen" in finding["cure"]


def test_providers_are_asked_live(server_factory, fake_upstream):
    server = server_factory()
    rest = server.rest
    rest.post("/api/v1/providers", fake_upstream.provider("good")).ok()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    rest.post("/api/v1/providers", {"name": "dead", "kind": "openai", "base_url": dead, "models": ["x"]}).ok()
    rest.post("/api/v1/providers", {"name": "keyless", "kind": "openai", "base_url": dead, "models": ["x"],
                                    "key": "env:NOBODY_SET_THIS"}).ok()
    report = doctor(server, code=1)
    found(report, "provider good", "ok")
    assert "Nothing answers" in found(report, "provider dead", "error")["what"]
    assert "NOBODY_SET_THIS" in found(report, "provider keyless", "error")["what"]


def test_a_server_that_does_not_answer_is_told_of(server_factory):
    server = server_factory()
    assert server.address in found(doctor(server), "server", "ok")["what"]
    file = server.data / "server.json"
    told = json.loads(file.read_text())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        file.write_text(json.dumps({**told, "address": f"127.0.0.1:{unused.getsockname()[1]}"}))
        report = doctor(server, code=1)
    assert "does not answer" in found(report, "server", "error")["what"]
    assert str(server.pid) in found(report, "database", "notice")["what"]


def test_for_people(server_factory):
    server = stopped(server_factory)
    (server.data / "boternity.db").chmod(0o644)
    ended = server.cli("doctor")
    assert ended.returncode == 1
    assert "warning  data folder:" in ended.stdout and "`boternity doctor --fix` does it" in ended.stdout
    ended = server.cli("doctor", "--fix")
    assert ended.returncode == 0 and ended.stdout.startswith("fixed    ")
