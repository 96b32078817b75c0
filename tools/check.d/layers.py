"""Include directions: a folder is a layer, and includes only what layers.toml lets it."""

import re

from tree import Problem, rules

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"^[a-z0-9_]+$")  # <vector>, but not <unistd.h> or <fmt/format.h>


def problems(tree):
    data = rules("layers")
    layers = sorted(data["layer"], key=lambda layer: -len(layer["folder"]))
    known = set(tree.files)
    for name in tree.cpp():
        inside = name.removeprefix("server/")
        layer = _layer_of(inside, layers)
        if layer is None:
            yield Problem(name, 0, "in no layer", "a folder is a layer with rules of its own",
                          "move it, or add its folder to tools/check.d/layers.toml and CMakeLists.txt")
            continue
        may = _effective(layer, inside, data)
        for number, line in enumerate(tree.code(name), 1):
            found = INCLUDE.match(line)
            if found:
                yield from _judge(name, number, found[1], found[2], layer, may, layers, known, data)


def _judge(name, number, bracket, target, layer, may, layers, known, data):
    folder = layer["folder"]
    if bracket == '"' and "server/" + target in known:
        other = _layer_of(target, layers)
        if other and other["folder"] != folder and not any(
                (target + "/").startswith(allowed + "/") for allowed in may["layers"]):
            yield Problem(name, number, f"{folder} includes {other['folder']} ({target})",
                          layer.get("reason", data["reason"]),
                          f"{folder} may use: {', '.join(may['layers']) or 'nothing'}; take what you need through "
                          "a port in server/core/ports, wired in server/app")
        return
    if bracket == '"' and any(target.startswith(prefix) for prefix in data["generated"]):
        if "contract" not in may["layers"]:
            yield Problem(name, number, f"{folder} includes the contract ({target})", layer.get("reason", data["reason"]),
                          "translate in server/api; below it there are only our own types")
        return
    if bracket == '"':
        yield Problem(name, number, f'no such tracked header: "{target}"',
                      "includes are written from server/, so that a reader knows the layer at once",
                      'write "core/…/x.hpp", `git add` a new header, and use <> for other people\'s headers')
        return
    if STANDARD.match(target) or any(target.startswith(prefix) for prefix in may["third_party"]):
        return
    yield Problem(name, number, f"{folder} includes <{target}>", layer.get("reason", data["reason"]),
                  "put the use of it into the adapter that owns that library, or add it to the layer's row in "
                  "tools/check.d/layers.toml with a reason in the commit")


def _layer_of(inside, layers):
    for layer in layers:
        if inside.startswith(layer["folder"] + "/"):
            return layer
    return None


def _effective(layer, inside, data):
    """What a file may include; tests may use a little more."""
    may = {"layers": list(layer["may"]), "third_party": list(layer.get("third_party", []))}
    if re.search(r"/(tests|fuzz|bench|programs)/", "/" + inside):
        may["layers"] += data["tests"]["may"] + layer.get("tests_may", [])
        may["third_party"] += data["tests"]["third_party"] + layer.get("tests_third_party", [])
    return may
