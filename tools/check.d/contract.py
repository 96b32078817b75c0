"""contract/proto: the folder tells the package, and every RPC has a route that no other has."""

import re

from tree import Problem

RPC = re.compile(r"^\s*rpc\s+(\w+)")
ROUTE = re.compile(r'\b(get|put|post|delete|patch):\s*"([^"]+)"')


def problems(tree):
    taken = {}
    for name in tree.matching(".proto", under="contract/proto/boternity/"):
        lines = tree.text(name).split("\n")
        expected = name.removeprefix("contract/proto/").rsplit("/", 1)[0].replace("/", ".")
        if not any(line.strip() == f"package {expected};" for line in lines):
            yield Problem(name, 0, f"package is not {expected}", "the folder tells the package", "rename one of them")
        for number, line in enumerate(lines):
            found = RPC.match(line)
            if not found:
                continue
            statement = _block(lines, number)
            routes = ROUTE.findall(statement)
            if not routes:
                yield Problem(name, number + 1, f"rpc {found[1]} has no google.api.http route",
                              "REST would lack what gRPC has", "add the option")
            for verb, path in routes:
                # A stream may share the route of its unary twin: `Accept` chooses.
                shape = (verb, re.sub(r"\{[^}]*\}", "{}", path), "returns (stream" in statement)
                if shape in taken:
                    yield Problem(name, number + 1, f"rpc {found[1]} has the route of {taken[shape]}: {verb} {path}",
                                  "only one of them would ever be called", "give it a path of its own")
                taken.setdefault(shape, found[1])


def _block(lines, number):
    """The text of a statement, up to where its braces are balanced again."""
    depth, text = 0, ""
    for line in lines[number:]:
        text += line
        depth += line.count("{") - line.count("}")
        if depth == 0 and ("}" in text or line.rstrip().endswith(";")):
            break
    return text
