"""Bots travel: out of one server, into another, with their history; and nothing gets in that should not."""

import gzip
import hashlib
import io
import json
import struct
import subprocess
import tarfile
import time
import zipfile

import pytest

ZIP = {"Content-Type": "application/zip"}
KEY = "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij"


def bots(rest):
    return rest.all("/api/v1/bots", "bots")


def exported(rest, bot, **query):
    answer = rest.get(f"/api/v1/bots/{bot}:export", query=query)
    assert answer.status == 200, answer
    return answer


def imported(rest, bytes_, **query):
    return rest.call("POST", "/api/v1/bots:import", bytes_, headers=ZIP, query=query)


def entries(bytes_):
    with zipfile.ZipFile(io.BytesIO(bytes_)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def ada(rest, provider, fresh):
    """A bot with three soul versions and a conversation."""
    bot = rest.make_bot(fresh("Traveller"), soul="You are Ada.", model=f"{provider}/m")
    rest.post(f"/api/v1/bots/{bot['id']}/souls", {"text": "You are Ada.\nYou rhyme.\n", "note": "verse"}).ok()
    rest.post(f"/api/v1/bots/{bot['id']}/souls", {"text": "You are Ada.\nYou are brief.\n", "note": "short"}).ok()
    session = rest.make_session(bot["id"])["id"]
    rest.say(session, "Grüße, 世界").ok()
    rest.say(session, "and again").ok()
    return rest.get(f"/api/v1/bots/{bot['id']}").ok()


@pytest.fixture
def archive(rest, ada):
    return exported(rest, ada["id"], sessions="true").body


def test_a_bot_lives_on_elsewhere(rest, ada, archive, server_factory, fake_upstream):
    there = server_factory()
    there.rest.post("/api/v1/providers", fake_upstream.provider(ada["model"].split("/")[0])).ok()
    report = imported(there.rest, archive).ok()
    assert (report["outcome"], report["source"]) == ("created", "boternity")
    assert (report["souls"], report["sessions"], report["messages"]) == (3, 1, 4)
    bot = report["bot"]
    assert bot["id"] != ada["id"] and bot["slug"] == ada["slug"] and bot["state"] == "created"
    assert {i["old_id"]: i["new_id"] for i in report["ids"]}[ada["id"]] == bot["id"]
    souls = there.rest.all(f"/api/v1/bots/{bot['id']}/souls", "souls")
    before = rest.all(f"/api/v1/bots/{ada['id']}/souls", "souls")
    for field in ("version", "hash", "note", "created_at", "author"):
        assert [s[field] for s in souls] == [s[field] for s in before], field
    diff = f"/api/v1/bots/{{}}/souls:diff?from=1&to=3"
    assert there.rest.get(diff.format(bot["id"])).ok()["diff"] == rest.get(diff.format(ada["id"])).ok()["diff"]
    (session,) = there.rest.all(f"/api/v1/bots/{bot['id']}/sessions", "sessions")
    said = [(m["role"], m["text"], m["created_at"]) for m in there.rest.messages(session["id"])]
    (old,) = rest.all(f"/api/v1/bots/{ada['id']}/sessions", "sessions")
    assert said == [(m["role"], m["text"], m["created_at"]) for m in rest.messages(old["id"])]
    assert there.rest.say(session["id"], "still there?").ok()["text"] == "You said: still there?"
    heard = [m["content"] for m in fake_upstream.last()["messages"]]
    assert "Grüße, 世界" in heard and "You said: and again" in heard, "the model is told what was said before"
    there.restart()
    assert len(there.rest.messages(session["id"])) == 6


def test_an_archive_is_a_zip_that_says_what_it_is(rest, ada, archive):
    files = entries(archive)
    manifest = json.loads(files["manifest.json"])
    assert (manifest["format"], manifest["schema"], manifest["bot"]) == ("boternity.bot", 1, ada["slug"])
    assert {f["path"] for f in manifest["files"]} == files.keys() - {"manifest.json"}
    for file in manifest["files"]:
        data = files[file["path"]]
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert files["souls/0002.md"] == b"You are Ada.\nYou rhyme.\n"
    assert exported(rest, ada["id"], sessions="true").body == archive, "the same bytes for the same bot"
    assert not any(name.startswith("sessions/") for name in entries(exported(rest, ada["id"]).body))


def test_an_export_is_a_download(rest, ada):
    answer = exported(rest, ada["slug"])
    assert answer.header("Content-Type") == "application/zip"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Content-Disposition") == f'attachment; filename="{ada["slug"]}.bot.zip"'
    rest.get("/api/v1/bots/nobody:export").problem(404, "not_found")


def test_no_secret_travels(rest, fake_upstream, fresh, provider):
    name = fresh("up")
    rest.post("/api/v1/providers", fake_upstream.provider(name, key="env:SECRET_OF_MINE")).ok()
    bot = rest.make_bot(fresh("careful"), model=f"{name}/m")
    everything = b"".join(entries(exported(rest, bot["id"], sessions="true").body).values())
    for secret in (rest.token.encode(), b"SECRET_OF_MINE", fake_upstream.base_url.encode()):
        assert secret not in everything
    rest.delete(f"/api/v1/providers/{name}").ok()


def test_a_preview_changes_nothing(rest, archive):
    before = bots(rest)
    report = imported(rest, archive, preview="true", slug="elsewhere").ok()
    assert report["preview"] and report["outcome"] == "created" and report["bot"]["id"] == "" and report["ids"] == []
    assert (report["souls"], report["messages"]) == (3, 4)
    assert bots(rest) == before


def test_a_slug_that_is_taken_is_a_choice(rest, ada, archive):
    before = bots(rest)
    problem = imported(rest, archive).problem(409, "already_exists")
    assert "on_conflict" in problem["detail"]
    assert imported(rest, archive, on_conflict="skip").ok()["outcome"] == "skipped"
    assert bots(rest) == before
    renamed = imported(rest, archive, on_conflict="rename").ok()
    assert renamed["bot"]["slug"] == ada["slug"] + "-2" and renamed["messages"] == 4
    assert imported(rest, archive, slug="given-" + ada["slug"]).ok()["bot"]["slug"] == "given-" + ada["slug"]
    rest.post(f"/api/v1/bots/{ada['id']}/souls", {"text": "Another."}).ok()
    replaced = imported(rest, archive, on_conflict="replace").ok()
    assert replaced["outcome"] == "replaced" and replaced["bot"]["id"] == ada["id"]
    souls = rest.all(f"/api/v1/bots/{ada['id']}/souls", "souls")
    assert len(souls) >= 4, "what it had stays in its history"
    assert "Another." in [rest.get(f"/api/v1/bots/{ada['id']}/souls/{s['version']}").ok()["text"] for s in souls]


def test_an_import_that_is_sent_twice_happens_once(rest, archive, fresh):
    slug = fresh("once")
    first = imported(rest, archive, slug=slug, idempotency_key=slug).ok()
    again = imported(rest, archive, slug=slug, idempotency_key=slug).ok()
    assert again["repeated"] and again["bot"]["id"] == first["bot"]["id"]
    assert [b["slug"] for b in bots(rest)].count(slug) == 1
    imported(rest, zipped({"SOUL.md": "Another."}), slug=slug, idempotency_key=slug).problem(422, "idempotency_reuse")


# --- what must not get in ----------------------------------------------------------------------------------------


def tarred(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    return info


SOUL = ("SOUL.md", "You are Ada.")


def link(kind):
    return lambda: tarred((member("SOUL.md"), b"You are Ada."), (member("x", kind, "/etc/passwd"), b""))


def twice():
    out = io.BytesIO()
    with pytest.warns(UserWarning), zipfile.ZipFile(out, "w") as archive:
        archive.writestr(*SOUL)
        archive.writestr("SOUL.md", "You are Eve.")
    return out.getvalue()


def renamed_in_place(old, new):
    """A zip whose names are bytes that zipfile would not write."""
    return lambda: zipped(dict([SOUL, (old.decode(), "x")]), zipfile.ZIP_STORED).replace(old, new)


def claims_a_million():
    bytes_ = bytearray(zipped(dict([SOUL])))
    end = bytes_.rfind(b"PK\x05\x06")
    bytes_[end + 8:end + 12] = struct.pack("<HH", 65_534, 65_534)
    return bytes(bytes_)


def many_entries():
    return zipped({"SOUL.md": "x", **{f"n/{i}": "" for i in range(10_001)}}, zipfile.ZIP_STORED)


def bomb():
    return zipped({"SOUL.md": "You.", "MEMORY.md": b"\0" * (60 << 20)})


def nested_gzip():
    return gzip.compress(gzip.compress(tarred((member("SOUL.md"), b"x"))))


HOSTILE = {
    "zip slip": lambda: zipped(dict([SOUL, ("../../evil", "x")])),
    "zip slip inside": lambda: zipped(dict([SOUL, ("a/../../evil", "x")])),
    "absolute": lambda: zipped(dict([SOUL, ("/etc/cron.d/evil", "x")])),
    "backslashes": lambda: zipped(dict([SOUL, ("..\\evil", "x")])),
    "a drive": lambda: zipped(dict([SOUL, ("C:/evil", "x")])),
    "symlink": link(tarfile.SYMTYPE),
    "hard link": link(tarfile.LNKTYPE),
    "device": link(tarfile.CHRTYPE),
    "fifo": link(tarfile.FIFOTYPE),
    "NUL in a name": renamed_in_place(b"aXb", b"a\0b"),
    "a name of 300 bytes": lambda: zipped(dict([SOUL, ("n" * 300, "x")])),
    "too deep": lambda: zipped(dict([SOUL, ("d/" * 20 + "x", "x")])),
    "a bomb": bomb,
    "a gzip in a gzip": nested_gzip,
    "too many entries": many_entries,
    "claims a million entries": claims_a_million,
    "one name twice": twice,
    "names that differ in case": lambda: zipped(dict([SOUL, ("soul.md", "x")])),
    "half a file": lambda: zipped(dict([SOUL]))[:-30],
    "half a tar": lambda: tarred((member("SOUL.md"), b"x" * 5000))[:-60],
    "empty": lambda: b"",
    "no archive": lambda: b"<html>sign in</html>",
    "no bot": lambda: zipped({"README.txt": "hello"}),
    "invalid UTF-8": lambda: zipped({"SOUL.md": b"\xff\xfe\xfa"}),
    "a soul over the limit": lambda: zipped({"SOUL.md": "long " * 60_000}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_whole(server, rest, name):
    before = bots(rest)
    files = sorted(p.name for p in server.data.iterdir())
    answer = imported(rest, HOSTILE[name](), slug="evil")
    assert answer.status in (400, 413), answer
    answer.problem(answer.status)
    assert bots(rest) == before
    assert sorted(p.name for p in server.data.iterdir()) == files


CHANGED = {
    "wrong checksum": lambda f: f.update({"souls/0001.md": b"You are Eve."}),
    "a newer schema": lambda f: f.update({"manifest.json": f["manifest.json"].replace(b'"schema":1', b'"schema":2')}),
    "another format": lambda f: f.update({"manifest.json": f["manifest.json"].replace(b"boternity.bot", b"x.bot")}),
    "a file that the manifest does not name": lambda f: f.update({"extra.txt": b"x"}),
    "a file that is missing": lambda f: f.pop("souls/0002.md"),
    "a manifest that is no JSON": lambda f: f.update({"manifest.json": b"{"}),
}


@pytest.mark.parametrize("name", CHANGED)
def test_an_archive_that_was_changed_is_refused_whole(rest, archive, name):
    files = entries(archive)
    CHANGED[name](files)
    before = bots(rest)
    problem = imported(rest, zipped(files), slug="changed").problem(400, "invalid_argument")
    if name == "a newer schema":
        assert "newer" in problem["detail"].lower(), problem
    assert bots(rest) == before


def test_hostile_archives_take_little_memory(server_factory):
    server = server_factory()
    server.rest.get("/api/v1/system").ok()
    before = server.resident_kib()
    for _ in range(5):
        began = time.monotonic()
        imported(server.rest, bomb(), slug="evil").problem(413)
        assert time.monotonic() - began < 10
    assert server.resident_kib() - before < 256 * 1024


# --- OpenClaw ----------------------------------------------------------------------------------------------------


WORKSPACE = {
    "SOUL.md": "---\ntitle: x\n---\n# Molty\n\nYou are Molty, a lobster who likes order.\n",
    "IDENTITY.md": "- **Name:** Molty\n- **Emoji:** 🦞\n",
    "USER.md": "# About\n\nAnna, lives in Oslo.\n",
    "AGENTS.md": "# How to work\n\nAsk before you delete anything.\n",
    "TOOLS.md": f"# Tools\n\nThe printer is called Otto.\nkey: {KEY}\n",
    "HEARTBEAT.md": "Every morning: look at the post.\n",
    "MEMORY.md": "Anna likes tea.\n",
    "memory/2026-01-01.md": "We met.\n",
    "skills/weather/SKILL.md": "# Weather\n",
    ".git/config": "[core]\n",
}


def test_an_openclaw_workspace_becomes_a_bot(rest, fresh):
    slug = fresh("molty")
    report = imported(rest, zipped(WORKSPACE), slug=slug).ok()
    assert (report["source"], report["outcome"], report["souls"]) == ("openclaw", "created", 1)
    soul = rest.get(f"/api/v1/bots/{slug}/souls/1").ok()["text"]
    assert "You are Molty, a lobster who likes order." in soul and "title: x" not in soul
    for part in ("Anna, lives in Oslo.", "Ask before you delete anything.", "Otto"):
        assert part in soul, soul
    assert KEY not in soul and KEY not in json.dumps(report), "a pasted key does not come along"
    items = {i["part"]: i for i in report["items"]}
    for part in WORKSPACE:
        assert any(name == part or name.startswith(part + ":") for name in items), f"{part} is not in {sorted(items)}"
    for part in ("MEMORY.md", "memory/2026-01-01.md", "HEARTBEAT.md", "skills/weather/SKILL.md"):
        assert not items[part]["taken"] and items[part]["note"], items[part]
    assert items["SOUL.md"]["taken"] and items["SOUL.md"]["place"] == "soul"


# --- templates ---------------------------------------------------------------------------------------------------


def test_six_templates_make_bots_that_talk(rest, provider, fresh):
    templates = rest.get("/api/v1/templates").ok()["templates"]
    assert len(templates) == 6
    for template in templates:
        assert template["description"] and template["shows"]
        whole = rest.get(f"/api/v1/templates/{template['slug']}").ok()
        bot = rest.post("/api/v1/bots", {"name": fresh(template["name"]), "template": template["slug"],
                                         "model": f"{provider}/m"}).ok()
        assert rest.get(f"/api/v1/bots/{bot['id']}/souls/1").ok()["text"] == whole["soul"]
        assert bot["description"] == template["description"]
        assert rest.say(rest.make_session(bot["id"])["id"], "hello").ok()["text"] == "You said: hello"
    rest.get("/api/v1/templates/nobody").problem(404, "not_found")
    rest.post("/api/v1/bots", {"name": "x", "template": "nobody"}).problem(400, "invalid_argument", "template")


# --- the command line --------------------------------------------------------------------------------------------


def boternity(server, *words, folder=None):
    return subprocess.run([server.binary, *words], capture_output=True, text=True, timeout=60, cwd=folder,
                          env={"PATH": "/usr/bin:/bin", "BOTERNITY_DATA": str(server.data), "HOME": str(folder or "/")})


def test_a_person_packs_and_unpacks(server, rest, ada, tmp_path, fresh):
    ran = boternity(server, "bot", "export", ada["slug"], "--sessions", folder=tmp_path)
    file = tmp_path / f"{ada['slug']}.bot.zip"
    assert ran.returncode == 0 and file.exists(), ran.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    again = boternity(server, "bot", "export", ada["slug"], folder=tmp_path)
    assert again.returncode == 2 and "--force" in again.stderr
    preview = boternity(server, "bot", "import", file.name, "--as", "copy", "--preview", folder=tmp_path)
    assert preview.returncode == 0 and "Would make copy" in preview.stdout, preview
    slug = fresh("copy")
    made = boternity(server, "bot", "import", file.name, "--as", slug, "--json", folder=tmp_path)
    assert json.loads(made.stdout)["bot"]["slug"] == slug and rest.get(f"/api/v1/bots/{slug}").ok()


def test_a_folder_is_packed_and_sent(server, rest, tmp_path, fresh):
    for name, text in WORKSPACE.items():
        (tmp_path / "ws" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ws" / name).write_text(text)
    slug = fresh("folder")
    ran = boternity(server, "bot", "import", "ws", "--as", slug, folder=tmp_path)
    assert ran.returncode == 0 and "MEMORY.md" in ran.stdout and ".git" not in ran.stdout, ran
    assert rest.get(f"/api/v1/bots/{slug}").ok()
    (tmp_path / "ws" / "link").symlink_to("/etc/passwd")
    refused = boternity(server, "bot", "import", "ws", "--as", "other", folder=tmp_path)
    assert refused.returncode == 2 and "link" in refused.stderr
    missing = boternity(server, "bot", "import", "nowhere", folder=tmp_path)
    assert missing.returncode == 2 and "cannot be read" in missing.stderr


def test_templates_are_listed_and_shown(server):
    assert "tutor" in boternity(server, "template", "list").stdout
    assert "Mira" in boternity(server, "template", "show", "tutor").stdout
