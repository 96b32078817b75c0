"""Python compiles, shell parses, TOML and JSON load."""

import ast
import json
import subprocess
import tomllib

from tree import Problem

WHY = "it fails only when someone runs it"


def problems(tree):
    for name in tree.files:
        text = tree.text(name)
        first = text.split("\n", 1)[0]
        if name.endswith(".py") or (first.startswith("#!") and "python" in first):
            try:
                ast.parse(text, name)
            except SyntaxError as error:
                yield Problem(name, error.lineno or 0, f"does not parse: {error.msg}", WHY, "repair it")
        elif name.endswith(".sh") or (first.startswith("#!") and first.rstrip().endswith("sh")):
            run = subprocess.run(["bash", "-n", tree.root / name], capture_output=True, text=True)
            if run.returncode != 0:
                yield Problem(name, 0, run.stderr.strip(), WHY, "repair it")
            if first.startswith("#!") and "set -" not in text:
                yield Problem(name, 1, "no `set -euo pipefail`", "the script goes on after a failure",
                              "add it, or the part of it that fits")
        elif name.endswith(".toml"):
            try:
                tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                yield Problem(name, 0, str(error), WHY, "repair it")
        elif name.endswith(".json") and not name.endswith("tsconfig.json"):
            try:
                json.loads(text)
            except json.JSONDecodeError as error:
                yield Problem(name, error.lineno, error.msg, WHY, "repair it")
