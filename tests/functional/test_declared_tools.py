"""Tools that the configuration declares: what is taken, and what is refused."""

import json
import pathlib
import re
import subprocess

import pytest

from support.command import EXIT
from support.instance import clean_environment, find_binary

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOOL = '[[tools]]\nname = "tickets.open"\ndescription = "Opens a ticket."\nurl = "http://127.0.0.1:9/hook"\n'


def check(tmp_path, text):
    file = tmp_path / "boternity.toml"
    file.write_text(text)
    return subprocess.run([str(find_binary()), "config", "check", str(file), "--json"], capture_output=True, text=True,
                          timeout=30, env=clean_environment({"BOTERNITY_DATA": str(tmp_path / "data")}))


def test_the_example_of_the_page_is_right(tmp_path):
    blocks = re.findall(r"^```toml\n(.*?)^```", (REPOSITORY / "docs" / "tools.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    ran = check(tmp_path, blocks[0])
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(("text", "place", "why"), [
    (TOOL.replace("tickets.open", "now"), "tools[0].name", "built in"),
    (TOOL.replace("tickets.open", "http.get"), "tools[0].name", "built in"),
    (TOOL.replace("tickets.open", "Tickets"), "tools[0].name", "lower-case letters"),
    (TOOL + TOOL.replace("tickets.open", "tickets_open"), "tools[1].name", "another tool"),
    (TOOL.replace("http://127", "http://me:secret@127"), "tools[0].url", "no user name"),
    (TOOL.replace("http:", "ftp:"), "tools[0].url", "http://"),
    (TOOL + "timeout_seconds = 0\n", "tools[0].timeout_seconds", "1 to 600"),
    (TOOL + "parameters = '{\"type\": \"text\"}'\n", "tools[0].parameters", "type must be"),
    (TOOL + "parameters = '{\"$ref\": \"http://example.org/\"}'\n", "tools[0].parameters", "another document"),
    (TOOL + "parameters = '{'\n", "tools[0].parameters", "JSON Schema"),
    (TOOL + '[tools.parameters]\ntype = "text"\n', "tools[0].parameters", "type must be"),
    (TOOL + '[tools.headers]\nAuthorization = "Bearer sk-secret"\n', "tools[0].headers.Authorization", "env:NAME"),
    (TOOL + '[tools.headers]\nHost = "x"\n', "tools[0].headers", "must not set Host"),
    (TOOL + '[tools.headers]\n"X Y" = "x"\n', "tools[0].headers", "a name that is none"),
    (TOOL + 'colour = "red"\n', "tools[0].colour", "no \"colour\""),
])
def test_what_is_wrong_is_told_with_its_place(tmp_path, text, place, why):
    ran = check(tmp_path, text)
    assert ran.returncode == EXIT["failed"], ran
    fault, = json.loads(ran.stdout)["faults"]
    assert fault["key"] == place
    assert why in fault["message"]
    assert "secret" not in ran.stdout.replace("a secret by its name", "")


def test_a_server_starts_with_declared_tools(server_factory, tmp_path):
    file = tmp_path / "tools.toml"
    file.write_text(TOOL)
    server = server_factory(env={"BOTERNITY_CONFIG": str(file)})
    assert server.rest.get("/api/v1/system").ok()
