"""What a model is wrong about or unsure of, ranked; and which labels are to be doubted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import opinia
from models import write_counting_model
from opinia.evaluate.metrics import answers_of
from opinia.evaluate.mistakes import Collector, explain_all, margins, self_confidence, suspects
from opinia.model.explain import explain


def shares(*rows):
    return np.array(rows, np.float32)


@st.composite
def judged(draw):
    """Labels and probabilities of up to thirty texts of two to four classes, equal ones among them."""
    width, count = draw(st.integers(2, 4)), draw(st.integers(1, 30))
    weights = draw(
        st.lists(st.lists(st.integers(0, 4), min_size=width, max_size=width), min_size=count, max_size=count)
    )
    table = np.array(weights, np.float64) + 0.25
    truth = draw(st.lists(st.integers(0, width - 1), min_size=count, max_size=count))
    return np.array(truth), (table / table.sum(axis=1, keepdims=True)).astype(np.float32)


def confident_joint(truth, table):
    """Confident learning as the paper's section 3.1 has it, a text at a time."""
    width = table.shape[1]
    limits = {}
    for number in range(width):
        own = [float(row[number]) for label, row in zip(truth, table, strict=True) if label == number]
        if own:
            limits[number] = sum(own) / len(own)
    found = []
    for label, row in zip(truth, table, strict=True):
        passing = [n for n in range(width) if n in limits and float(row[n]) >= limits[n] - 1e-12]
        best = max(passing, key=lambda n: (float(row[n]), -n)) if passing else label
        found.append(best if best != label else -1)
    return found


@settings(derandomize=True, max_examples=80, deadline=None)
@given(judged())
def test_suspects_are_the_off_diagonal_of_the_confident_joint_that_are_answered_otherwise(case):
    truth, table = case
    wanted = [
        found if answer != label else -1
        for found, answer, label in zip(confident_joint(truth, table), answers_of(table), truth, strict=True)
    ]
    found = suspects(truth, table)
    limits = self_confidence(truth, table)
    for row in range(len(truth)):
        # Sums in another order may put a text that lies on a limit on its other side.
        if not np.isclose(table[row], limits, atol=1e-6).any():
            assert found[row] == wanted[row]


@settings(derandomize=True, max_examples=80, deadline=None)
@given(judged())
def test_a_margin_is_below_nothing_where_another_class_is_answered(case):
    truth, table = case
    far = margins(truth, table)
    wrong = answers_of(table) != truth
    assert (far[~wrong] >= 0).all()
    assert (far[wrong] <= 0).all()
    own = table[np.arange(len(truth)), truth].astype(float)
    others = np.array([max(np.delete(row, label)) for row, label in zip(table, truth, strict=True)])
    np.testing.assert_allclose(far, own - others, atol=1e-6)


def test_swapped_labels_are_found():
    draw = np.random.default_rng(0)
    real = draw.integers(0, 3, 600)
    logits = draw.normal(0, 1, (600, 3))
    logits[np.arange(600), real] += 4
    table = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    noisy = draw.random(600) < 0.1
    truth = np.where(noisy, (real + draw.integers(1, 3, 600)) % 3, real)
    found = suspects(truth, table) >= 0
    assert found[noisy].mean() > 0.7
    assert noisy[found].mean() > 0.8
    assert (suspects(truth, table)[found & noisy] == real[found & noisy]).mean() > 0.9


def test_a_class_without_texts_is_no_reason_to_doubt():
    table = shares([0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1])
    assert suspects(np.array([0, 0, 1]), table).tolist() == [-1, -1, -1]
    assert np.isnan(self_confidence(np.array([0, 0, 1]), table)[2])


def collected(truth, table, **options):
    found = Collector([f"class {n}" for n in range(table.shape[1])], **options)
    names = [f"{n + 1}" for n in range(len(truth))]
    for part in np.array_split(np.arange(len(truth)), 3):  # some at a time
        found.add([names[n] for n in part], [f"text {names[n]}" for n in part], truth[part], table[part])
    return found


@settings(derandomize=True, max_examples=50, deadline=None)
@given(judged(), st.sampled_from([0.0, 0.2, 1.0]))
def test_all_wrong_and_unsure_ones_are_listed_the_worst_first(case, unsure):
    truth, table = case
    found = collected(truth, table, unsure=unsure).mistakes(most=1000)
    wrong = answers_of(table) != truth
    narrow = ~wrong & (margins(truth, table) < unsure)
    assert (found.rows, found.wrong, found.unsure) == (len(truth), wrong.sum(), narrow.sum())
    assert found.left == 0
    assert sorted(int(each.row) - 1 for each in found.listed) == np.flatnonzero(wrong | narrow).tolist()
    assert [each.kind for each in found.listed] == ["wrong"] * found.wrong + ["unsure"] * found.unsure
    for kind in ("wrong", "unsure"):
        far = [each.margin for each in found.listed if each.kind == kind]
        assert far == sorted(far)
    for each in found.listed:
        place = int(each.row) - 1
        assert each.text == f"text {each.row}"
        assert each.label == f"class {truth[place]}"
        assert each.of_label == table[place, truth[place]]
        assert each.probability == table[place].max()
        assert each.suspect is None or each.kind == "wrong"
    assert found.suspect == sum(each.suspect is not None for each in found.listed)
    assert sum(count for _, _, count in found.confused) == found.wrong


def test_of_many_the_worst_are_listed_and_the_others_counted():
    truth, table = np.zeros(50, int), shares(*[[0.5 - n / 200, 0.5 + n / 200] for n in range(50)])
    found = collected(truth, table).mistakes(most=7)
    assert [each.row for each in found.listed] == [str(n) for n in range(50, 43, -1)]
    assert (found.wrong, found.unsure, found.left) == (49, 1, 43)
    assert [e.row for e in collected(truth, table).mistakes(most=7, only="unsure").listed] == ["1"]


def test_another_threshold_makes_other_answers_wrong():
    truth, table = np.array([0, 0, 1, 1]), shares([0.65, 0.35], [0.9, 0.1], [0.65, 0.35], [0.2, 0.8])
    usual = collected(truth, table, unsure=0).mistakes(most=9)
    low = collected(truth, table, unsure=0, threshold=0.3).mistakes(most=9)
    assert [each.row for each in usual.listed] == ["3"]
    assert [each.row for each in low.listed] == ["1"]
    assert low.listed[0].probability == pytest.approx(0.35)


def test_why_is_what_explain_says(tmp_path):
    classifier = opinia.load(write_counting_model(tmp_path / "counting.onnx"))
    texts = ["the film was good", "bad and it was bad", "", "film " * 17_000 + "bad"]
    table = classifier.predict_proba(texts)
    found = Collector(classifier.classes_)
    found.add(["1", "2", "3", "4"], texts, 1 - answers_of(table), table)
    mistakes = explain_all(found.mistakes(most=9), lambda _: classifier)
    by_row = {each.row: each for each in mistakes.listed}
    for row in ("1", "2"):
        wanted = explain(classifier, by_row[row].text, target=by_row[row].answer)
        assert by_row[row].explanation.contributions == pytest.approx(wanted.contributions)
        assert by_row[row].explanation.curve == wanted.curve[-1:]
    assert by_row["2"].answer == by_row["2"].explanation.target == "negative"
    assert by_row["3"].doubt == "no_words"
    assert by_row["4"].explanation is None
