"""Result files: what a run measured, on what, of what. Read by the page, the plots and the comparison."""

import datetime
import hashlib
import json
import math
import os
import pathlib
import platform
import re
import subprocess

from bench.figure import BETTER, ID, from_record

SCHEMA = 1
MACHINE = {"cpu": str, "cores": int, "memory_gib": (int, float)}
HEAD = {"schema": int, "machine": dict, "load": (int, float), "commit": str, "dirty": bool, "date": str,
        "compiler": str, "binary_sha256": str, "seconds": (int, float), "runs": int, "parts": dict}
FIGURE = {"id": str, "what": str, "unit": str, "value": (int, float, type(None)), "better": str,
          "row": str, "shown": str}


class ResultError(Exception):
    """A result file that cannot be used: one sentence that says what is wrong and what to do."""


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def machine():
    """What figures may be compared on: the same CPU, cores and memory."""
    return {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)}


def git(root, *words):
    try:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def compiler_of(build):
    """The compiler that made a build folder, as CMake found it."""
    for file in sorted(build.glob("CMakeFiles/*/CMakeCXXCompiler.cmake")):
        facts = dict(line[4:-1].split(" ", 1) for line in file.read_text().splitlines()
                     if line.startswith("set(CMAKE_CXX_COMPILER_") and " " in line)
        name = facts.get("CMAKE_CXX_COMPILER_ID", "").strip('"')
        return f"{name} {facts.get('CMAKE_CXX_COMPILER_VERSION', '').strip(chr(34))}".strip()
    return "unknown"


def sha256_of(file):
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def head(root, binary, seconds, runs):
    """Everything of a result but its parts; taken before the first measurement, so that `load` is not its own."""
    return {"schema": SCHEMA, "machine": machine(), "load": round(os.getloadavg()[0], 2),
            "commit": git(root, "rev-parse", "--short=12", "HEAD") or "unknown",
            "dirty": bool(git(root, "status", "--porcelain")),
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "compiler": compiler_of(pathlib.Path(binary).parent), "binary_sha256": sha256_of(binary),
            "seconds": seconds, "runs": runs}


def rounded(value):
    """Seven digits of each measured number, more than any clock here tells."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def write(file, result):
    """Whole or not at all: a reader never meets half a file."""
    file = pathlib.Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(file.name + ".new")
    text = json.dumps(rounded(result), indent=1, ensure_ascii=False, allow_nan=False)
    # Lists of numbers on one line: a change of a kept result can then be read.
    text = re.sub(r"\[[\d\s.,eE+-]+\]", lambda found: " ".join(found.group().split()), text)
    beside.write_text(text + "\n")
    beside.replace(file)


def figures_of(result):
    """The figures of a result that was read, in its order."""
    return [from_record(record) for part in result["parts"].values() for record in part]


def read(file):
    """A result file. Throws ResultError: not there, cut short, of another schema, or not a result at all."""
    try:
        text = pathlib.Path(file).read_text()
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "not text"
        raise ResultError(f"{file}: cannot be read ({reason}); name a file that `make bench` wrote.") from None
    try:
        result = json.loads(text)
    except ValueError as failure:
        raise ResultError(f"{file}: not whole JSON ({failure}); measure again, the run that wrote it was "
                          "interrupted or the file was changed.") from None
    problem = problem_of(result)
    if problem:
        raise ResultError(f"{file}: {problem}")
    return result


def missing(record, fields, where):
    for name, kind in fields.items():
        if name not in record:
            return f"{where} lacks `{name}`; measure again."
        value = record[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            return f"`{name}` of {where} is {value!r}, which cannot be; measure again."
        if isinstance(value, float) and not math.isfinite(value):
            return f"`{name}` of {where} is not a number; measure again."
    return ""


def problem_of(result):
    """What is wrong with a result, in a sentence; empty when nothing is."""
    if not isinstance(result, dict) or "schema" not in result:
        return "not a result of `make bench`; name a file that it wrote."
    if result["schema"] != SCHEMA:
        return (f"schema {result['schema']!r}, and this version reads schema {SCHEMA}; measure again, "
                "or compare with the version that wrote it.")
    problem = missing(result, HEAD, "the result") or missing(result["machine"], MACHINE, "the machine")
    ids = set()
    for part, records in [] if problem else result["parts"].items():
        if not isinstance(records, list):
            return f"part {part} is no list of figures; measure again."
        for record in records:
            problem = figure_problem(record, part) or (f"two figures are called {record['id']}; measure again."
                                                       if record["id"] in ids else "")
            if problem:
                return problem
            ids.add(record["id"])
    return problem


def figure_problem(record, part):
    if not isinstance(record, dict):
        return f"part {part} has a figure that is no object; measure again."
    problem = missing(record, FIGURE, f"figure {record.get('id', '?')}")
    if problem:
        return problem
    if not ID.fullmatch(record["id"]):
        return f"`{record['id']}` is no id of a figure; measure again."
    if record["better"] not in BETTER:
        return f"`better` of figure {record['id']} is {record['better']!r}, none of {', '.join(BETTER)}; measure again."
    try:
        record["shown"].format(record["value"] or 0.0)
        goal = record.get("goal")
        if goal is not None:
            float(goal["value"]), str(goal["words"])
    except (ValueError, LookupError, TypeError, AttributeError) as failure:
        return f"figure {record['id']} cannot be shown ({failure}); measure again."
    samples = record.get("samples", [])
    if not isinstance(samples, list) or not all(
            isinstance(sample, (int, float)) and not isinstance(sample, bool) for sample in samples):
        return f"the samples of figure {record['id']} are no list of numbers; measure again."
    return ""
