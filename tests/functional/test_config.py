"""The configuration: one file, who said what, edits in place, reload, and what is refused."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from support.command import EXIT
from support.instance import clean_environment, find_binary

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROVIDER = '[[providers]]\nname = "work"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["m"]\n'


class Folder:
    """A data folder without a server."""

    def __init__(self, path):
        self.path = path
        self.file = path / "boternity.toml"
        path.mkdir(mode=0o700)

    def run(self, *words, **env):
        return subprocess.run([str(find_binary()), *map(str, words)], capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL,
                              env=clean_environment({"BOTERNITY_DATA": str(self.path), **env}))

    def faults(self, text, name="boternity.toml", **env):
        (self.path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        ran = self.run("config", "check", "--json", **env)
        assert ran.returncode == EXIT["failed"], ran
        return json.loads(ran.stdout)["faults"]

    def shown(self, key, **env):
        return json.loads(self.run("config", "show", key, "--json", **env).stdout)


@pytest.fixture
def server(server_factory):
    """One of its own: its configuration is changed."""
    return server_factory()


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "data")


def test_each_value_tells_who_said_it(folder):
    assert folder.shown("log.level")["origin"] == "default"
    folder.file.write_text('[log]\nlevel = "debug"\n')
    assert (folder.shown("log.level")["value"], folder.shown("log.level")["origin"]) == (
        "debug", "file boternity.toml:2")
    shown = folder.shown("log.level", BOTERNITY_LOG_LEVEL="info")
    assert (shown["value"], shown["origin"]) == ("info", "environment BOTERNITY_LOG_LEVEL")


def test_the_command_line_stands_above_the_environment(server_factory):
    server = server_factory(env={"BOTERNITY_LOG_LEVEL": "debug"}, args=["--log-level", "info"])
    settings = {s["key"]: s for s in server.rest.get("/api/v1/config").ok()["settings"]}
    assert settings["log.level"]["origin"] == "command line --log-level"
    assert settings["log.level"]["value"] == "info"


@pytest.mark.parametrize("text, line, part", [
    ('[server]\nlisen = "127.0.0.1:1"\n', 2, "did you mean listen"),
    ('[serve]\nlisten = "127.0.0.1:1"\n', 1, "did you mean server"),
    ('[server]\ngrace_seconds = "long"\n', 2, "a whole number from 0 to 3600"),
    ("[server]\ngrace_seconds = 3601\n", 2, "a whole number from 0 to 3600"),
    ('[log]\nlevel = "loud"\n', 2, "one of: info, debug"),
    ('[server]\nlisten = "nowhere"\n', 2, "is no address"),
    ('[log]\nlevel = "debug\n', 2, "This is no TOML"),
    (b'[log]\nlevel = "\xff"\n', 2, "UTF-8"),
    ("[models]\nfolder = \"${UNSET_NAME}\"\n", 2, "UNSET_NAME, which is not set"),
    (PROVIDER + PROVIDER, 6, "that of another provider"),
])
def test_what_is_wrong_is_told_with_its_line(folder, text, line, part):
    faults = folder.faults(text)
    assert faults[0]["line"] == line, faults
    assert part in faults[0]["message"], faults
    started = folder.run("serve")
    assert started.returncode == EXIT["usage"] and f"boternity.toml:{line}" in started.stderr, started


def test_all_faults_are_told_at_once(folder):
    assert len(folder.faults('[log]\nlevel = 1\nforms = "x"\n[server]\ngrace_seconds = -1\n')) == 3


def test_the_doctor_tells_of_a_faulty_file(folder):
    folder.file.write_text("[log]\nlevel = 1\n")
    findings = json.loads(folder.run("doctor", "--json").stdout)["findings"]
    told = [finding for finding in findings if finding["check"] == "configuration"]
    assert len(told) == 1 and told[0]["severity"] == "error" and "boternity.toml:2" in told[0]["what"], findings


def test_a_circle_of_variables_is_told_with_its_way(folder):
    faults = folder.faults('[models]\nfolder = "${A_ONE}"\n', A_ONE="${A_TWO}", A_TWO="${A_ONE}")
    assert "A_ONE -> A_TWO -> A_ONE" in faults[0]["message"]


def test_a_pasted_key_is_refused_and_never_repeated(folder):
    secret = "sk-" + "7" * 40
    text = PROVIDER + f'key = "{secret}"\n'
    assert "env:NAME" in folder.faults(text)[0]["message"]
    for words in (["config", "check"], ["config", "show"], ["config", "set", "log.level", "debug"],
                  ["serve", "--listen", "127.0.0.1:0"], ["config", "set", "providers.key", secret]):
        ran = folder.run(*words)
        assert ran.returncode != 0 and secret not in ran.stdout + ran.stderr, ran
    assert folder.file.read_text() == text


def test_yaml_is_read_and_its_aliases_are_refused(folder):
    (folder.path / "boternity.yaml").write_text("log:\n  level: debug\n")
    assert folder.shown("log.level")["origin"] == "file boternity.yaml:2"
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nserver:\n  allow_hosts: [*b]\n"
    assert folder.faults(bomb, "boternity.yaml")


def test_two_files_are_an_error_that_names_both(folder):
    (folder.path / "boternity.yml").write_text("{}")
    assert "boternity.toml and boternity.yml" in folder.faults("")[0]["message"]


def test_a_file_that_cannot_be_read(folder, tmp_path):
    for file in (tmp_path / "nothing.toml", folder.path / "folder.toml", tmp_path / "name.ini"):
        if file.name == "folder.toml":
            file.mkdir()
        if file.name == "name.ini":
            file.write_text("")
        assert folder.run("config", "check", file).returncode == EXIT["failed"]
        assert folder.run("serve", "--config", file, "--listen", "127.0.0.1:0").returncode == EXIT["usage"]
    if os.geteuid() != 0:
        folder.file.write_text("")
        folder.file.chmod(0)
        assert folder.run("config", "check").returncode == EXIT["failed"]


def test_set_keeps_comments_and_writes_nothing_wrong(folder):
    folder.file.write_text('# mine\n[log]\nlevel = "info"  # quiet\n\n[server]\ngrace_seconds = 1\n')
    assert folder.run("config", "set", "log.level", "debug").returncode == 0
    after = '# mine\n[log]\nlevel = "debug"  # quiet\n\n[server]\ngrace_seconds = 1\n'
    assert folder.file.read_text() == after
    for words, part in ((["log.level", "loud"], "one of: info, debug"), (["log.levl", "info"], "did you mean log.level"),
                        (["server.grace_seconds", "99999"], "0 to 3600")):
        ran = folder.run("config", "set", *words)
        assert ran.returncode == EXIT["usage"] and part in ran.stderr, ran
        assert folder.file.read_text() == after
    assert folder.run("config", "unset", "server.grace_seconds").returncode == 0
    assert "grace_seconds" not in folder.file.read_text()


def test_edits_at_once_are_all_made(folder):
    keys = {"server.grace_seconds": 5, "limits.idle_seconds": 6, "limits.call_seconds": 7,
            "limits.waiting_replies": 8, "upstream.silence_seconds": 9, "limits.connections": 10}
    with concurrent.futures.ThreadPoolExecutor(len(keys)) as at_once:
        ran = list(at_once.map(lambda item: folder.run("config", "set", *item), keys.items()))
    assert [one.returncode for one in ran] == [0] * len(keys), ran
    assert {key: int(folder.shown(key)["value"]) for key in keys} == keys


def test_a_running_server_takes_what_it_can(server):
    told = json.loads(server.cli("config", "set", "log.level", "debug", "--json").stdout)
    assert told["effect"] == "The running server took it."
    assert "restart" in server.cli("config", "set", "limits.idle_seconds", "30").stderr
    settings = {s["key"]: s for s in server.rest.get("/api/v1/config").ok()["settings"]}
    assert settings["log.level"]["value"] == "debug" and not settings["log.level"].get("restart_needed")
    assert settings["limits.idle_seconds"]["value"] == "75" and settings["limits.idle_seconds"]["restart_needed"]
    server.restart()
    settings = {s["key"]: s for s in server.rest.get("/api/v1/config").ok()["settings"]}
    assert settings["limits.idle_seconds"]["value"] == "30"


def provider_names(server):
    return {provider["name"] for provider in server.rest.get("/api/v1/providers").ok()["providers"]}


def test_declared_providers_come_change_and_go_all_or_nothing(server):
    file = server.data / "boternity.toml"
    reload = lambda: server.rest.post("/api/v1/config:reload", {})  # noqa: E731
    file.write_text(PROVIDER)
    reload().ok()
    assert provider_names(server) == {"local", "work"}
    refused = server.rest.delete("/api/v1/providers/work").problem(409, "wrong_state")
    assert "boternity.toml:1" in refused["detail"]

    file.write_text(PROVIDER.replace("work", "other") + "x = [\n")
    assert "boternity.toml:5" in reload().problem(409, "wrong_state")["detail"]
    assert provider_names(server) == {"local", "work"}

    file.write_text(PROVIDER.replace("work", "other"))
    reload().ok()
    assert provider_names(server) == {"local", "other"}
    file.unlink()
    reload().ok()
    assert provider_names(server) == {"local"}


def test_a_declared_name_that_is_taken_changes_nothing(server):
    server.rest.post("/api/v1/providers", {"name": "work", "kind": "openai", "base_url": "http://127.0.0.1:9/v1",
                                           "models": ["m"]}).ok()
    (server.data / "boternity.toml").write_text(PROVIDER + '[log]\nlevel = "debug"\n')
    server.rest.post("/api/v1/config:reload", {}).problem(409, "wrong_state")
    settings = {s["key"]: s for s in server.rest.get("/api/v1/config").ok()["settings"]}
    assert settings["log.level"]["value"] == "info"


def test_a_reload_keeps_the_provider_of_the_default_model(server_factory, tmp_path):
    named = tmp_path / "named.toml"
    named.write_text(PROVIDER)
    server = server_factory(env={"BOTERNITY_CONFIG": str(named), "BOTERNITY_DEFAULT_MODEL": "work/m"})
    named.write_text("")
    assert "models.default" in server.rest.post("/api/v1/config:reload", {}).problem(409, "wrong_state")["detail"]
    assert provider_names(server) == {"local", "work"}


def test_set_edits_the_file_that_the_server_reads(server_factory, tmp_path):
    named = tmp_path / "named.toml"
    named.write_text("# mine\n")
    server = server_factory(args=["--config", named])
    ran = server.cli("config", "set", "log.level", "debug")
    assert ran.returncode == 0 and "took it" in ran.stderr, ran
    assert 'level = "debug"' in named.read_text() and not (server.data / "boternity.toml").exists()


def test_the_configuration_is_in_backups(server):
    (server.data / "boternity.toml").write_text("# mine\n")
    server.rest.post("/api/v1/config:reload", {}).ok()
    made = server.rest.post("/api/v1/backups", {}).ok()
    check = server.cli("backup", "verify", made["name"], "--json")
    assert json.loads(check.stdout)["has_configuration"] is True, check


def test_a_named_file_says_where_the_data_is(folder, tmp_path):
    named = tmp_path / "named.toml"
    named.write_text(f'[server]\ndata_folder = "{tmp_path}/elsewhere"\n')
    env = {"BOTERNITY_DATA": ""}
    assert f"{tmp_path}/elsewhere" in folder.run("--config", named, "config", "show", "server.data_folder", **env).stdout
    assert f"{tmp_path}/elsewhere" in folder.run("--config", named, "chat", "ada", "hi", **env).stderr


def test_an_unknown_default_model_is_told_with_its_origin(folder):
    ran = folder.run("serve", "--listen", "127.0.0.1:0", BOTERNITY_DEFAULT_MODEL="nobody/m")
    assert ran.returncode == EXIT["usage"] and "environment BOTERNITY_DEFAULT_MODEL" in ran.stderr, ran


def test_the_example_is_right(folder):
    shutil.copy(REPOSITORY / "examples" / "boternity.toml", folder.file)
    ran = folder.run("config", "check")
    assert ran.returncode == 0, ran


def test_the_page_has_the_tables_of_the_schema():
    made = subprocess.run([sys.executable, REPOSITORY / "tools" / "config_table"], capture_output=True, text=True,
                          check=True).stdout
    assert made == (REPOSITORY / "docs" / "configuration.md").read_text(), "run tools/config_table --write"


def test_the_page_of_the_configuration_runs_from_top_to_bottom(server, tmp_path):
    (tmp_path / "boternity").symlink_to(server.binary)
    blocks = (REPOSITORY / "docs" / "configuration.md").read_text().split("```sh\n")[1:]
    script = "set -euo pipefail\n" + "".join(block.split("```")[0] for block in blocks)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60,
                         env={"PATH": f"{tmp_path}:/usr/bin:/bin", "BOTERNITY_DATA": str(server.data)})
    assert ran.returncode == 0 and "file boternity.toml:" in ran.stdout, ran
