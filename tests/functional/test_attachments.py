"""Files that people give to bots: kept by their bytes, given to models that read them, never run by anything."""

import base64
import hashlib
import struct
import zlib

import pytest

from support.command import EXIT
from support.sse import say_streaming, text_of

BYTES = {"Content-Type": "application/octet-stream"}
MIB = 1024 * 1024


def png(colour=b"\xff\0\0"):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" + colour)) + chunk(b"IEND", b""))


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'


def given(rest, bytes_, name="", headers=None, **query):
    return rest.call("POST", "/api/v1/attachments", bytes_, headers={**BYTES, **(headers or {})},
                     query={"name": name, **query})


def downloaded(rest, attachment):
    return rest.get(f"/api/v1/attachments/{attachment['id']}:download")


def say_with(rest, session, text, *attachments, **headers):
    return rest.post(f"/api/v1/sessions/{session}/messages",
                     {"text": text, "attachments": [a["id"] for a in attachments]}, headers=headers)


@pytest.fixture
def seeing(rest, provider, fresh, fake_upstream):
    """A session of a bot whose model sees images."""
    name = fresh("eyes").lower()
    fake_upstream.models = ["m", "gpt-4o"]
    rest.post("/api/v1/providers", fake_upstream.provider(name)).ok()
    bot = rest.make_bot(fresh("Seer"), model=f"{name}/gpt-4o")
    return rest.make_session(bot["id"])["id"]


@pytest.fixture
def blind(rest, provider, fresh):
    return rest.make_session(rest.make_bot(fresh("Reader"), model=f"{provider}/m")["id"])["id"]


def test_a_file_is_kept_and_given_back(rest):
    bytes_ = png()
    one = given(rest, bytes_, "photo.png").ok()
    assert (one["kind"], one["media_type"], one["name"], one["size_bytes"]) == ("image", "image/png", "photo.png", len(bytes_))
    assert one["hash"] == "sha256:" + hashlib.sha256(bytes_).hexdigest()
    assert rest.get(f"/api/v1/attachments/{one['id']}").ok() == one
    answer = downloaded(rest, one)
    assert answer.status == 200 and answer.body == bytes_


def test_the_largest_file_comes_back_whole(rest):
    bytes_ = png() + bytes(range(256)) * 65_000
    bytes_ = bytes_[:16 * MIB]
    assert downloaded(rest, given(rest, bytes_).ok()).body == bytes_


@pytest.mark.parametrize("bytes_, kind, media_type", [
    (png(), "image", "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image", "image/jpeg"),
    (b"GIF89a\1\0\1\0\0\0\0\x3b", "image", "image/gif"),
    (b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0", "image", "image/webp"),
    (PDF, "document", "application/pdf"),
    ("Grüße".encode(), "text", "text/plain"),
    (SVG, "text", "text/plain"),
    (b"<!doctype html><script>alert(1)</script>", "text", "text/plain"),
])
@pytest.mark.parametrize("claimed", ["application/octet-stream", "image/png", "text/html"])
def test_what_it_is_is_told_by_its_bytes(rest, bytes_, kind, media_type, claimed):
    one = given(rest, bytes_, "evil.html", headers={"Content-Type": claimed}).ok()
    assert (one["kind"], one["media_type"]) == (kind, media_type)
    answer = downloaded(rest, one)
    assert answer.header("Content-Type") == media_type + ("; charset=utf-8" if kind == "text" else "")
    assert answer.header("Content-Disposition").startswith("attachment; ")
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Content-Security-Policy") == "default-src 'none'; sandbox"


def test_a_file_of_two_kinds_is_served_as_the_one_it_begins_as(rest):
    answer = downloaded(rest, given(rest, png() + b"<script>alert(1)</script>", "a.html").ok())
    assert answer.header("Content-Type") == "image/png" and answer.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("name, kept", [
    ("../../etc/passwd", "passwd"), ("C:\\Windows\\system.ini", "system.ini"), ("/", "file.png"), ("..", "file.png"),
    ("", "file.png"), ("\u4e16\u754c.png", "\u4e16\u754c.png"),
])
def test_a_path_in_a_name_leads_nowhere(rest, name, kept):
    one = given(rest, png(), name).ok()
    assert one["name"] == kept
    answer = downloaded(rest, one)
    assert answer.status == 200
    assert "/" not in answer.header("Content-Disposition") and "\\" not in answer.header("Content-Disposition")


def test_a_name_that_would_forge_a_header_is_refused(rest):
    given(rest, png(), "a\r\nSet-Cookie: x=1.png").problem(400, "invalid_argument", field="name")


@pytest.mark.parametrize("bytes_", [b"", b"\x7fELF\2\1\1\0\0", b"PK\3\4\x14\0\0", b"caf\xe9", b"\xff\xfeh\0i\0"])
def test_what_no_model_reads_is_refused(rest, bytes_):
    given(rest, bytes_).problem(400, "invalid_argument", field="file")


def test_sizes_are_bounded(rest):
    given(rest, b"x" * (MIB + 1)).problem(413, "too_large", field="file")
    given(rest, png() + bytes(16 * MIB)).problem(413, "too_large", field="file")
    given(rest, png(), "n" * 300).ok()


def test_one_key_gives_one_attachment(rest, fresh):
    key = {"Idempotency-Key": fresh("file")}
    one = given(rest, png(), "a.png", headers=key).ok()
    assert given(rest, png(), "a.png", headers=key).ok() == one
    given(rest, png(b"\0\0\xff"), "a.png", headers=key).problem(422, "idempotency_reuse")


def test_an_image_reaches_the_model_before_the_words(rest, seeing, fake_upstream):
    one = given(rest, png(), "dot.png").ok()
    say_with(rest, seeing, "What is this?", one).ok()
    parts = fake_upstream.requests[-1]["messages"][-1]["content"]
    assert parts[0]["image_url"]["url"] == "data:image/png;base64," + base64.b64encode(png()).decode()
    assert parts[1] == {"type": "text", "text": "What is this?"}
    said = rest.messages(seeing)[0]
    assert said["attachments"] == [one]
    # The next turn shows it again.
    rest.say(seeing, "And now?").ok()
    first = next(m for m in fake_upstream.requests[-1]["messages"] if m["role"] == "user")
    assert first["content"][0]["type"] == "image_url"


def test_a_stream_with_an_image(rest, seeing):
    one = given(rest, png()).ok()
    with say_streaming(rest, seeing, "Look.", attachments=[one["id"]]) as stream:
        events = stream.rest()
    assert events[-1].name == "completed" and text_of(events) == "You said: Look."


def test_a_text_reaches_any_model(rest, blind, fake_upstream):
    one = given(rest, b"The sky was green.", "notes.md").ok()
    say_with(rest, blind, "What colour?", one).ok()
    asked = fake_upstream.requests[-1]["messages"][-1]["content"]
    assert asked == '<file name="notes.md">\nThe sky was green.\n</file>\n\nWhat colour?'


def test_what_the_model_cannot_read_is_refused_and_nothing_is_written(rest, blind, seeing):
    image, document = given(rest, png(), "dot.png").ok(), given(rest, PDF, "paper.pdf").ok()
    problem = say_with(rest, blind, "Look.", image).problem(400, "invalid_argument", field="attachments[0]")
    assert "reads no images" in problem["detail"] and "dot.png" in problem["detail"]
    say_with(rest, seeing, "Read.", image, document).problem(400, "invalid_argument", field="attachments[1]")
    assert rest.messages(blind) == [] and rest.messages(seeing) == []


def test_attachments_that_cannot_be_named(rest, seeing):
    one = given(rest, png()).ok()
    nowhere = {"id": "0192f0c1-2345-7678-9abc-def012345678"}
    say_with(rest, seeing, "x", one, nowhere).problem(400, "invalid_argument", field="attachments[1]")
    say_with(rest, seeing, "x", {"id": "../x"}).problem(400, "invalid_argument", field="attachments[0]")
    say_with(rest, seeing, "x", one, one).problem(400, "invalid_argument", field="attachments[1]")
    say_with(rest, seeing, "x", *[one] * 11).problem(400, "invalid_argument", field="attachments")
    large = [given(rest, png() + bytes([n]) * (9 * MIB)).ok() for n in (1, 2)]
    say_with(rest, seeing, "x", *large).problem(413, "too_large", field="attachments")
    assert rest.messages(seeing) == []


def test_a_file_that_is_not_there(rest):
    for path in ("0192f0c1-2345-7678-9abc-def012345678", "nonsense", "..%2f..%2fetc%2fpasswd"):
        rest.get(f"/api/v1/attachments/{path}").problem(404, "not_found")
        rest.get(f"/api/v1/attachments/{path}:download").problem(404, "not_found")


def test_a_message_with_a_file_is_not_lost_by_a_kill(server_factory, fake_upstream):
    fake_upstream.models = ["gpt-4o"]
    server = server_factory()
    server.rest.post("/api/v1/providers", fake_upstream.provider("eyes")).ok()
    session = server.rest.make_session(server.rest.make_bot("Ada", model="eyes/gpt-4o")["id"])["id"]
    one = given(server.rest, png(), "dot.png").ok()
    say_with(server.rest, session, "Look.", one).ok()
    server.kill()
    server.start()
    assert server.rest.messages(session)[0]["attachments"] == [one]
    assert downloaded(server.rest, one).body == png()


def test_files_travel_with_their_session(rest, seeing, server_factory, fake_upstream):
    one = given(rest, png(), "dot.png").ok()
    say_with(rest, seeing, "Look.", one).ok()
    bot = rest.get(f"/api/v1/bots/{rest.get(f'/api/v1/sessions/{seeing}').ok()['bot']}").ok()
    archive = rest.get(f"/api/v1/bots/{bot['id']}:export", query={"sessions": "true"}).body
    there = server_factory()
    there.rest.post("/api/v1/providers", fake_upstream.provider(bot["model"].split("/")[0])).ok()
    report = there.rest.call("POST", "/api/v1/bots:import", archive, headers={"Content-Type": "application/zip"}).ok()
    (session,) = there.rest.all(f"/api/v1/bots/{report['bot']['id']}/sessions", "sessions")
    (attachment,) = there.rest.messages(session["id"])[0]["attachments"]
    assert attachment["id"] != one["id"]
    assert {k: v for k, v in attachment.items() if k != "id"} == {k: v for k, v in one.items() if k != "id"}
    assert downloaded(there.rest, attachment).body == png()
    there.rest.say(session["id"], "And now?").ok()
    assert fake_upstream.requests[-1]["messages"][-3]["content"][0]["type"] == "image_url"


def test_from_the_terminal(cli, ask, seeing, blind, tmp_path):
    photo, notes = tmp_path / "dot.png", tmp_path / "notes.md"
    photo.write_bytes(png())
    notes.write_text("The sky was green.")
    said = cli("chat", "x", "--session", seeing, "--attach", photo, "--attach", notes, "What is this?")
    assert "You said:" in said.stdout
    shown = cli("session", "show", seeing).stdout
    assert "[dot.png " in shown and "[notes.md " in shown
    one = ask("attachment", "upload", photo, notes)["attachments"][0]
    assert ask("attachment", "show", one["id"]) == one
    assert one["id"] in cli("attachment", "show", one["id"]).stdout
    out = tmp_path / "out.png"
    cli("attachment", "download", one["id"], "-o", out)
    assert out.read_bytes() == png()
    assert "--force" in cli("attachment", "download", one["id"], "-o", out, code=EXIT["usage"]).stderr
    refused = cli("chat", "x", "--session", blind, "--attach", photo, "Look.", code=EXIT["failed"])
    assert "reads no images" in refused.stderr
    for wrong in (tmp_path, tmp_path / "nowhere"):
        assert "--attach" in cli("chat", "x", "--session", seeing, "--attach", wrong, "Look.", code=EXIT["usage"]).stderr
