"""What the models of two languages are taught with: the grammars, and what a collection leaves out."""

import re
import sys
from collections import Counter
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
        import teacher  # noqa: F401 - with encoder, for the tests below
    finally:
        sys.path.remove(str(FOLDER))
    return collect


@pytest.mark.parametrize("grammar", ["grammar_en", "grammar_pl"])
def test_a_grammar_gives_different_texts_and_the_same_ones_again(collect, grammar):
    samples = getattr(collect, grammar).samples
    found = list(samples(COUNT, seed=3))
    counts = Counter(text for text, _ in found)
    grammar_en = collect.grammar_en
    assert all(
        count <= (grammar_en.REPEATED if len(text) <= grammar_en.SHORT else 1)
        for text, count in counts.items()
    )
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


def test_sentences_come_from_the_texts_that_are_learnt_from(collect):
    review = "It broke on Monday. The shop was kind! I shall come back. Would you?"
    rows = [
        collect.Row(review, 0.8, "amazon4", "1"),
        collect.Row("Not this one. Never.", 0.1, "amazon4", "2", part="validation"),
        collect.Row("Nor this. Ever.", 0.1, "goemotions", "3"),
        collect.Row("One sentence alone.", 0.3, "amazon4", "4"),
    ]
    found = list(collect.sentences(rows, {"amazon4": ("cut", 20)}, seed=1))
    assert found == list(collect.sentences(rows, {"amazon4": ("cut", 20)}, seed=1))
    assert {(row.set, row.group, row.target, row.part) for row in found} == {("cut", "1", 0.8, "train")}
    assert all(row.text in review and row.text != review for row in found)
    assert len({row.text for row in found}) > 4


@pytest.fixture(scope="module")
def encoder(collect):
    import torch
    from encoder import Encoder

    torch.manual_seed(1)
    made = Encoder(width=32, layers=3, heads=4, inner=64, vocabulary=50, longest=16, epsilon=1e-5)
    return made.eval()


def test_the_encoder_reads_a_text_alike_beside_longer_ones_and_when_it_learns(encoder):
    import torch

    ids = torch.tensor([[3, 7, 9, 0, 0, 0], [4, 5, 6, 7, 8, 9]])
    inside = ids > 0
    with torch.inference_mode():
        together, alone = encoder(ids, inside), encoder(ids[:1, :3], inside[:1, :3])
    torch.testing.assert_close(together[:1], alone)
    torch.testing.assert_close(encoder(ids, inside).detach(), together.clone())


def test_frozen_layers_do_not_learn(encoder):
    import torch

    ids = torch.tensor([[3, 7, 9]])
    encoder.zero_grad()
    encoder(ids, ids > 0, frozen=2).sum().backward()
    learnt = {name for name, each in encoder.named_parameters() if each.grad is not None}
    assert learnt
    assert all(name.startswith("layers.2.") for name in learnt)


def test_numbers_of_four_bits_are_widened(collect):
    import numpy as np
    from encoder import BLOCK, _widen

    blocks = np.zeros(2, BLOCK)
    blocks["scale"] = [0.5, 2]
    blocks["nibbles"][0] = 0x0F  # low nibbles 15, high nibbles 0
    blocks["nibbles"][1] = 0x98
    wide = _widen(blocks.tobytes(), 2, 32)
    np.testing.assert_array_equal(wide[0], [3.5] * 16 + [-4.0] * 16)
    np.testing.assert_array_equal(wide[1], [0.0] * 16 + [2.0] * 16)
