"""Result files and what is drawn from them: the table, the page, the plots."""

import json
import xml.etree.ElementTree as xml

import pytest

from bench import page, plots, results, svg
from bench.figure import Figure, Goal, medians, number, row, rows_of, table
from support.bench_samples import figures, result

SVG = "{http://www.w3.org/2000/svg}"


def written(tmp_path, made):
    file = tmp_path / "result.json"
    file.write_text(made if isinstance(made, str) else json.dumps(made))
    return file


def refused(tmp_path, made):
    with pytest.raises(results.ResultError) as caught:
        results.read(written(tmp_path, made))
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/result.json: ") and said.endswith(".") and "\n" not in said
    return said


# --- the table -------------------------------------------------------------------------------------------------


def test_figures_of_one_row_are_one_cell():
    made = row("turn, 160/s",
               Figure("turn.160.p50", 1.594, "ms", "{:.2f} ms", goal=Goal(1, "adds < 1 ms p50"), name="p50"),
               Figure("turn.160.p99", 2.99, "ms", " / {:.2f} ms", goal=Goal(5, "< 5 ms p99"), name="p99"))
    assert rows_of(made) == [("turn, 160/s, p50 / p99", "1.59 ms / 2.99 ms", "adds < 1 ms p50, < 5 ms p99")]
    assert [figure.what for figure in made] == ["turn, 160/s, p50", "turn, 160/s, p99"]


def test_what_went_wrong_stands_in_the_row():
    made = row("turn", Figure("turn.p50", None, "ms", "{:.2f} ms"), note="3 ERRORS: 500")
    assert rows_of(made) == [("turn", "none ms, 3 ERRORS: 500", "")]


def test_the_table_is_markdown_in_columns():
    assert table([("a", "1 ms", ""), ("long words", "2", "< 3")]).splitlines() == [
        "| what       | here | goal |",
        "|------------|------|------|",
        "| a          | 1 ms |      |",
        "| long words | 2    | < 3  |"]


def test_several_runs_are_their_median():
    runs = [row("x", Figure("x.y", value, "ms", "{:.1f}")) for value in (3.0, 1.0, 2.0)]
    (one,) = medians(runs)
    assert (one.value, one.samples) == (2.0, [3.0, 1.0, 2.0])
    assert medians(runs[:1])[0].samples == []


@pytest.mark.parametrize(("value", "unit", "words"), [
    (0, "", "0"), (18332.4, "/s", "18,332/s"), (1.594, "ms", "1.59 ms"), (43.62, "ms", "43.6 ms"),
    (0.0123, "ms", "0.012 ms")])
def test_numbers_have_the_digits_that_say_something(value, unit, words):
    assert number(value, unit) == words


# --- the file --------------------------------------------------------------------------------------------------


def test_a_result_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "deeper" / "result.json"
    results.write(file, result())
    assert results.read(file) == result()
    assert results.figures_of(results.read(file))[0].goal == Goal(1, "adds < 1 ms p50")
    assert [entry.name for entry in file.parent.iterdir()] == ["result.json"]


def test_the_head_tells_machine_and_build(tmp_path):
    (tmp_path / "CMakeFiles/3.25.1").mkdir(parents=True)
    (tmp_path / "CMakeFiles/3.25.1/CMakeCXXCompiler.cmake").write_text(
        'set(CMAKE_CXX_COMPILER_ID "Clang")\nset(CMAKE_CXX_COMPILER_VERSION "19.1.7")\n')
    binary = tmp_path / "boternity"
    binary.write_bytes(b"abc")
    head = results.head(page.ROOT, binary, 5, 1)
    assert head["binary_sha256"].startswith("ba7816bf8f01cfea")
    assert head["compiler"] == "Clang 19.1.7"
    assert results.problem_of(head | {"parts": {}}) == ""


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(results.ResultError, match="cannot be read .*name a file that `make bench` wrote"):
        results.read(tmp_path / "absent.json")


def test_half_a_file(tmp_path):
    whole = json.dumps(result())
    for cut in (0, 1, len(whole) // 2, len(whole) - 1):
        assert "not whole JSON" in refused(tmp_path, whole[:cut])


def test_another_schema(tmp_path):
    assert "schema 2, and this version reads schema 1" in refused(tmp_path, result(schema=2))


@pytest.mark.parametrize("made", [[], {}, 3, {"bots": 1}])
def test_json_that_is_no_result(tmp_path, made):
    assert "not a result of `make bench`" in refused(tmp_path, made)


@pytest.mark.parametrize("name", [*results.HEAD, "parts"])
def test_a_head_that_lacks_something(tmp_path, name):
    made = result()
    del made[name]
    assert "not a result" in refused(tmp_path, made) if name == "schema" else f"`{name}`" in refused(tmp_path, made)


@pytest.mark.parametrize(("name", "value", "says"), [
    ("id", "Turn", "`Turn` is no id"), ("value", "1", "`value` of figure turn.disk.80.p50 is '1'"),
    ("value", True, "`value`"), ("better", "more", "none of lower, higher, none"), ("samples", [1, "x"], "samples"),
    ("shown", "{", "cannot be shown"), ("shown", "{:d}", "cannot be shown"),
    ("goal", {"words": "x"}, "cannot be shown"), ("id", "turn.disk.80.p99", "two figures")])
def test_a_figure_that_cannot_be(tmp_path, name, value, says):
    made = result()
    made["parts"]["all"][0][name] = value
    assert says in refused(tmp_path, made)


def test_no_number_is_refused(tmp_path):
    text = json.dumps(result()).replace("1.59", "NaN", 1)
    assert "not a number" in refused(tmp_path, text)


# --- the page and its plots ------------------------------------------------------------------------------------


def test_the_page_has_the_table_and_every_plot(tmp_path):
    document, folder = tmp_path / "benchmarks.md", tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "old.svg").write_text("of a plot that is no more")
    page.draw(result(), document, folder)
    text = document.read_text()
    assert "2 cores (Some CPU), 24 GiB, load 0.5 before; 2026-01-02, commit 0123456789ab, Clang 19.1.7" in text
    assert "| resident with 1,000 bots " in text
    assert sorted(file.stem for file in folder.iterdir()) == sorted(plots.PLOTS)
    for name in plots.PLOTS:
        assert f"](benchmarks/{name}.svg)" in text


def test_the_kept_page_is_what_the_kept_result_draws(tmp_path):
    document, folder = tmp_path / "benchmarks.md", tmp_path / "benchmarks"
    page.draw(results.read(page.RESULT), document, folder)
    assert document.read_text() == page.DOCUMENT.read_text(), "run `tools/bench --redraw`"
    for file in folder.iterdir():
        assert file.read_text() == (page.PLOTS / file.name).read_text(), "run `tools/bench --redraw`"


def test_what_was_not_measured_is_not_drawn():
    assert plots.draw([]) == {}
    assert set(plots.draw(row("x", Figure("memory.bots.0", 1.0, "MiB", "{}")))) == {"memory"}


def charts():
    return plots.charts(figures()) | {"kept " + name: chart for name, chart in
                                      plots.charts(results.figures_of(results.read(page.RESULT))).items()}


@pytest.mark.parametrize("name", charts())
def test_a_plot_is_xml_with_a_title(name):
    chart = charts()[name]
    root = xml.fromstring(chart.svg())
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == chart.title
    assert root.findtext(f"{SVG}desc")
    assert "prefers-color-scheme:dark" in root.findtext(f"{SVG}style")


@pytest.mark.parametrize("name", charts())
def test_labels_of_a_plot_are_apart_and_inside(name):
    boxes = charts()[name].boxes()
    assert overlapping(boxes) == []
    for text, (left, top, right, bottom) in boxes:
        assert left >= 0 and top >= 0 and right <= svg.WIDTH and bottom <= svg.HEIGHT, text


def overlapping(boxes):
    return [(a, b) for n, (a, (l1, t1, r1, b1)) in enumerate(boxes) for b, (l2, t2, r2, b2) in boxes[n + 1:]
            if l1 < r2 and l2 < r1 and t1 < b2 and t2 < b1]


def test_labels_that_lie_on_each_other_are_noticed():
    crowded = svg.bars("t", "x", "y", {"a": [(f"a rather long name {n}", 3) for n in range(12)]})
    assert overlapping(crowded.boxes())


@pytest.mark.parametrize("top", [0.0004, 0.9, 1, 3, 12.99, 99, 100, 101, 18332])
def test_axes_have_round_steps_that_reach_the_top(top):
    steps = svg.ticks(top)
    assert steps[0] == 0 and steps[-1] >= top and 2 <= len(steps) <= 7
    assert steps[-2] < top


def test_words_of_a_plot_are_escaped():
    chart = svg.lines("a < b & \"c\"", "x", "y", {"p50 < 3": [(1, 2.0), (2, 3.0)]})
    assert xml.fromstring(chart.svg()).findtext(f"{SVG}title") == 'a < b & "c"'
