"""What the models of two languages are taught with: the grammars, and what a collection leaves out."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from opinia.evaluate.behaviour import CASES_BY_LANGUAGE, read_cases

FOLDER = Path(__file__).parents[1] / "scripts/collect"
COUNT = 3000


@pytest.fixture(scope="module")
def collect():
    sys.path.insert(0, str(FOLDER))
    try:
        import collect
    finally:
        sys.path.remove(str(FOLDER))
    return collect


@pytest.mark.parametrize("grammar", ["grammar_en", "grammar_pl"])
def test_a_grammar_gives_different_texts_and_the_same_ones_again(collect, grammar):
    samples = getattr(collect, grammar).samples
    found = list(samples(COUNT, seed=3))
    assert len({text for text, _ in found}) == COUNT
    assert found == list(samples(COUNT, seed=3)) != list(samples(COUNT, seed=4))
    targets = [target for _, target in found]
    assert 0 <= min(targets) <= max(targets) <= 1
    for part in (lambda t: t < 0.4, lambda t: t > 0.6, lambda t: t == 0.5):
        assert sum(map(part, targets)) > 0.03 * COUNT


def test_polish_adjectives_agree(collect):
    agree, genitive = collect.grammar_pl.agree, collect.grammar_pl.genitive
    assert [agree("świetny", gender) for gender in "mfnp"] == ["świetny", "świetna", "świetne", "świetne"]
    assert [agree("kiepski", gender) for gender in "mfnp"] == ["kiepski", "kiepska", "kiepskie", "kiepskie"]
    assert [agree("głupi", gender) for gender in "mfn"] == ["głupi", "głupia", "głupie"]
    assert [genitive(word) for word in ("dobry", "kiepski", "super")] == ["dobrego", "kiepskiego", "super"]
    text = " ".join(text for text, _ in collect.grammar_pl.samples(COUNT, seed=1)).lower()
    assert not re.search(r"\b(film|serial) (jest|był) \w+a\b(?! a)", text)


def test_nothing_near_a_check_or_in_validation_is_collected(collect):
    case = next(c for c in read_cases(CASES_BY_LANGUAGE["en"]) if len(c.texts[0].split()) > 6)
    row = collect.Row("A fine film.", 0.9, "some", "1")
    rows = [
        row,
        replace(row, text="Mostly harmless, and quite new.", part="validation", target=0.8),
        replace(row, text="Of no opinion at all.", part="validation", target=0.5),
        replace(row, text="mostly harmless and quite NEW"),
        replace(row, text=f"He said: {case.texts[0]}"),
        replace(row, text="Another text, about the weather."),
    ]
    kept = list(collect._fit(rows))
    assert [(each.text, each.part) for each in kept] == [
        ("A fine film.", "train"),
        ("Mostly harmless, and quite new.", "validation"),
        ("Another text, about the weather.", "train"),
    ]
    assert (kept[1].target, kept[1].weight) == (1.0, 1000.0)


def test_a_group_stands_in_one_part_always(collect):
    from sets import part_of

    parts = [part_of("hotels", str(number)) for number in range(4000)]
    assert parts == [part_of("hotels", str(number)) for number in range(4000)]
    assert 0.08 < parts.count("validation") / 4000 < 0.12
