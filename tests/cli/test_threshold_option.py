"""``--threshold`` of ``opinia score`` and ``opinia evaluate``, and its choice."""

import csv
import dataclasses
import json

import numpy as np
import onnx
import pytest

import opinia
from commands import call
from models import write_counting_model, write_three_class_model
from opinia.errors import ModelFileError
from opinia.model.file import read_model, write_model
from opinia.score import ScoreOptions, score_table
from opinia.tables import partfile

ROWS = [
    ("good good film", "positive"),
    ("good film", "positive"),
    ("the film", "positive"),
    ("it was a film", "negative"),
    ("bad film", "negative"),
    ("good bad bad film", "negative"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "reviews.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *ROWS])
    return path


def scored(table, model, *arguments):
    out = table.with_name("out.csv")
    done = call("score", table, "-o", out, "--model", model, "--force", *arguments)
    assert done.returncode == 0, done.stderr
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("threshold", [0, 0.2, 0.5, 0.57, 0.99, 1])
def test_score_answers_the_second_class_above_it(table, model, threshold):
    positive = opinia.load(model).predict_proba([text for text, _ in ROWS])[:, 1].astype(float)
    rows = scored(table, model, "--threshold", threshold, "--prefix", "m_")
    assert [row["m_label"] for row in rows] == [
        "negative" if p <= threshold else "positive" for p in positive
    ]
    for row, p in zip(rows, positive, strict=True):
        own = p if row["m_label"] == "positive" else 1 - p
        assert float(row["m_probability"]) == pytest.approx(own, abs=1e-6)


def test_one_half_is_what_is_done_without_it(table, model):
    assert scored(table, model, "--threshold", 0.5, "--prefix", "m_") == scored(
        table, model, "--prefix", "m_"
    )


def test_the_band_of_uncertainty_lies_around_it(table, model):
    positive = opinia.load(model).predict_proba([text for text, _ in ROWS])[:, 1].astype(float)
    rows = scored(table, model, "--threshold", 0.9, "--uncertain", 0.06, "--prefix", "m_")
    unsure = [row["m_label"] == "uncertain" for row in rows]
    assert unsure == (np.abs(positive - 0.9) < 0.06).tolist()
    assert any(unsure)
    assert not all(unsure)


def test_a_run_is_not_resumed_with_another(model, tmp_path, monkeypatch):
    monkeypatch.setattr(partfile, "SEGMENT_BYTES", 4096)
    long, out = tmp_path / "long.csv", tmp_path / "out.csv"
    with long.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *ROWS * 1000])

    def stop(progress):
        if progress.rows > 3000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_table(
            long,
            out,
            classifier=opinia.load(model),
            options=ScoreOptions(threshold=0.2, prefix="m_"),
            on_progress=stop,
        )
    given = ("score", long, "-o", out, "--model", model, "--prefix", "m_", "--resume")
    for other in ((), ("--threshold", 0.3)):
        refused = call(*given, *other)
        assert refused.returncode == 1
        assert "threshold" in refused.stderr
    assert call(*given, "--threshold", 0.2).returncode == 0


def evaluated(table, model, *arguments):
    done = call("evaluate", model, table, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_evaluate_measures_at_it(table, model):
    found, _ = evaluated(table, model, "--threshold", 0.57)
    assert found["threshold"] == 0.57
    assert found["confusion"] == [[3, 0], [1, 2]]
    assert "threshold  0.57" in call("evaluate", model, table, "--threshold", 0.57).stdout


def test_the_chosen_one_is_said_with_those_around_it(table, model):
    found, said = evaluated(table, model, "--choose-threshold", "f1")
    best = max(each["f1"] for each in found["thresholds"])
    assert found["f1"] == pytest.approx(best)
    assert found["threshold"] in [each["threshold"] for each in found["thresholds"]]
    assert "note: the threshold was chosen on" in said
    again, _ = evaluated(table, model, "--threshold", found["threshold"])
    assert again["confusion"] == found["confusion"]
    shown = call("evaluate", model, table, "--choose-threshold", "f1", "--lang", "pl")
    assert f"--threshold {found['threshold']:.16g} daje" in shown.stdout
    assert "uwaga: próg wybrano" in shown.stderr


def test_costs_decide(table, model):
    dear, _ = evaluated(
        table, model, "--choose-threshold", "cost", "--cost", "false-negative=9, false_positive=1"
    )
    cheap, _ = evaluated(
        table, model, "--choose-threshold", "cost", "--cost", "false-positive=9,false-negative=1"
    )
    assert dear["confusion"][1][0] == 0
    assert cheap["confusion"][0][1] == 0
    assert dear["threshold"] < cheap["threshold"]
    assert dear["cost"] == pytest.approx(dear["confusion"][0][1] / 6)
    given, _ = evaluated(table, model, "--threshold", 0.5, "--cost", "false-positive=2,false-negative=0")
    assert given["cost"] == pytest.approx(2 * given["confusion"][0][1] / 6)


def test_a_test_split_is_warned_of(model):
    for data, word in (
        ("sample:test", "is what the model is tested on"),
        ("sample:validation", "does not say"),
    ):
        said = call("evaluate", model, data, "--choose-threshold", "f1").stderr
        assert word in said


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--threshold", "1.5"), 2, "1.5"),
        (("--threshold", "nan"), 1, "must be from 0 to 1"),
        (("--threshold", "0.4", "--choose-threshold", "f1"), 2, "choose one"),
        (("--choose-threshold", "cost"), 2, "what a wrong answer costs"),
        (("--choose-threshold", "f1", "--cost", "false-positive=1,false-negative=2"), 2, "--cost goes with"),
        (("--cost", "false-positive=1,false-negative=2"), 2, "--cost goes with"),
        (("--choose-threshold", "cost", "--cost", "false-positive=1"), 2, "both wrong answers"),
        (
            ("--choose-threshold", "cost", "--cost", "false-positive=0,false-negative=0"),
            2,
            "more than nothing",
        ),
        (("--choose-threshold", "cost", "--cost", "false-positive=-1,false-negative=2"), 2, "Received"),
        (("--choose-threshold", "cost", "--cost", "false-positive=nan,false-negative=2"), 2, "Received"),
        (("--choose-threshold", "cost", "--cost", "fp=1,fn=2"), 2, "Received"),
        (("--threshold", "0.4", "--ledger", "ledger.csv"), 2, "ledger"),
    ],
)
def test_what_does_not_go_together_is_refused(table, model, arguments, status, why):
    done = call("evaluate", model, table, *arguments, cwd=table.parent)
    assert done.returncode == status, done.stderr
    assert why in done.stderr
    assert done.stdout == ""
    assert not (table.parent / "ledger.csv").exists()


def test_more_classes_have_none(table, tmp_path):
    three = write_three_class_model(tmp_path / "three.onnx")
    for arguments in (
        ("score", table, "-o", "out.csv", "--model", three, "--threshold", "0.4"),
        ("evaluate", three, table, "--threshold", "0.4"),
        ("evaluate", three, table, "--choose-threshold", "f1"),
    ):
        done = call(*arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert "is for models of two classes. Received a model of 3: bad, fine, good" in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_texts_of_one_class_choose_nothing(model, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("text,label\ngood film,positive\nbad film,positive\n")
    done = call("evaluate", model, path, "--choose-threshold", "f1")
    assert done.returncode == 1
    assert "texts of both classes" in done.stderr


@pytest.fixture(scope="module")
def kept(model, tmp_path_factory):
    """The model with a threshold on its card that is above what one word in favour gives."""
    folder = tmp_path_factory.mktemp("kept")
    rows = [("good good film", "positive"), ("good film", "negative"), ("bad film", "negative")]
    with (folder / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    out = folder / "kept.onnx"
    done = call("evaluate", model, folder / "reviews.csv", "--choose-threshold", "f1", "--keep", out)
    assert done.returncode == 0, done.stderr
    again = call("evaluate", model, folder / "reviews.csv", "--choose-threshold", "f1", "--keep", out)
    assert "exists already" in again.stderr
    return out


def test_the_threshold_on_a_card_answers_everywhere(table, model, kept):
    """Without it "good film" is positive; each way to judge says negative with it."""
    text = "good film"
    before, after = opinia.load(model), opinia.load(kept)
    assert after.card["threshold"]["value"] == after.threshold
    assert after.card["threshold"]["aim"] == "f1"
    assert before.threshold is None
    share = float(before.predict_proba(text)[0, 1])
    assert 0.5 < share < after.threshold
    assert float(after.predict_proba(text)[0, 1]) == pytest.approx(share)
    assert (before.predict(text), after.predict(text)) == (["positive"], ["negative"])
    (said,) = after.classify(text)
    assert (said.label, said.probability) == ("negative", pytest.approx(1 - share, abs=1e-6))
    (unsure,) = after.classify(text, uncertain=after.threshold - share + 0.01)
    assert unsure.label == "uncertain"
    assert opinia.explain(after, text).label == "negative"
    rows = {row["text"]: row for row in scored(table, kept, "--prefix", "m_")}
    assert (rows[text]["m_label"], rows["good good film"]["m_label"]) == ("negative", "positive")
    assert {row["text"]: row for row in scored(table, kept, "--prefix", "m_", "--threshold", 0.5)}[text][
        "m_label"
    ] == "positive"
    told = call("evaluate", kept, table, "--json")
    assert json.loads(told.stdout)["threshold"] == after.threshold
    assert "threshold on its card" in told.stderr
    analysed = call("analyse", text, "--model", kept, "--json")
    assert json.loads(analysed.stdout.splitlines()[0])["label"] == "negative"
    listed = table.with_name("errors.csv")
    assert call("errors", kept, table, "-o", listed).returncode == 0
    assert text in listed.read_text("utf-8")


def test_a_threshold_that_is_none_is_no_models(model, tmp_path):
    found = read_model(model)
    for value in (1.5, "0.3", None, True):
        card = {**found.description.card, "threshold": {"value": value}}
        write_model(
            tmp_path / "odd.onnx", onnx.load(model), dataclasses.replace(found.description, card=card)
        )
        with pytest.raises(ModelFileError, match="threshold on the model's card"):
            opinia.load(tmp_path / "odd.onnx")
    refused = call("evaluate", model, "sample:validation", "--keep", tmp_path / "x.onnx")
    assert "give both" in refused.stderr
