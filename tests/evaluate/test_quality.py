"""Accuracy by length and by confidence: the numbers, and the pictures of them."""

import csv
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from opinia.evaluate.metrics import evaluate
from opinia.evaluate.quality import length_bins
from opinia.evaluate.statistics import wilson
from opinia.language import LANGUAGES
from opinia.report.quality_plots import draw_quality

CLASSES = ("negative", "positive")


def answers(count=3000):
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, count)
    positive = np.clip(random.normal(0.2 + 0.6 * truth, 0.25), 0.001, 0.999)
    return truth, positive, random.integers(5, 900, count)


def test_every_text_stands_in_one_group():
    truth, positive, words = answers()
    bins = length_bins((truth == 1) == (positive > 0.5), words)
    assert len(bins) == 10
    assert sum(each.reviews for each in bins) == 3000
    for each in bins:
        inside = (words >= each.shortest) & (words <= each.longest)
        assert inside.sum() == each.reviews
        right = (truth == 1) == (positive > 0.5)
        assert each.accuracy == pytest.approx(right[inside].mean())
        assert each.low <= each.accuracy <= each.high
    assert all(one.longest < other.shortest for one, other in zip(bins, bins[1:], strict=False))


@pytest.mark.parametrize("count", [1, 2, 59, 61])
def test_few_texts_make_few_groups(count):
    truth, positive, words = answers(count)
    bins = length_bins((truth == 1) == (positive > 0.5), words)
    assert len(bins) == max(1, count // 30)
    assert sum(each.reviews for each in bins) == count


def test_texts_of_one_length_are_one_group():
    truth, positive, _ = answers(500)
    (only,) = length_bins((truth == 1) == (positive > 0.5), np.full(500, 7))
    assert (only.shortest, only.longest, only.reviews) == (7, 7, 500)


def test_the_interval_of_a_share():
    """As R's ``prop.test(7, 10, correct = FALSE)`` has it, and the ends stay within 0 and 1."""
    assert wilson(7, 10) == pytest.approx((0.3968, 0.8922), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_pictures_say_what_the_figures_are(language, tmp_path):
    truth, positive, words = answers()
    pair = np.stack([1 - positive, positive], axis=1)
    result, phrases = evaluate(truth, pair, words, CLASSES), LANGUAGES[language]
    drawn = draw_quality(result, truth, pair, words, tmp_path, language=phrases)
    assert [path.name for path in drawn] == ["reliability.png", "accuracy-by-length.png"]
    for path in drawn:
        assert path.read_bytes().startswith(b"\x89PNG")
        svg = path.with_suffix(".svg").read_bytes()
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        # Matplotlib draws letters as outlines, and keeps each text in a comment before them.
        said = " ".join(re.findall(r"<!-- (.*?) -->", svg.decode()))
        if path.stem == "reliability":
            assert phrases.number(result.ece, 4) in said
            counts = [each.reviews for each in result.bins if each.reviews]
            assert all(phrases.number(count, 0) in said for count in counts)
        else:
            assert phrases.number(result.accuracy, 3) in said
    with (tmp_path / "reliability.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 15
    error = sum(
        int(row["reviews"]) * abs(float(row["accuracy"]) - float(row["confidence"]))
        for row in rows
        if row["accuracy"]
    )
    assert error / 3000 == pytest.approx(result.ece)
    with (tmp_path / "accuracy-by-length.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    hits = sum(int(row["reviews"]) * float(row["accuracy"]) for row in rows)
    assert hits / 3000 == pytest.approx(result.accuracy)


def test_one_text_alone_can_be_drawn(tmp_path):
    truth, pair, words = np.array([1]), np.array([[0.1, 0.9]]), np.array([3])
    result = evaluate(truth, pair, words, CLASSES)
    draw_quality(result, truth, pair, words, tmp_path, language=LANGUAGES["en"])
    assert len(list(tmp_path.iterdir())) == 6
