"""Charts as SVG, written by hand: lines and bars, with axes, that read well in light and dark.

Text is measured by a rough width per character: enough to keep labels apart, which `boxes` lets a test check.
"""

import dataclasses
import math
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 64, 56
SIZE = 13
# Readable on white and on GitHub's dark background; told apart by dashes and marks as well.
COLOURS = ("#2f7fd6", "#d9701a", "#2a9d63", "#a05fd0")
DASHES = ("", "6 4", "2 3", "9 3 2 3")
STYLE = ("text{font:13px -apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#333}"
         ".title{font-weight:600;font-size:15px}.axis{stroke:#777}.grid{stroke:#8884}"
         "@media(prefers-color-scheme:dark){text{fill:#ddd}.axis{stroke:#999}}")


@dataclasses.dataclass
class Label:
    """One text of a chart and where it stands."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    kind: str = ""
    turned: bool = False

    def box(self):
        """(left, top, right, bottom), roughly."""
        wide = len(self.text) * (SIZE + (2 if self.kind == "title" else 0)) * 0.56
        left = self.x - {"start": 0, "middle": wide / 2, "end": wide}[self.anchor]
        if self.turned:
            return (self.x - SIZE, self.y - wide / 2, self.x + 3, self.y + wide / 2)
        return (left, self.y - SIZE + 2, left + wide, self.y + 3)

    def svg(self):
        kind = f' class="{self.kind}"' if self.kind else ""
        turn = f' transform="rotate(-90 {self.x:.1f} {self.y:.1f})"' if self.turned else ""
        return (f'<text x="{self.x:.1f}" y="{self.y:.1f}" text-anchor="{self.anchor}"{kind}{turn}>'
                f"{escape(self.text)}</text>")


def ticks(top, wanted=5):
    """Round values from 0 to at least `top`."""
    if top <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(top / wanted))
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if top / (step * factor) <= wanted)
    return [round(step * n, 10) for n in range(math.ceil(top / step - 1e-9) + 1)]


def short(value):
    """A number as on an axis; words as they are."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:g}"


class Chart:
    """Collects shapes and labels; `svg` is the picture. Values grow upwards from 0."""

    def __init__(self, title, across, upwards, describe, top):
        self.title, self.describe = title, describe
        self.shapes, self.labels = [], [Label(LEFT, 22, title, "start", "title")]
        self.labels.append(Label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across))
        self.labels.append(Label(18, (TOP + HEIGHT - BOTTOM) / 2, upwards, turned=True))
        self.steps = ticks(top)
        for step in self.steps:
            at = self.y(step)
            self.shapes.append(f'<line class="{"grid" if step else "axis"}" x1="{LEFT}" y1="{at:.1f}" '
                               f'x2="{WIDTH - RIGHT}" y2="{at:.1f}"/>')
            self.labels.append(Label(LEFT - 8, at + 4, short(step), "end"))

    def y(self, value):
        return HEIGHT - BOTTOM - value / self.steps[-1] * (HEIGHT - BOTTOM - TOP)

    def legend(self, names, dashed):
        x = LEFT
        for n, name in enumerate(names):
            self.shapes.append(f'<line x1="{x}" y1="42" x2="{x + 26}" y2="42" stroke="{COLOURS[n]}" '
                               f'stroke-width="{3 if dashed else 12}"{dash(n) if dashed else ""}/>')
            label = Label(x + 32, 46, name, "start")
            self.labels.append(label)
            x = round(label.box()[2] + 22)

    def svg(self):
        body = "\n".join([*self.shapes, *(label.svg() for label in self.labels)])
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
                f'height="{HEIGHT}" role="img" aria-label={quoteattr(self.title)}>\n'
                f"<title>{escape(self.title)}</title>\n"
                f"<desc>{escape(self.describe)}</desc>\n<style>{STYLE}</style>\n{body}\n</svg>\n")

    def boxes(self):
        return [(label.text, label.box()) for label in self.labels]


def dash(n):
    return f' stroke-dasharray="{DASHES[n]}"' if DASHES[n] else ""


def described(series, across, upwards):
    return f"{upwards} by {across}. " + "; ".join(
        f"{name}: " + ", ".join(f"{short(round(y, 2))} at {x}" for x, y in points) for name, points in series.items())


def lines(title, across, upwards, series):
    """`series` is {name: [(x, y), ...]}; the places across are spread evenly, whatever they are."""
    places = list(dict.fromkeys(x for points in series.values() for x, _ in points))
    chart = Chart(title, across, upwards, described(series, across, upwards),
                  max(y for points in series.values() for _, y in points))
    room = (WIDTH - RIGHT - LEFT) / len(places)
    at = {x: LEFT + room * (n + 0.5) for n, x in enumerate(places)}
    for x in places:
        chart.labels.append(Label(at[x], HEIGHT - BOTTOM + 20, short(x)))
    chart.legend(series, dashed=True)
    for n, points in enumerate(series.values()):
        path = " ".join(f"{at[x]:.1f},{chart.y(y):.1f}" for x, y in points)
        chart.shapes.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[n]}" stroke-width="2.5"'
                            f'{dash(n)}/>')
        chart.shapes += [f'<circle cx="{at[x]:.1f}" cy="{chart.y(y):.1f}" r="4" fill="{COLOURS[n]}"/>'
                         for x, y in points]
    return chart


def bars(title, across, upwards, series):
    """`series` is {name: [(group, y), ...]}: a bar of each series beside those of the others, its value above it."""
    places = list(dict.fromkeys(x for points in series.values() for x, _ in points))
    chart = Chart(title, across, upwards, described(series, across, upwards),
                  max(y for points in series.values() for _, y in points))
    room = (WIDTH - RIGHT - LEFT) / len(places)
    wide = min(room * 0.8 / len(series), 90)
    if len(series) > 1:
        chart.legend(series, dashed=False)
    for n, points in enumerate(series.values()):
        for x, y in points:
            middle = LEFT + room * (places.index(x) + 0.5) + (n - (len(series) - 1) / 2) * wide
            chart.shapes.append(f'<rect x="{middle - wide / 2 + 1:.1f}" y="{chart.y(y):.1f}" width="{wide - 2:.1f}" '
                                f'height="{HEIGHT - BOTTOM - chart.y(y):.1f}" fill="{COLOURS[n]}"/>')
            chart.labels.append(Label(middle, chart.y(y) - 5, f"{y:,.{0 if y >= 100 else 1}f}"))
    for n, x in enumerate(places):
        chart.labels.append(Label(LEFT + room * (n + 0.5), HEIGHT - BOTTOM + 20, short(x)))
    return chart
