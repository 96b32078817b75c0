"""The command line, as people and scripts use it, against a real server."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

from support.command import EXIT
from support.instance import clean_environment

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


# --- each noun ---------------------------------------------------------------------------------------------------


def test_a_bot_from_its_making_to_its_deletion(cli, ask, rest, fresh, tmp_path):
    name = fresh("Lovelace")
    soul = tmp_path / "SOUL.md"
    soul.write_text("You are terse.\n")
    made = ask("bot", "create", name, "--soul", soul, "--description", "sums", "--temperature", "0.5",
               "--max-output-tokens", "64")
    slug = made["slug"]
    assert made == rest.get(f"/api/v1/bots/{slug}").ok()
    assert made["settings"] == {"temperature": 0.5, "max_output_tokens": 64, "tools": []}
    assert ask("bot", "show", slug) == made
    assert slug in [bot["slug"] for bot in ask("bot", "list")["bots"]]
    assert re.search(rf"^{slug} +{name} +created ", cli("bot", "list").stdout, re.MULTILINE)

    changed = ask("bot", "update", slug, "--temperature", "default", "--description", "")
    assert changed["settings"] == {"max_output_tokens": 64, "tools": []} and changed["description"] == ""
    stale = ask("bot", "update", slug, "--name", "Other", "--etag", made["etag"], code=EXIT["conflict"])
    assert stale["code"] == "stale_etag"

    for verb, state in [("start", "running"), ("pause", "paused"), ("start", "running"), ("stop", "stopped"),
                        ("archive", "archived")]:
        assert ask("bot", verb, slug)["state"] == state
    assert ask("bot", "start", slug, code=EXIT["conflict"])["code"] == "wrong_state"

    refused = cli("bot", "delete", slug, code=EXIT["usage"])
    assert "--yes" in refused.stderr
    assert cli("bot", "delete", slug, "--yes").stdout == f"Deleted {slug}\n"
    assert ask("bot", "show", slug, code=EXIT["not_found"])["code"] == "not_found"


def test_souls(cli, ask, fresh, tmp_path):
    slug = ask("bot", "create", fresh("soul"), "--soul", "-", text="one\ntwo\n")["slug"]
    assert cli("soul", "show", slug).stdout == "one\ntwo\n"
    second = tmp_path / "second.md"
    second.write_text("one\n2 → ü\n")
    assert ask("soul", "set", slug, second, "--note", "digits")["version"] == 2
    assert cli("soul", "show", slug).stdout == second.read_text()
    assert cli("soul", "show", slug, "1").stdout == "one\ntwo\n"
    diff = cli("soul", "diff", slug, "1").stdout
    assert "-two\n" in diff and "+2 → ü\n" in diff
    assert diff == ask("soul", "diff", slug, "1", "2")["diff"]
    back = ask("soul", "rollback", slug, "1", "--note", "words")
    assert (back["version"], back["restores"]) == (3, 1)
    assert [soul["version"] for soul in ask("soul", "list", slug)["souls"]] == [3, 2, 1]
    assert "digits" in cli("soul", "list", slug).stdout
    assert ask("soul", "show", slug, "9", code=EXIT["not_found"])["code"] == "not_found"


def test_editing_a_soul_with_an_editor(terminal, cli, ask, fresh, tmp_path):
    slug = ask("bot", "create", fresh("edit"), "--soul", "-", text="before\n")["slug"]
    editor = tmp_path / "an editor"
    editor.write_text("#!/bin/sh\nsed -i s/before/after/ \"$2\"\n[ \"$1\" = --wait ]\n")
    editor.chmod(0o755)
    with terminal("soul", "edit", slug, EDITOR=f"'{editor}' --wait", VISUAL=None, TMPDIR=str(tmp_path)) as screen:
        screen.see("The soul is now version")
        assert screen.ends() == 0
    assert cli("soul", "show", slug).stdout == "after\n"
    assert not list(tmp_path.glob("boternity-*")), "the draft stays behind"
    with terminal("soul", "edit", slug, EDITOR="true", VISUAL=None, TMPDIR=str(tmp_path)) as screen:
        screen.see("not changed")
        assert screen.ends() == 0
    with terminal("soul", "edit", slug, EDITOR="false", VISUAL=None, TMPDIR=str(tmp_path)) as screen:
        screen.see("your text is in")
        assert screen.ends() == EXIT["failed"]


def test_ctrl_c_in_the_editor_is_the_editors(terminal, cli, ask, fresh, tmp_path):
    slug = ask("bot", "create", fresh("edit"), "--soul", "-", text="before\n")["slug"]
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\n"
                      "trap 'echo interrupted' INT\n"
                      "trap 'echo quitted' QUIT\n"
                      "grep SigIgn /proc/self/status\n"
                      "echo editing\n"
                      "until read line; do :; done\n"
                      "sed -i s/before/after/ \"$1\"\n")
    editor.chmod(0o755)
    with terminal("soul", "edit", slug, EDITOR=str(editor), VISUAL=None, TMPDIR=str(tmp_path)) as screen:
        ignored = int(re.search(r"SigIgn:\s+([0-9a-f]+)", screen.see("editing"))[1], 16)
        for key, word in [("c", "interrupted"), ("\\", "quitted"), ("c", "interrupted")]:
            screen.ctrl(key)
            screen.see(word)
        screen.line("")
        screen.see("The soul is now version")
        assert screen.ends() == 0
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
        assert not ignored & 1 << number - 1, f"the editor ignores {number!r}"
    assert cli("soul", "show", slug).stdout == "after\n"


def test_sessions_and_their_messages(cli, ask, bot):
    session = cli("session", "create", bot["slug"], "--title", "Plans").stdout.strip()
    cli("chat", bot["slug"], "hello", "there", "--session", session)
    shown = ask("session", "show", session)
    assert shown["title"] == "Plans"
    assert [m["text"] for m in shown["messages"]] == ["hello there", "You said: hello there"]
    assert "You said: hello there\n" in cli("session", "show", session).stdout
    assert ask("session", "list", bot["slug"])["sessions"][0]["id"] == session


def test_runs(cli, ask, bot, session):
    cli("chat", bot["slug"], "hello", "--session", session)
    runs = ask("run", "list", "--session", session)["runs"]
    assert [run["state"] for run in runs] == ["completed"]
    run = runs[0]["id"]
    assert ask("run", "show", run) == runs[0]
    assert cli("run", "tail", run).stdout == "You said: hello\n"
    events = [json.loads(line) for line in cli("run", "tail", run, "--json", "--after", "1").stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(2, len(events) + 2))
    assert "completed" in events[-1]
    assert ask("run", "cancel", run, code=EXIT["conflict"])["code"] == "wrong_state"
    assert ask("run", "list", "--session", session, "--state", "failed") == {"runs": []}


def test_providers_and_models(cli, ask, fresh, fake_upstream):
    name = fresh("cliprov")
    made = ask("provider", "add", name, "--kind", "openai", "--base-url", fake_upstream.base_url, "--model", "m",
               "--model", "n")
    assert made["models"] == ["m", "n"]
    assert name in cli("provider", "list").stdout
    assert f"{name}/n" in [model["name"] for model in ask("model", "list")["models"]]
    again = ask("provider", "add", name, "--base-url", fake_upstream.base_url, "--model", "m", code=EXIT["conflict"])
    assert again["code"] == "already_exists"
    cli("provider", "remove", name, "--yes")
    ask("provider", "remove", name, "--yes", code=EXIT["not_found"])


def test_the_system(cli, ask, server):
    system = ask("system")
    assert system["pid"] == server.pid and system["address"] == server.address
    assert f"Address         {server.address}\n" in cli("system").stdout
    assert cli("version").stdout == f"boternity {system['version']}\n"


# --- on a terminal -----------------------------------------------------------------------------------------------


def test_deleting_asks_on_a_terminal(terminal, ask, fresh):
    slug = ask("bot", "create", fresh("asked"))["slug"]
    with terminal("bot", "delete", slug) as screen:
        screen.see("[y/N]")
        screen.line("")
        assert screen.ends() == EXIT["failed"]
    assert ask("bot", "show", slug)["slug"] == slug
    with terminal("bot", "delete", slug) as screen:
        screen.see("[y/N]")
        screen.line("y")
        assert screen.ends() == 0
    ask("bot", "show", slug, code=EXIT["not_found"])


def test_colours_only_where_they_are_wanted(terminal, cli, bot):
    with terminal("bot", "list") as screen:
        assert screen.ends() == 0
        assert b"\x1b[2mBOT" in screen.screen
    for words, env in [(["--no-color"], {}), ([], {"NO_COLOR": "1"})]:
        with terminal("bot", "list", *words, **env) as screen:
            assert screen.ends() == 0
            assert b"\x1b" not in screen.screen
    assert "\x1b" not in cli("bot", "list").stdout


# --- its output ---------------------------------------------------------------------------------------------------


def test_a_closed_pipe_is_no_error(binary):
    """As with `boternity completion bash | true`: nobody reads, so it ends as other programs do, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as nobody:
        ended = subprocess.run([binary, "completion", "bash"], env=clean_environment(), stdout=nobody,
                               stderr=subprocess.PIPE, timeout=30)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_full_disk_is_an_error(server):
    env = clean_environment({"BOTERNITY_DATA": str(server.data)})
    with open("/dev/full", "w") as full:
        ended = subprocess.run([server.binary, "version"], env=env, stdout=full, stderr=subprocess.PIPE, timeout=30)
    assert ended.returncode == EXIT["failed"] and b"cannot be written" in ended.stderr


# --- the program itself ------------------------------------------------------------------------------------------


def commands(binary):
    """Every command's words and options, as completion knows them."""
    script = subprocess.run([binary, "completion", "bash"], capture_output=True, text=True, check=True).stdout
    return {path: words.split() for path, words in re.findall(r"^    '([a-z ]*)'\) words='([^']*)' ;;$", script,
                                                              re.MULTILINE)}


def test_the_manual_names_every_command_and_option(binary):
    manual = (REPOSITORY / "docs" / "cli.md").read_text()
    found = commands(binary)
    assert len(found) > 30
    leaves = [path for path in found if path and not any(other.startswith(path + " ") for other in found)]
    sections = re.split(r"^### ", manual, flags=re.MULTILINE)
    documented = {section.split("`")[1].removeprefix("boternity "): section for section in sections[1:]}
    assert sorted(documented) == sorted(leaves)
    everywhere = [word for word in found[""] if word.startswith("-")]
    for option in everywhere:
        assert f"`{option}" in sections[0], option
    for path in leaves:
        for option in found[path]:
            if option.startswith("--") and option not in everywhere:
                assert option in documented[path], f"{path} {option}"


def test_the_manual_names_every_variable_of_the_environment():
    manual = (REPOSITORY / "docs" / "cli.md").read_text()
    found = {name for path in (REPOSITORY / "server").rglob("*.cpp") if "tests" not in path.parts
             for name in re.findall(r'"(BOTERNITY_[A-Z_]+)"', path.read_text())}
    assert len(found) > 4
    assert [name for name in sorted(found) if f"| `{name}` |" not in manual] == []


def test_every_example_of_the_manual_is_in_the_help(binary):
    manual = (REPOSITORY / "docs" / "cli.md").read_text()
    for path in commands(binary):
        helped = subprocess.run([binary, "help", *path.split()], capture_output=True, text=True, check=True).stdout
        for example in re.findall(r"^  (.*boternity .*)$", helped.partition("Example")[2], re.MULTILINE):
            assert example in manual, f"{path}: {example}"


def test_it_starts_fast(binary):
    times = []
    for _ in range(15):
        began = time.monotonic()
        subprocess.run([binary, "version"], capture_output=True, check=True)
        times.append(time.monotonic() - began)
    # The best of many: what else runs on the machine is not measured. A sanitizer or a debugger would be slower.
    assert min(times) < 0.1, times
