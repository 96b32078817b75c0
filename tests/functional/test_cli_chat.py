"""Talking with a bot from a shell and from a terminal."""

import json
import signal
import subprocess

from support.command import EXIT
from support.fake_upstream import Cut, Text, Wait
from support.instance import clean_environment


# --- chat without a terminal -------------------------------------------------------------------------------------


def test_chat_goes_on_with_the_last_session_unless_told_otherwise(cli, ask, bot):
    assert cli("chat", bot["slug"], "one").stdout == "You said: one\n"
    assert cli("chat", bot["slug"], text="two\n").stdout == "You said: two\n"
    assert len(ask("session", "list", bot["slug"])["sessions"]) == 1
    cli("chat", bot["slug"], "three", "--new")
    assert len(ask("session", "list", bot["slug"])["sessions"]) == 2


def test_chat_for_programs_is_one_event_a_line(cli, bot, session, rest):
    lines = cli("chat", bot["slug"], "one", "--session", session, "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["completed"]["message"] == rest.messages(session)[1]


def test_a_failing_model_is_exit_code_7(cli, bot, session, fake_upstream):
    fake_upstream.when("die", Text("Hel"), Cut())
    ended = cli("chat", bot["slug"], "die", "--session", session, code=EXIT["model"])
    assert ended.stdout == "Hel\n"
    assert ended.stderr.startswith("error: ")


def test_what_a_model_says_cannot_act_on_a_terminal(cli, bot, session, fake_upstream):
    fake_upstream.when("evil", Text("a\x1b]0;pw"), Text("n\x07\u009b2J\n\tend"))
    ended = cli("chat", bot["slug"], "evil", "--session", session)
    assert ended.stdout == "a\\x1b]0;pwn\\x07\\u{009b}2J\n\tend\n"
    shown = cli("session", "show", session).stdout + cli("session", "show", session, "--json").stdout
    assert "\x1b" not in shown and "\u009b" not in shown


def test_a_server_that_is_killed_during_an_answer_is_waited_for(server_factory, fake_upstream, gate):
    fake_upstream.when("long", Text("first "), Wait(gate), Text("second"))
    server = server_factory()
    rest = server.rest
    rest.post("/api/v1/providers", fake_upstream.provider("fake")).ok()
    bot = rest.make_bot("ada", model=f"fake/{fake_upstream.models[0]}")
    chat = subprocess.Popen([server.binary, "chat", bot["slug"], "long"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                            env=clean_environment({"BOTERNITY_DATA": str(server.data)}))
    assert chat.stdout.read(6) == b"first "
    server.kill()
    gate.set()
    server.start()
    out, err = chat.communicate(timeout=60)
    assert chat.returncode == 0, err
    assert out.decode().endswith("first second\n")
    assert b"connecting again" in err


def test_ctrl_c_of_one_turn_cancels_its_run(server, bot, session, fake_upstream, gate, rest):
    fake_upstream.when("long", Text("first "), Wait(gate))
    chat = subprocess.Popen([server.binary, "chat", bot["slug"], "long", "--session", session],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                            env=clean_environment({"BOTERNITY_DATA": str(server.data)}))
    assert chat.stdout.read(6) == b"first "
    chat.send_signal(signal.SIGINT)
    out, err = chat.communicate(timeout=30)
    assert chat.returncode == EXIT["interrupted"], err
    assert out == b"\n"
    messages = rest.messages(session)
    assert (messages[1]["text"], messages[1]["state"]) == ("first ", "partial")


# --- chat on a terminal ------------------------------------------------------------------------------------------


def test_a_conversation(terminal, bot, ask):
    with terminal("chat", bot["slug"]) as screen:
        screen.prompt()
        screen.line("hello")
        screen.see("You said: hello")
        screen.prompt()
        screen.line("/nonsense")
        screen.see("Nothing was sent")
        screen.prompt()
        screen.line("two\\")
        screen.prompt("...> ")
        screen.line("lines")
        screen.see("You said: two")
        screen.prompt()
        screen.type("\x1b[A")  # arrow up
        screen.see("lines")
        screen.ctrl("c")
        screen.prompt()
        screen.line("/history")
        screen.see("You said: hello")
        screen.prompt()
        screen.line("/new")
        screen.see("a new session")
        screen.prompt()
        screen.line("/help")
        screen.see("/quit")
        screen.prompt()
        screen.line("/quit")
        assert screen.ends() == 0
    assert len(ask("session", "list", bot["slug"])["sessions"]) == 2


def test_ctrl_c_stops_the_answer_and_not_the_program(terminal, bot, fake_upstream, gate, rest, ask):
    fake_upstream.when("long", Text("first "), Wait(gate))
    with terminal("chat", bot["slug"]) as screen:
        screen.prompt()
        screen.line("long")
        screen.see("first ")
        screen.ctrl("c")
        screen.see("cancelling")
        screen.prompt()
        screen.type("half a line")
        screen.see("half a line")
        screen.ctrl("c")  # clears it
        screen.prompt()
        screen.line("again")
        screen.see("You said: again")
        screen.prompt()
        screen.ctrl("c")
        assert screen.ends() == EXIT["interrupted"]
    session = ask("session", "list", bot["slug"])["sessions"][0]["id"]
    assert [(m["text"], m["state"]) for m in rest.messages(session)] == [
        ("long", "complete"), ("first ", "partial"), ("again", "complete"), ("You said: again", "complete")]


def test_ctrl_d_leaves(terminal, bot):
    with terminal("chat", bot["slug"]) as screen:
        screen.prompt()
        screen.ctrl("d")
        assert screen.ends() == 0
