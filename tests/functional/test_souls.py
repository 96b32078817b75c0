"""Souls: immutable versions with hash, author and note; diffs that `patch` applies; rollback as a new version."""

import hashlib
import random
import subprocess

import pytest


def souls(rest, bot):
    return f"/api/v1/bots/{bot['id']}/souls"


def sha256(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_a_version_keeps_text_hash_author_and_note(rest, bot):
    text = "You are wise.\nÜber alles 🎉\n"
    soul = rest.post(souls(rest, bot), {"text": text, "note": "why", "author": "eve"}).ok()
    assert soul["version"] == 2 and soul["bot"] == bot["id"]
    assert (soul["text"], soul["note"], soul["author"]) == (text, "why", "eve")
    assert soul["hash"] == sha256(text)
    assert soul["size_bytes"] == len(text.encode())
    assert soul["restores"] == 0
    assert rest.get(souls(rest, bot) + "/2").ok() == soul
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["soul_version"] == 2


def test_the_author_is_the_owner_when_none_is_named(rest, bot):
    assert rest.post(souls(rest, bot), {"text": "x"}).ok()["author"] == "owner"
    assert rest.get(souls(rest, bot) + "/1").ok()["author"] == "owner"


def test_versions_are_listed_newest_first_without_their_text(rest, bot):
    for i in range(5):
        rest.post(souls(rest, bot), {"text": f"soul {i}", "note": f"n{i}"}).ok()
    listed = rest.all(souls(rest, bot), "souls")
    assert [s["version"] for s in listed] == [6, 5, 4, 3, 2, 1]
    assert all(s["text"] == "" and s["hash"].startswith("sha256:") and s["size_bytes"] > 0 for s in listed)
    assert [s["note"] for s in listed[:5]] == ["n4", "n3", "n2", "n1", "n0"]
    for size in (1, 2, 4):
        pages = rest.pages(souls(rest, bot), "souls", size)
        assert [s["version"] for page in pages for s in page] == [6, 5, 4, 3, 2, 1]


def test_the_same_text_makes_no_version(rest, bot):
    first = rest.post(souls(rest, bot), {"text": "same", "note": "first"}).ok()
    assert rest.post(souls(rest, bot), {"text": "same", "note": "again"}).ok() == first
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["soul_version"] == 2


def test_a_version_never_changes(rest, bot):
    before = rest.get(souls(rest, bot) + "/1").ok()
    rest.post(souls(rest, bot), {"text": "other"}).ok()
    rest.post(souls(rest, bot) + "/1:rollback").ok()
    assert rest.get(souls(rest, bot) + "/1").ok() == before


def test_expected_version_guards_against_a_lost_change(rest, bot):
    rest.post(souls(rest, bot), {"text": "two", "expected_version": 1}).ok()
    problem = rest.post(souls(rest, bot), {"text": "three", "expected_version": 1}).problem(412, "stale_etag")
    assert "version 2" in problem["detail"]
    rest.post(souls(rest, bot), {"text": "three", "expected_version": 2}).ok()


def test_rollback_makes_a_new_version_with_the_old_text(rest, bot):
    old = rest.get(souls(rest, bot) + "/1").ok()
    rest.post(souls(rest, bot), {"text": "two"}).ok()
    back = rest.post(souls(rest, bot) + "/1:rollback", {"note": "it was better", "author": "eve"}).ok()
    assert back["version"] == 3 and back["restores"] == 1
    assert (back["text"], back["hash"]) == (old["text"], old["hash"])
    assert (back["note"], back["author"]) == ("it was better", "eve")
    said = rest.post(souls(rest, bot) + "/2:rollback").ok()
    assert said["version"] == 4 and "2" in said["note"]


def test_a_turn_uses_the_newest_soul(rest, bot, session, fake_upstream):
    rest.post(souls(rest, bot), {"text": "You are the second."}).ok()
    rest.say(session, "hello").ok()
    assert fake_upstream.last()["messages"][0] == {"role": "system", "content": "You are the second."}
    rest.post(souls(rest, bot) + "/1:rollback").ok()
    rest.say(session, "again").ok()
    assert fake_upstream.last()["messages"][0]["content"] == rest.get(souls(rest, bot) + "/1").ok()["text"]


def test_the_diff_is_the_one_of_diff_u(rest, bot):
    rest.post(souls(rest, bot), {"text": "a\nb\nc\n"}).ok()
    rest.post(souls(rest, bot), {"text": "a\nB\nc\nd\n"}).ok()
    diff = rest.get(souls(rest, bot) + ":diff", query={"from": 2, "to": 3}).ok()
    assert (diff["from"], diff["to"], diff["added_lines"], diff["removed_lines"]) == (2, 3, 2, 1)
    assert diff["diff"].splitlines()[2:] == ["@@ -1,3 +1,4 @@", " a", "-b", "+B", " c", "+d"]
    assert rest.get(souls(rest, bot) + ":diff", query={"from": 2}).ok() == diff
    same = rest.get(souls(rest, bot) + ":diff", query={"from": 3, "to": 3}).ok()
    assert (same["diff"], same["added_lines"], same["removed_lines"]) == ("", 0, 0)


def texts():
    """Pairs of texts that differ in many ways; the same ones every time."""
    random_ = random.Random(7)
    pairs = [("a\n", "b\n"), ("a", "a\n"), ("a\n", "a"), ("a", "b"), ("\n", "a\n"), ("a\nb\nc\n", "c\n"),
             ("x\n", "1\n2\n3\n4\nx\n"), ("-a\n+b\n", "--- x\n+++ y\n@@ -1 +1 @@\n"), ("a\r\nb\r\n", "a\r\nB\r\n"),
             ("\\ No newline\n", "x")]
    for _ in range(10):
        lines = [random_.choice("abcdefgh") for _ in range(random_.randrange(1, 60))]
        other = [line for line in lines if random_.random() > 0.2]
        for _ in range(random_.randrange(1, 8)):
            other.insert(random_.randrange(len(other) + 1), random_.choice("xyz"))
        pairs.append(("\n".join(lines) + "\n", "\n".join(other) + random_.choice(["\n", ""])))
    return pairs


@pytest.mark.parametrize("before, after", texts())
def test_patch_applies_the_diff(rest, fresh, tmp_path, before, after):
    bot = rest.make_bot(fresh("diff"), soul=before)
    rest.post(souls(rest, bot), {"text": after}).ok()
    diff = rest.get(souls(rest, bot) + ":diff", query={"from": 1, "to": 2}).ok()
    for there, back, options in ((before, after, []), (after, before, ["--reverse"])):
        file = tmp_path / "SOUL.md"
        file.write_bytes(there.encode())
        done = subprocess.run(["patch", "--binary", "--posix", *options, str(file)], input=diff["diff"].encode(),
                              capture_output=True)
        assert done.returncode == 0, done.stdout + diff["diff"].encode()
        assert file.read_bytes() == back.encode(), diff["diff"]


@pytest.mark.parametrize("body, status, field", [
    ({}, 400, "text"), ({"text": ""}, 400, "text"), ({"text": "a\u0007"}, 400, "text"),
    ({"text": "s" * (256 * 1024 + 1)}, 413, "text"), ({"text": "x", "note": "n" * 501}, 400, "note"),
    ({"text": "x", "note": "a\nb"}, 400, "note"), ({"text": "x", "author": "a" * 101}, 400, "author"),
])
def test_a_wrong_soul_is_refused_by_name(rest, bot, body, status, field):
    rest.post(souls(rest, bot), body).problem(status, None, field)
    assert rest.get(f"/api/v1/bots/{bot['id']}").ok()["soul_version"] == 1


@pytest.mark.parametrize("version, status", [
    ("2", 404), ("0", 404), ("-1", 404), ("99999999", 404), ("one", 400), ("1.5", 400), ("99999999999", 400),
])
def test_a_version_that_is_not_there(rest, bot, version, status):
    rest.get(f"{souls(rest, bot)}/{version}").problem(status)
    rest.post(f"{souls(rest, bot)}/{version}:rollback").problem(status)


@pytest.mark.parametrize("query, status", [
    ({}, 400), ({"from": 0}, 400), ({"from": -1}, 400), ({"from": 1, "to": -1}, 400), ({"from": "a"}, 400),
    ({"from": 9}, 404), ({"from": 1, "to": 9}, 404),
])
def test_a_wrong_diff_is_refused(rest, bot, query, status):
    rest.get(souls(rest, bot) + ":diff", query=query).problem(status)
