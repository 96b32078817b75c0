"""The contract as the build made it: its operations with their routes, and its messages as Python classes."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import google.api.annotations_pb2 as annotations
import google.api.httpbody_pb2  # noqa: F401  (puts the type into the pool)
import google.protobuf.timestamp_pb2  # noqa: F401  (puts the type into the pool)
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = "boternity.v1"


@dataclasses.dataclass(frozen=True)
class Operation:
    """One RPC and its REST route."""

    service: str
    name: str
    verb: str  # GET, POST, PATCH, DELETE
    path: str  # /api/v1/bots/{bot}
    body: str
    streams: bool
    request: type
    response: type

    @property
    def full_name(self):
        return f"{PACKAGE}.{self.service}.{self.name}"

    @property
    def grpc_path(self):
        return f"/{PACKAGE}.{self.service}/{self.name}"

    @property
    def path_fields(self):
        return re.findall(r"\{(\w+)\}", self.path)

    def route(self, values):
        """The path with the fields of `values` put in, and the values that are left."""
        left = dict(values)
        path = re.sub(r"\{(\w+)\}", lambda found: str(left.pop(found.group(1))), self.path)
        return path, left

    def __str__(self):
        return f"{self.service}.{self.name}"


def descriptor_file():
    """The build's own output when there is one, else what protoc makes of the sources."""
    candidates = [os.environ.get("BOTERNITY_CONTRACT", "")]
    candidates += [str(REPOSITORY / "build" / preset / "contract" / "contract.binpb")
                   for preset in ("release", "dev")]
    for candidate in candidates:
        if candidate and os.path.isfile(candidate):
            return pathlib.Path(candidate).read_bytes()
    protoc = shutil.which("protoc")
    assert protoc, "Build first: there is no build/*/contract/contract.binpb, and protoc is not installed."
    root = REPOSITORY / "contract" / "proto"
    google_protos = pathlib.Path(annotations.__file__).parents[2]
    with tempfile.NamedTemporaryFile() as out:
        sources = [str(p.relative_to(root)) for p in sorted(root.glob("boternity/v1/*.proto"))]
        subprocess.run([protoc, f"-I{root}", f"-I{google_protos}", "--include_imports",
                        f"--descriptor_set_out={out.name}", *sources], check=True)
        return pathlib.Path(out.name).read_bytes()


def _load():
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_file())
    pool = descriptor_pool.Default()
    operations = []
    for file in files.file:
        if not file.name.startswith("boternity/"):
            continue
        pool.AddSerializedFile(file.SerializeToString())
    for file in files.file:
        for service in file.service if file.package == PACKAGE else ():
            for method in service.method:
                rule = method.options.Extensions[annotations.http]
                verb = rule.WhichOneof("pattern")
                operations.append(Operation(
                    service=service.name, name=method.name, verb=verb.upper(), path=getattr(rule, verb),
                    body=rule.body, streams=method.server_streaming,
                    request=message_factory.GetMessageClass(pool.FindMessageTypeByName(method.input_type[1:])),
                    response=message_factory.GetMessageClass(pool.FindMessageTypeByName(method.output_type[1:]))))
    return operations


OPERATIONS = _load()
BY_NAME = {str(operation): operation for operation in OPERATIONS}


def to_dict(message):
    """A message as REST writes it: snake_case, defaults printed."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True, including_default_value_fields=True)


def from_dict(cls, values):
    return json_format.ParseDict(values, cls())
