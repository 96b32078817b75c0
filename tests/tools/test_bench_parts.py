"""What the parts make of what they measured: every figure has an id of its own, words and a way to be shown."""

import json

import pytest

from bench import local_model, page, results, run, store, turns, wire
from bench.bench_run import failure_of, percentiles
from bench.builds import Build
from bench.figure import BETTER, ID, rows_of

MICROS = {"n": 100, "mean": 1000.0, "p50": 1500.0, "p90": 2000.0, "p99": 3000.0, "max": 4000.0}


class Programs:
    """A bench whose measuring programs say what they are told to."""

    def __init__(self, tmp_path, says):
        self.folder, self.seconds, self.says = tmp_path, 1, says
        self.build = Build("x", tmp_path / "boternity", tmp_path)
        (tmp_path / "bench").mkdir()
        for name in says:
            (tmp_path / "bench" / name).touch()

    def program(self, name, *words):
        return self.says[name]

    def memory_folder(self):
        return None


def test_the_kept_result_has_every_part_and_known_ids():
    kept = results.read(page.RESULT)
    assert list(kept["parts"]) == list(run.PARTS)
    figures = results.figures_of(kept)
    assert all(ID.fullmatch(figure.id) and figure.better in BETTER and figure.what and figure.row for figure in figures)
    assert {"turn.disk.160.p50", "start.resident", "memory.bots.1000", "store.disk.16.commits",
            "wire.openai.decoder.speed", "model.tokens.plain", "streams.idle.each", "machine.fsync.p50"} <= {figure.id for figure in figures}


@pytest.mark.parametrize("kind", wire.ANSWERS)
def test_a_recorded_answer_is_made_long(kind):
    recorded = (wire.GOLDEN / kind / wire.ANSWERS[kind]).read_text()
    made = wire.long_answer(recorded, 60)
    separator = "\n" if kind == "ollama" else "\n\n"
    assert made.count(separator) == recorded.count(separator) + 60
    assert made.startswith(recorded[:recorded.index(wire.WORDS)].rpartition(separator)[0])
    assert made.count("the old sea") == 10
    pieces = [line.removeprefix("data: ") for line in made.splitlines() if line.startswith(("data: {", "{"))]
    assert all(isinstance(json.loads(piece), dict) for piece in pieces)


def test_an_answer_that_says_nothing_known_is_refused():
    with pytest.raises(RuntimeError, match="no event of the recorded answer"):
        wire.long_answer("data: {}\n\n")


def test_the_store_tells_commits_and_their_wait(tmp_path):
    said = [{"writers": n, "commits_per_second": 1000.0 * n, "commit_ms": {"p50": 0.3, "p99": 2.0}}
            for n in (1, 4, 16, 64)]
    figures = store.measure(Programs(tmp_path, {"store_bench": said}))
    assert [figure.id for figure in figures][:3] == ["store.disk.1.commits", "store.disk.1.p50", "store.disk.1.p99"]
    assert rows_of(figures)[2] == ("store, 16 writers, on disk, durable commits / p50 / p99",
                                   "16,000/s, 0.30 ms / 2.00 ms", "")
    assert len(figures) == 9


def test_a_build_without_its_programs_is_measured_without_them(tmp_path):
    bench = Programs(tmp_path, {})
    assert store.measure(bench) == [] and wire.measure(bench) == []


def test_a_program_from_before_it_told_figures_gives_none(tmp_path):
    bench = Programs(tmp_path, {"store_bench": [], "llama_bench": []})
    assert store.measure(bench) == [] and local_model.beside_the_plain_loop(bench) == []


def test_the_model_is_told_as_a_share_of_the_plain_loop(tmp_path):
    said = [{"what": what, "per_second": speeds, "first_ms": [1.0]} for what, speeds in (
        ("plain loop, llama.cpp's defaults", [99.0, 100.0, 101.0]), ("provider, cold session", [89.0, 90.0, 95.0]),
        ("provider, warm session (second turn)", [95.0, 95.0, 96.0]))]
    figures = local_model.beside_the_plain_loop(Programs(tmp_path, {"llama_bench": said}))
    assert {figure.id: figure.value for figure in figures} == {
        "model.tokens.cold": 90, "model.share.cold": 90, "model.tokens.warm": 95, "model.share.warm": 95,
        "model.tokens.plain": 100}


def test_turns_that_fail_are_told_beside_the_figure():
    said = {"errors": 3, "first_error": "500 disk full", "micros": {"n": 0}}
    figures = percentiles("turn.disk.160", "turn, 160/s", said["micros"], note=failure_of(said))
    assert rows_of(figures) == [("turn, 160/s, p50 / p99", "none ms / none ms, 3 ERRORS: 500 disk full", "")]


def test_a_saturated_turn_has_all_its_figures():
    said = {"per_second": 2316.0, "errors": 0, "first_error": "", "micros": MICROS, "cpu_micros": 566.0}
    ((what, here, _),) = rows_of(turns.saturated("turn.disk.saturated", "turn, saturated, on disk", said, 36.0))
    assert what == "turn, saturated, on disk"
    assert here == "2,316/s (4,632 durable commits/s), 1.50 ms / 3.00 ms, 566 us of CPU each, peak 36 MiB"
