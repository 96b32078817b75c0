"""What a measurement answers: figures, and the table that people read, drawn from them."""

import dataclasses
import re
import statistics

ID = re.compile(r"[a-z0-9]+(\.[a-z0-9_-]+)+")
BETTER = ("lower", "higher", "none")


@dataclasses.dataclass
class Goal:
    """What was wished for: the number, and how it is said."""

    value: float
    words: str


@dataclasses.dataclass
class Figure:
    """One measured number.

    id       stable and dotted, `turn.disk.160.p50`: by it, results of different days and builds are compared
    value    None when nothing could be measured; `note` says why
    unit     of `value` and `samples`: ms, us, ns, /s, MiB, KiB, MB/s, %, or empty for a count
    better   which way is an improvement: lower, higher, or none for what only describes
    samples  the single measurements when it was repeated; `value` is their median
    what     the figure in words; given by `row`
    row      the words of its row in the table; figures that follow each other with the same words share a row
    shown    how it stands in its row's cell, a format of `value`
    note     what went wrong while it was measured, else empty
    """

    id: str
    value: float | None
    unit: str
    shown: str = "{}"
    better: str = "lower"
    goal: Goal | None = None
    samples: list = dataclasses.field(default_factory=list)
    name: str = ""
    what: str = ""
    row: str = ""
    note: str = ""

    def record(self):
        """As it stands in a result file."""
        record = {"id": self.id, "what": self.what, "unit": self.unit, "value": self.value, "better": self.better}
        if self.samples:
            record["samples"] = self.samples
        if self.goal:
            record["goal"] = {"value": self.goal.value, "words": self.goal.words}
        if self.note:
            record["note"] = self.note
        return record | {"row": self.row, "shown": self.shown}


def row(stem, *figures, words=None, note=""):
    """Names the figures of one row: `stem`, then their names; `words` where the row says it in another way."""
    names = [figure.name for figure in figures if figure.name]
    words = words or ", ".join(part for part in (stem, " / ".join(names)) if part)
    for figure in figures:
        figure.what = ", ".join(part for part in (stem, figure.name) if part)
        figure.row = words
    if note:
        figures[-1].note = note
    return list(figures)


def from_record(record):
    goal = record.get("goal")
    return Figure(record["id"], record["value"], record["unit"], record["shown"], record["better"],
                  Goal(goal["value"], goal["words"]) if goal else None, record.get("samples", []), "", record["what"],
                  record["row"], record.get("note", ""))


def rows_of(figures):
    """Rows of (what, here, goal): figures that follow each other with the same words are one row."""
    rows = []
    for figure in figures:
        shown = re.sub(r"\{.*?\}", "none", figure.shown) if figure.value is None else figure.shown.format(figure.value)
        goal = figure.goal.words if figure.goal else ""
        if not rows or rows[-1][0] != figure.row:
            rows.append([figure.row, "", [], []])
        rows[-1][1] += shown
        if goal:
            rows[-1][2].append(goal)
        if figure.note:
            rows[-1][3].append(figure.note)
    return [(what, ", ".join([here, *notes]), ", ".join(goals)) for what, here, goals, notes in rows]


def table(rows, head=("what", "here", "goal")):
    """Rows of words as Markdown with aligned columns, which reads well in a terminal too."""
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def number(value, unit=""):
    """A number with its unit, with as many digits as say something."""
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:,.{digits}f}" + (unit if unit in ("", "/s") else f" {unit}")


def medians(runs):
    """The figures of several runs as one: each value is the median, the values themselves are its samples."""
    if len(runs) == 1:
        return runs[0]
    together = []
    for figure in runs[0]:
        same = [other for run in runs for other in run if other.id == figure.id]
        values = [other.value for other in same if other.value is not None]
        notes = dict.fromkeys(other.note for other in same if other.note)
        together.append(dataclasses.replace(figure, value=statistics.median(values) if values else None,
                                            samples=values, note=", ".join(notes)))
    return together
