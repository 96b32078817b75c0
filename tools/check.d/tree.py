"""What every check is given: the tracked files of a tree, their text, and how to say that one is wrong."""

import dataclasses
import functools
import pathlib
import re
import subprocess
import tomllib


@dataclasses.dataclass(frozen=True)
class Problem:
    path: str
    line: int
    what: str
    why: str
    do: str
    warning: bool = False

    def text(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        kind = "warning: " if self.warning else ""
        return f"{place}: {kind}{self.what}\n    why: {self.why}\n    do:  {self.do}"


class Tree:
    def __init__(self, root: pathlib.Path, everything: bool = False):
        self.root = root
        self.everything = everything  # --all: no time limit

    @functools.cached_property
    def files(self) -> list[str]:
        """Tracked files that still exist, as paths from the root."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=self.root, capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split("\0") if name]
        return [name for name in names if (self.root / name).is_file() and not (self.root / name).is_symlink()]

    def matching(self, *suffixes: str, under: str = "") -> list[str]:
        return [name for name in self.files if name.endswith(suffixes) and name.startswith(under)]

    def cpp(self, under: str = "server/") -> list[str]:
        return self.matching(".cpp", ".hpp", under=under)

    @functools.lru_cache(maxsize=None)
    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    @functools.lru_cache(maxsize=None)
    def code(self, name: str, strings: bool = False) -> list[str]:
        """The lines of a C++ file without comments and, unless asked for, without what strings hold."""
        return _without_comments(self.text(name), strings).split("\n")


def rules(name: str) -> dict:
    """The data beside a check."""
    return tomllib.loads((pathlib.Path(__file__).parent / f"{name}.toml").read_text())


_TOKEN = re.compile(
    r"""(?P<raw>R"(?P<tag>[^()\s\\]{0,16})\((?P<body>.*?)\)(?P=tag)")"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<char>(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+')"""
    r"""|(?P<line>//[^\n]*)"""
    r"""|(?P<block>/\*.*?\*/)""",
    re.DOTALL,
)


def _without_comments(text: str, strings: bool) -> str:
    def replace(found: re.Match) -> str:
        kind = found.lastgroup
        whole = found.group()
        newlines = "\n" * whole.count("\n")
        if found.group("line") is not None or found.group("block") is not None:
            return newlines
        if strings or kind == "char":
            return whole
        # An include names a file in quotes; that is not a string.
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if before.strip() == "#include":
            return whole
        return '""' + newlines

    return _TOKEN.sub(replace, text)
