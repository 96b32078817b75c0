"""Is B faster than A? Two builds measured in turns, or two results that were kept; verdicts.py judges."""

import dataclasses
import statistics
import time

from bench import results, verdicts
from bench.builds import ROOT, BuildError, named
from bench.figure import number, table

# What a change of the server's code is likely to move; the others are a matter of --only.
USUAL = ("start", "memory", "turns", "wire", "store")
SECONDS = 2


@dataclasses.dataclass
class Pair:
    """A figure and what it was in A and in B, in the order of measuring."""

    figure: object
    a: list
    b: list


def run(arguments, say, parts, measure_part, failures, build_of=named):
    """The command line's part; answers the exit code: 0, 1 slower and that was to fail, 2 refused."""
    try:
        if arguments.compare_results:
            told = of_results(*arguments.compare_results)
        else:
            builds = [build_of(word, say) for word in arguments.compare]
            names = [name for name in parts if name in (arguments.only or USUAL)]
            told = of_builds(builds, names, arguments, say, measure_part, failures)
    except (BuildError, results.ResultError) as failure:
        say(failure)
        return 2
    if arguments.json:
        results.write(arguments.json, told)
    print(report(told))
    slower = any(figure["verdict"] == verdicts.SLOWER for figure in told["figures"])
    if not told["figures"]:
        say("nothing could be compared")
        return 1
    return 1 if arguments.fail_on_slower and (slower or told["failed_in_b"]) else 0


# --- two builds ------------------------------------------------------------------------------------------------


def of_builds(builds, names, arguments, say, measure_part, failures):
    seconds = arguments.seconds or SECONDS
    head = results.head(ROOT, builds[0].binary, seconds, arguments.pairs)
    measured, failed = ({}, {}), ({}, {})
    began = time.monotonic()
    for done in range(arguments.pairs):
        # A B, B A, A B, ...: whatever drifts, in one direction, meets both.
        order = (0, 1) if done % 2 == 0 else (1, 0)
        for name in names:
            for which in order:
                if name in failed[0] or name in failed[1]:
                    continue
                say(f"pair {done + 1} of {arguments.pairs}: {name} of {'AB'[which]} ({builds[which].name})")
                try:
                    figures = measure_part(name, builds[which], seconds)
                except failures as failure:
                    say(f"{name} of {'AB'[which]} failed and is left out: {failure}")
                    failed[which][name] = str(failure).splitlines()[0][:200] if str(failure) else "no word of why"
                    continue
                for figure in figures:
                    measured[which].setdefault(figure.id, (name, figure, [], []))
                    measured[which][figure.id][2].append(figure.value)
                    measured[which][figure.id][3].append(figure.note)
        left = (time.monotonic() - began) / (done + 1) * (arguments.pairs - done - 1)
        if left:
            say(f"about {left / 60:.0f} min left" if left > 90 else f"about {left:.0f} s left")
    pairs, alone = matched(measured, failed)
    return head_of_comparison(head, builds, arguments.pairs) | judged(pairs, verdicts.paired) | {
        "alone": alone, "failed_in_a": [f"{name}: {why}" for name, why in failed[0].items()],
        "failed_in_b": [f"{name}: {why}" for name, why in failed[1].items()] + errors_of_b(measured)}


def head_of_comparison(head, builds, pairs):
    return {"schema": results.SCHEMA, "kind": "comparison", "machine": head["machine"], "load": head["load"],
            "date": head["date"], "seconds": head["seconds"], "pairs": pairs,
            **{side: {"name": build.name, "binary_sha256": results.sha256_of(build.binary)}
               for side, build in zip("ab", builds)}}


def matched(measured, failed):
    """The figures that both have, with a value every time; and the ids of those that only one has."""
    a, b = measured
    gone = set(failed[0]) | set(failed[1])
    pairs = []
    alone = [name for name in sorted(set(a) ^ set(b)) if (a.get(name) or b[name])[0] not in gone]
    for name, (part, figure, values, _) in a.items():
        if part in gone or name not in b or figure.better == "none":
            continue
        both = [(x, y) for x, y in zip(values, b[name][2]) if x is not None and y is not None]
        if both:
            pairs.append(Pair(figure, [x for x, _ in both], [y for _, y in both]))
        else:
            alone.append(name)
    return pairs, alone


def errors_of_b(measured):
    """What went wrong while B was measured and not while A was."""
    a, b = measured
    return [f"{name}: {note}" for name, (_, _, _, notes) in b.items()
            for note in dict.fromkeys(notes) if note and (name not in a or not any(a[name][3]))]


# --- two results -----------------------------------------------------------------------------------------------


def of_results(first, second):
    a, b = results.read(first), results.read(second)
    if a["machine"] != b["machine"]:
        raise results.ResultError(
            f"{first} and {second} are of different machines ({machine_words(a)}; {machine_words(b)}), so their "
            "figures say nothing about the builds; measure both on one.")
    if a["seconds"] != b["seconds"]:
        raise results.ResultError(
            f"{first} was measured with --seconds {a['seconds']:g} and {second} with {b['seconds']:g}; "
            "measure both alike.")
    figures = [{figure.id: figure for figure in results.figures_of(result)} for result in (a, b)]
    pairs = [Pair(figure, samples(figure, a), samples(figures[1][name], b)) for name, figure in figures[0].items()
             if name in figures[1] and figure.better != "none"]
    pairs = [pair for pair in pairs if pair.a and pair.b]
    return {"schema": results.SCHEMA, "kind": "comparison", "machine": a["machine"], "seconds": a["seconds"],
            "a": side(first, a), "b": side(second, b)} | judged(pairs, verdicts.unpaired) | {
        "alone": sorted(set(figures[0]) ^ set(figures[1])), "failed_in_a": [],
        "failed_in_b": [f"{name}: {figure.note}" for name, figure in figures[1].items()
                        if figure.note and not (name in figures[0] and figures[0][name].note)]}


def samples(figure, result):
    """The values of the runs. Those within one run are no sample of what runs differ by, so they do not count."""
    if result["runs"] > 1:
        return figure.samples
    return [] if figure.value is None else [figure.value]


def side(file, result):
    return {"name": str(file), "commit": result["commit"], "binary_sha256": result["binary_sha256"]}


def machine_words(result):
    machine = result["machine"]
    return f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB"


# --- what comes of it ------------------------------------------------------------------------------------------


def judged(pairs, test):
    differences = [test(pair.a, pair.b) for pair in pairs]
    found = verdicts.judge(differences, [pair.figure.better for pair in pairs])
    return {"figures": [
        {"id": pair.figure.id, "what": pair.figure.what, "unit": pair.figure.unit, "better": pair.figure.better,
         "a": one.a, "b": one.b, "difference": one.share, "interval": None if one.low is None else [one.low, one.high],
         "verdict": verdict, "samples": {"a": pair.a, "b": pair.b}}
        for pair, one, verdict in zip(pairs, differences, found)]}


def report(told):
    rows = [(figure["id"], number(figure["a"], figure["unit"]), number(figure["b"], figure["unit"]),
             f"{figure['difference'] * 100:+.1f} %", interval(figure["interval"]), figure["verdict"])
            for figure in told["figures"]]
    lines = [f"A: {told['a']['name']}", f"B: {told['b']['name']}", "",
             table(rows, ("figure", "A", "B", "B against A", "95 % interval", "B is")), ""]
    count = {verdict: sum(figure["verdict"] == verdict for figure in told["figures"])
             for verdict in (verdicts.FASTER, verdicts.SLOWER, verdicts.SAME, verdicts.NOISY)}
    lines.append("B is " + ", ".join(f"{verdict}: {n}" for verdict, n in count.items()) + widest(told["figures"]))
    if told["alone"]:
        lines.append(f"In one of the two only, hence not compared: {', '.join(told['alone'])}")
    for side_name in "ab":
        lines += [f"{side_name.upper()} had errors: {why}" for why in told[f"failed_in_{side_name}"]]
    return "\n".join(lines)


def widest(figures):
    reaches = [(high - low) / 2 for low, high in (figure["interval"] for figure in figures if figure["interval"])]
    return f" (half of the intervals are within ±{statistics.median(reaches) * 100:.1f} %)" if reaches else ""


def interval(bounds):
    if bounds is None:
        return "unknown"
    high = f"{bounds[1] * 100:+.1f}" if bounds[1] < 10 else "over +1000"
    return f"{bounds[0] * 100:+.1f} to {high} %"
