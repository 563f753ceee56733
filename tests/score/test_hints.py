"""The hint of every refusal, followed to the letter, leads to figures or to another sentence."""

import re
import shlex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import write_three_class_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions
from opinia.score.check import check_table
from opinia.score.labelled import LabelledOptions, judge_labelled
from scoring import csv_bytes

TEXTS = [
    "A good film, I liked it a lot.",
    "It was bad, far too long for me.",
    "The film was what it was, good and bad.",
]
LABELS = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "5",
    "6",
    "7",
    "10",
    "50",
    "99",
    "1E+00",
    "0.5",
    "4,5",
    "95%",
    "5/5",
    "8/10",
    "3/4",
]
LABELS += [
    "1 star",
    "★★☆☆☆",
    "no rating",
    "positive",
    "Negative",
    "neutral",
    "good",
    "bad",
    "meh",
    "-",
    "+",
    "?",
    "",
    "NaN",
]
LABELS += [
    "yes",
    "no",
    "true",
    "False",
    "x",
    "y;z",
    'a "b"',
    "a,b",
    "*",
    "1..2",
    "skip",
    "f",
    "m",
    "👍",
    "0/0",
    "$HOME",
    "250",
]
TOLD = [{}, {"label_map": "stars-5"}, {"label_map": "1=negative; 2..5=positive"}, {"labels": ("bad", "good")}]
TOLD += [
    {"label_map": "x=bad; *=good"},
    {"labels": ("0", "1")},
    {"label_map": "words"},
    {"label_map": "0..3=bad; 3..5=good"},
]
TOLD += [{"label_map": "stars"}, {"labels": ("a", "A")}, {"labels": ("1", "2", "3")}]


@pytest.fixture(scope="module")
def models(tmp_path_factory, classifier):
    return classifier, load(write_three_class_model(tmp_path_factory.mktemp("hints") / "three.onnx"))


GIVEN = re.compile(r"""--(label-map|labels) ((?:"[^"]*"|'[^']*'|[^\s"';])+)""")


def followed(hint, told):
    """The options that a hint spells out, each as a person would give it."""
    for option, value in GIVEN.findall(hint):
        (value,) = shlex.split(value.rstrip(","))
        if option == "label-map":
            yield {**{name: each for name, each in told.items() if name != "labels"}, "label_map": value}
        elif "," in value:
            yield {**told, "labels": tuple(value.split(","))}


def walk(path, model, told, seen):
    """Follow every hint, and return how many ways end in figures, or say that all is left out."""
    try:
        found = judge_labelled(path, model, options=LabelledOptions(**told))
    except DataError as error:
        said = re.sub(r"^row [\d,]+: ", "", error.message)
        assert said not in seen, (said, told)
        if "--label-map leaves out" in said:
            return 1  # all of them lie between the classes
        ways = [*followed(error.hint or "", told)]
        return sum(walk(path, model, way, {*seen, said}) for way in ways)
    assert found.rows == len(found.truth) + found.bad + found.skipped
    assert not found.bad or "no label in the column" in found.first_bad
    return 1


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    labels=st.lists(st.sampled_from(LABELS), min_size=1, max_size=7),
    told=st.sampled_from(TOLD),
    three=st.booleans(),
)
def test_a_hint_never_leads_back_to_its_sentence(labels, told, three, models, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "hints.csv"
    rows = [[TEXTS[place % len(TEXTS)], label] for place, label in enumerate(labels)]
    path.write_bytes(csv_bytes([["text", "label"], *rows]))
    ends = walk(path, models[three], told, frozenset())
    if not told and any(label not in ("", "NaN") for label in labels):
        assert ends, f"no hint leads to figures: {labels} {three}"


@pytest.mark.parametrize(
    "column", ["is_negative", "helpful", "toxicity", "label", "czy_polecasz", "would buy again?"]
)
@pytest.mark.parametrize(
    "labels", [["1", "0"], ["Yes", "No", ""], ["true", "false"], ["1", "2", "7"], ["5", "300"], ["-1"]]
)
def test_hints_lead_on_in_columns_of_any_name(column, labels, models, tmp_path):
    path = tmp_path / "in.csv"
    rows = [[text, label] for text, label in zip(TEXTS, labels, strict=False)]
    path.write_bytes(csv_bytes([["text", column], *rows]))
    for model in models:
        if check_table(path, model, ScoreOptions()).label is None:
            with pytest.raises(DataError, match=f"no obvious column of labels.*{re.escape(repr(column))}"):
                judge_labelled(path, model)
        assert walk(path, model, {"label_column": column}, frozenset())


def test_check_and_evaluate_propose_the_same(models, tmp_path):
    path = tmp_path / "in.csv"
    for column, labels in (
        ("stars", ["1", "7", "4"]),
        ("is_bad", ["1", "0", "1"]),
        ("score", ["5/5", "3/10", "2"]),
    ):
        path.write_bytes(csv_bytes([["text", column], *zip(TEXTS, labels, strict=True)]))
        with pytest.raises(DataError) as caught:
            judge_labelled(path, models[0])
        found = check_table(path, models[0], ScoreOptions())
        assert (found.label, found.why_no_labels.hint) == (column, caught.value.hint)
        mapped = next(followed(caught.value.hint, {}))["label_map"]
        found = check_table(path, models[0], ScoreOptions(), label_map=mapped)
        assert found.why_no_labels is None
        assert set(found.meanings) == set(labels)
        assert (
            judge_labelled(path, models[0], options=LabelledOptions(label_map=mapped)).meanings
            == found.meanings
        )
