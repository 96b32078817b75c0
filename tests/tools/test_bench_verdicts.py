"""The comparison's statistics: equal builds come out as equal, changed ones as changed."""

import random

import pytest

from bench import verdicts
from bench.verdicts import FASTER, NOISY, SAME, SLOWER

PAIRS = 5
FIGURES = 40


def noisy(chance, middle, noise, count=PAIRS):
    """Measurements that spread by a share of themselves, as times do."""
    return [middle * chance.lognormvariate(0, noise) for _ in range(count)]


def judge_all(samples, test=verdicts.paired, better="lower"):
    return verdicts.judge([test(a, b) for a, b in samples], [better] * len(samples))


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042)])
def test_student_is_the_table_of_the_books(freedom, t):
    assert verdicts.student_p(t, freedom) == pytest.approx(0.05, abs=1e-4)
    assert verdicts.student_t(0.05, freedom) == pytest.approx(t, abs=1e-3)
    assert verdicts.student_p(-t, freedom) == verdicts.student_p(t, freedom)
    assert verdicts.student_p(0, freedom) == 1


def test_student_far_out():
    assert verdicts.student_t(0.001, 4) == pytest.approx(8.610, abs=1e-3)
    assert verdicts.student_p(1e9, 4) < 1e-9


@pytest.mark.parametrize("test", [verdicts.paired, verdicts.unpaired])
@pytest.mark.parametrize("noise", [0.005, 0.03, 0.2])
def test_one_figure_of_equal_builds_is_rarely_said_to_differ(test, noise):
    chance = random.Random(20)
    verdict = [judge_all([(noisy(chance, 7, noise), noisy(chance, 7, noise))], test)[0] for _ in range(2000)]
    assert sum(one in (FASTER, SLOWER) for one in verdict) <= 2000 * 0.05


@pytest.mark.parametrize("noise", [0.005, 0.03, 0.2])
def test_a_whole_comparison_of_equal_builds_says_no_difference(noise):
    """However many figures there are: that is what testing them together is for."""
    chance = random.Random(21)
    wrong = 0
    for _ in range(400):
        found = judge_all([(noisy(chance, 7, noise), noisy(chance, 7, noise)) for _ in range(FIGURES)])
        wrong += any(one in (FASTER, SLOWER) for one in found)
    assert wrong <= 400 * 0.05


def test_a_machine_that_slows_down_for_a_while_changes_nothing():
    """Both of a pair meet it: the single measurements differ by half, their ratios do not."""
    chance = random.Random(22)
    wrong = 0
    for _ in range(500):
        drift = [1, 1, 1.5, 1.5, 1.2]
        a = [x * d for x, d in zip(noisy(chance, 3, 0.02), drift)]
        b = [x * d for x, d in zip(noisy(chance, 3, 0.02), drift)]
        wrong += judge_all([(a, b)])[0] in (FASTER, SLOWER)
    assert wrong <= 500 * 0.05


@pytest.mark.parametrize(("factor", "better", "says"), [(1.1, "lower", SLOWER), (1 / 1.1, "lower", FASTER),
                                                        (1.1, "higher", FASTER), (1 / 1.1, "higher", SLOWER)])
def test_ten_percent_in_three_percent_of_noise_are_found(factor, better, says):
    chance = random.Random(23)
    found = [judge_all([(noisy(chance, 40, 0.03), noisy(chance, 40 * factor, 0.03))], better=better)[0]
             for _ in range(500)]
    assert found.count(says) >= 500 * 0.85
    opposite = SLOWER if says == FASTER else FASTER
    assert found.count(opposite) == 0


def test_a_build_that_is_slower_in_everything_is_found_in_everything():
    chance = random.Random(24)
    found = judge_all([(noisy(chance, 40, 0.03), noisy(chance, 44, 0.03)) for _ in range(FIGURES)])
    assert found.count(SLOWER) >= FIGURES * 0.8


def test_one_slower_figure_among_many_is_found_with_more_pairs():
    chance = random.Random(25)
    hits = 0
    for _ in range(100):
        samples = [(noisy(chance, 7, 0.03, 15), noisy(chance, 7, 0.03, 15)) for _ in range(FIGURES - 1)]
        samples.append((noisy(chance, 7, 0.03, 15), noisy(chance, 7.7, 0.03, 15)))
        hits += judge_all(samples)[-1] == SLOWER
    assert hits >= 95


def test_a_difference_that_nobody_would_notice_is_none():
    a = [100.0, 100.1, 99.9, 100.0, 100.05]
    assert judge_all([(a, [x * 1.015 for x in a])]) == [SAME]
    assert judge_all([(a, [x * 1.025 for x in a])]) == [SLOWER]


def test_too_noisy_is_said():
    assert judge_all([([10, 14, 8, 12, 9], [12, 9, 15, 8, 13])]) == [NOISY]


def test_few_pairs_say_nothing():
    for count in (1, 2):
        assert judge_all([([10.0] * count, [20.0 + n for n in range(count)])]) == [NOISY]


def test_values_without_noise():
    assert judge_all([([10.0] * 5, [10.0] * 5)]) == [SAME]
    assert judge_all([([10.0] * 5, [12.0] * 5)]) == [SLOWER]
    assert judge_all([([10.0] * 5, [12.0] * 5)], verdicts.unpaired) == [SLOWER]


def test_zeros_have_no_ratio():
    assert judge_all([([0.0] * 5, [0.0] * 5)]) == [SAME]
    assert judge_all([([0.0] * 5, [0.0, 3.0, 0.0, 0.0, 0.0])]) == [NOISY]


def test_many_tests_at_once():
    # The textbook's example: by themselves nine of these fifteen are below 5 %, together only four are.
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
               0.7590, 1.0]
    assert verdicts.beyond_chance(chances, 0.05) == {0, 1, 2, 3}
    assert verdicts.beyond_chance([]) == set()
