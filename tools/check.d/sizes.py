"""How long a file may get: aim at `aim` lines, never beyond `limit`. Exceptions, with reasons, in sizes.toml."""

from tree import Problem, rules

WRITTEN_BY_HAND = (".cpp", ".hpp", ".py", ".ts", ".tsx", ".rs", ".sh", ".cmake", ".proto")


def problems(tree):
    data = rules("sizes")
    allowed = {entry["path"]: entry for entry in data.get("allow", [])}
    for name in tree.matching(*WRITTEN_BY_HAND):
        lines = tree.text(name).count("\n")
        limit = allowed.get(name, {}).get("limit", data["limit"])
        if lines > limit:
            yield Problem(name, 0, f"{lines} lines, the limit is {limit}", data["reason"],
                          "move one of its ideas into a file of its own, or argue in tools/check.d/sizes.toml")
        elif lines > data["aim"] and name not in allowed:
            yield Problem(name, 0, f"{lines} lines, the aim is {data['aim']}", data["reason"],
                          "split it before it grows further", warning=True)
    for name in sorted(set(allowed) - set(tree.files)):
        if (tree.root / "tools/check.d/sizes.toml").exists():
            yield Problem("tools/check.d/sizes.toml", 0, f"exception for {name}, which is not there",
                          "a stale exception hides the next file of that name", "remove the entry")
