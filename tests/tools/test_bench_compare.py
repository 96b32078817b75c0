"""The comparison of two builds or results. A double measures; no test depends on how fast the machine is."""

import json
import random
import re
import statistics
import subprocess

import pytest

from bench import compare, results, run
from bench.builds import Build
from bench.figure import Figure, row
from support.bench_samples import result

FAILURES = run.FAILURES


@pytest.fixture
def binaries(tmp_path):
    made = []
    for name in "ab":
        file = tmp_path / name
        file.write_text("#!/bin/sh\necho boternity 0.1.0\n")
        file.chmod(0o755)
        made.append(file)
    return made


class Double:
    """Measures in place of the bench: figures of a server that takes 5 ms, times `factor` for a build's name."""

    def __init__(self, factor=None, noise=0.02, fails=None, notes=None):
        self.chance = random.Random(7)
        self.factor, self.noise = factor or {}, noise
        self.fails, self.notes = fails or {}, notes or {}
        self.asked = []

    def __call__(self, part, build, seconds):
        name = build.binary.name
        self.asked.append((part, name, seconds))
        if (part, name) in self.fails:
            raise RuntimeError(self.fails[part, name])
        slow = self.factor.get(name, 1)
        time = lambda: slow * self.chance.lognormvariate(1.6, self.noise)
        made = []
        for n in range(10):
            made += row(f"{part} {n}", Figure(f"{part}.time.{n}", time(), "ms", "{:.2f} ms"))
        made += row(f"{part} rate", Figure(f"{part}.rate", 1000 / time(), "/s", "{:.0f}/s", "higher"))
        made += row(f"{part} size", Figure(f"{part}.size", 7.0, "", "{:.0f}", "none"))
        made[0].note = self.notes.get(name, "")
        return made


@pytest.fixture
def comparing(binaries, capsys):
    """compares(double, words...) -> (exit code, what was printed, what was said on the way)."""
    def compares(double, *words):
        arguments = run.parser().parse_args(["--compare", *map(str, binaries), *words])
        said = []
        code = compare.run(arguments, lambda line: said.append(str(line)), run.PARTS, double, FAILURES)
        return code, capsys.readouterr().out, said
    return compares


def verdicts_of(printed):
    return [line.split("|")[-2].strip() for line in printed.splitlines() if line.startswith("| ")][1:]


# --- two builds ------------------------------------------------------------------------------------------------


def test_equal_builds_have_no_difference(comparing):
    code, printed, _ = comparing(Double(), "--fail-on-slower")
    assert code == 0
    assert set(verdicts_of(printed)) <= {"same", "too noisy to say"}
    assert "B is faster: 0, slower: 0, same: " in printed


def test_a_slower_build_is_found(comparing, tmp_path):
    code, printed, _ = comparing(Double({"b": 1.1}), "--fail-on-slower", "--json", str(tmp_path / "out.json"))
    assert code == 1
    found = verdicts_of(printed)
    assert found.count("slower") > len(found) * 0.8 and "faster" not in found
    kept = json.loads((tmp_path / "out.json").read_text())
    assert kept["kind"] == "comparison" and kept["schema"] == 1 and kept["pairs"] == 5
    rate = next(figure for figure in kept["figures"] if figure["id"] == "turns.rate")
    assert rate["verdict"] == "slower" and rate["difference"] == pytest.approx(1 / 1.1 - 1, abs=0.04)
    assert rate["interval"][0] < rate["difference"] < rate["interval"][1] < 0
    assert len(rate["samples"]["a"]) == len(rate["samples"]["b"]) == 5


def test_a_slower_build_is_no_failure_unless_it_was_asked_for(comparing):
    assert comparing(Double({"b": 1.1}))[0] == 0


def test_a_faster_build_is_found(comparing):
    code, printed, _ = comparing(Double({"b": 0.9}), "--fail-on-slower")
    assert code == 0
    assert verdicts_of(printed).count("faster") > len(verdicts_of(printed)) * 0.8


def test_the_runs_are_interleaved(comparing):
    double = Double()
    _, _, said = comparing(double, "--only", "turns", "--pairs", "3", "--seconds", "1.5")
    assert double.asked == [("turns", name, 1.5) for name in "abbaab"]
    assert said[0].startswith("pair 1 of 3: turns of A")


def test_what_only_describes_is_not_compared(comparing):
    assert ".size" not in comparing(Double())[1]


def test_a_part_that_fails_in_b_is_told_and_fails(comparing):
    double = Double(fails={("turns", "b"): "the server was not ready\nits log"})
    code, printed, said = comparing(double, "--fail-on-slower", "--only", "turns", "--only", "store")
    assert code == 1
    assert "B had errors: turns: the server was not ready" in printed
    assert "turns." not in printed and "store.rate" in printed
    assert [asked[:2] for asked in double.asked].count(("turns", "a")) == 1, "it is not measured again"
    assert any("turns of B failed and is left out" in line for line in said)


def test_nothing_to_compare_is_an_error(comparing):
    code, _, said = comparing(Double(fails={("turns", "a"): "x"}), "--only", "turns")
    assert code == 1 and said[-1] == "nothing could be compared"


def test_requests_that_fail_in_b_only_are_told_and_fail(comparing):
    double = Double(noise=0.002, notes={"b": "3 ERRORS: 500"})
    code, printed, _ = comparing(double, "--fail-on-slower", "--only", "turns")
    assert code == 1 and "B had errors: turns.time.0: 3 ERRORS: 500" in printed
    both = Double(noise=0.002, notes={"a": "3 ERRORS", "b": "3 ERRORS"})
    assert comparing(both, "--fail-on-slower", "--only", "turns")[0] == 0


# --- two results -------------------------------------------------------------------------------------------------


def several(factor=1.0, count=6, **changed):
    """A result of so many runs."""
    chance = random.Random(count * factor)
    made = result(**{"runs": count} | changed)
    for record in made["parts"]["all"]:
        faster = 1 / factor if record["better"] == "higher" else factor
        record["samples"] = [record["value"] * faster * chance.lognormvariate(0, 0.02) for _ in range(count)]
        record["value"] = statistics.median(record["samples"])
    return made


def compared(tmp_path, capsys, a, b, *words):
    for name, made in (("a", a), ("b", b)):
        results.write(tmp_path / f"{name}.json", made)
    code = run.main(["--compare-results", str(tmp_path / "a.json"), str(tmp_path / "b.json"), *words])
    caught = capsys.readouterr()
    return code, caught.out, caught.err


def test_results_that_differ(tmp_path, capsys):
    code, printed, _ = compared(tmp_path, capsys, several(), several(1.1), "--fail-on-slower")
    assert code == 1 and verdicts_of(printed).count("slower") > len(verdicts_of(printed)) * 0.9


def test_results_that_do_not(tmp_path, capsys):
    code, printed, _ = compared(tmp_path, capsys, several(count=6), several(count=7), "--fail-on-slower")
    assert code == 0 and not {"slower", "faster"} & set(verdicts_of(printed))


def test_results_of_one_run_say_nothing_about_noise(tmp_path, capsys):
    code, printed, _ = compared(tmp_path, capsys, result(), several(1.5), "--fail-on-slower")
    assert code == 0 and set(verdicts_of(printed)) == {"too noisy to say"}


def test_samples_within_one_run_say_nothing_about_runs(tmp_path, capsys):
    _, printed, _ = compared(tmp_path, capsys, several(runs=1), several(1.5, runs=1))
    assert set(verdicts_of(printed)) == {"too noisy to say"}


def test_results_of_different_machines_are_refused(tmp_path, capsys):
    other = several(machine={"cpu": "Some CPU", "cores": 4, "memory_gib": 24})
    code, printed, said = compared(tmp_path, capsys, several(), other)
    assert code == 2 and printed == ""
    assert "are of different machines (2 cores of Some CPU, 24 GiB; 4 cores of Some CPU, 24 GiB)" in said


def test_results_measured_in_another_way_are_refused(tmp_path, capsys):
    code, _, said = compared(tmp_path, capsys, several(), several(seconds=2))
    assert code == 2 and "--seconds 5" in said and "with 2" in said


def test_a_half_written_result_is_refused(tmp_path, capsys):
    (tmp_path / "half.json").write_text(json.dumps(result())[:700])
    results.write(tmp_path / "a.json", result())
    assert run.main(["--compare-results", str(tmp_path / "a.json"), str(tmp_path / "half.json")]) == 2
    assert "half.json: not whole JSON" in capsys.readouterr().err


# --- the command line ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [
    ["--only", "everything"], ["--seconds", "0"], ["--seconds", "soon"], ["--pairs", "0"], ["--pairs", "2"],
    ["--update", "--only", "turns"],
    ["--json", "/dev/null/x.json"], ["--json", "/"], ["--compare", "main"], ["--compare", "a", "b", "--compare-results", "a", "b"]])
def test_wrong_words_are_refused(words, capsys, monkeypatch):
    monkeypatch.setattr(run, "measure_here", lambda _: pytest.fail("it measures"))
    with pytest.raises(SystemExit) as ended:
        run.main(words)
    assert ended.value.code == 2
    assert "usage: tools/bench" in capsys.readouterr().err


def test_the_command_compares_results_without_a_build(tmp_path):
    results.write(tmp_path / "a.json", several())
    results.write(tmp_path / "b.json", several(1.2))
    ended = subprocess.run([run.ROOT / "tools/bench", "--compare-results", tmp_path / "a.json", tmp_path / "b.json",
                            "--fail-on-slower"], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1, ended.stderr
    assert verdicts_of(ended.stdout).count("slower") > len(verdicts_of(ended.stdout)) * 0.9


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit):
        run.main(["--help"])
    said = capsys.readouterr().out
    assert all(part in said for part in run.PARTS) and said.count("tools/bench --") >= 6


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/benchmarks.md", "the help"])
def test_commands_that_people_are_told_are_taken(page):
    text = run.EXAMPLES if page == "the help" else (run.ROOT / page).read_text()
    told = re.findall(r'BENCH=(?:"([^"]+)"|(--\w+))|tools/bench((?: (?:--?)?[\w./-]+)+)', text)
    assert told or page == "README.md"
    for words in told:
        words = next(filter(None, words)).split("  ")[0].split()
        if "--help" not in words:
            run.parser().parse_args(words)


def test_a_server_that_is_not_built_or_does_not_start(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BOTERNITY_BINARY", str(tmp_path / "boternity"))
    assert run.main(["--only", "turns"]) == 2
    assert "it is not there; build it with `make build`" in capsys.readouterr().err
    (tmp_path / "boternity").write_bytes(b"nothing")
    assert run.main(["--only", "turns"]) == 2
    assert "does not start" in capsys.readouterr().err


def test_a_run_writes_its_result_and_tells_what_failed(tmp_path, capsys, monkeypatch, binaries):
    double = Double(fails={("store", "a"): "no space left"})
    monkeypatch.setattr(run, "own_build", lambda: Build("here", binaries[0]))
    monkeypatch.setattr(run, "measure_part", double)
    code = run.main(["--only", "turns", "--only", "store", "--runs", "3", "--json", str(tmp_path / "out.json")])
    kept = results.read(tmp_path / "out.json")
    assert code == 1 and list(kept["parts"]) == ["turns"] and kept["runs"] == 3
    assert all(len(record["samples"]) == 3 for record in kept["parts"]["turns"])
    caught = capsys.readouterr()
    assert "store: failed: no space left" in caught.err and "| turns 3 " in caught.out


def test_the_page_stays_when_a_part_failed(tmp_path, capsys, monkeypatch, binaries):
    monkeypatch.setattr(run, "own_build", lambda: Build("here", binaries[0]))
    monkeypatch.setattr(run, "measure_part", Double(fails={("wire", "a"): "no"}))
    monkeypatch.setattr(run.page, "draw", lambda *_: pytest.fail("the page was drawn"))
    assert run.main(["--update", "--json", str(tmp_path / "out.json")]) == 1
    assert "failed: wire" in capsys.readouterr().err
