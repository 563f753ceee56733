"""``opinia train --folds`` and ``--learning-curve`` on a table of one's own."""

import csv
import io
import json
import random
import shlex

import numpy as np
import pytest
from sklearn.metrics import f1_score

import opinia
from commands import call
from opinia.errors import RecipeError
from opinia.evaluate.learning_curve import LearningCurve, Point, gain_of
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe

SAID = {
    "bad": ("dirty", "loud", "rude staff", "cold breakfast", "never again", "awful bed"),
    "fine": ("it was fine", "average", "nothing special", "like everywhere", "neither good nor poor"),
    "great": ("spotless", "quiet", "kind staff", "delicious breakfast", "wonderful bed", "lovely view"),
}
QUICK = ("--init-from", "none", "--epochs", 3, "--threads", 1, "--learning-rate", 0.01)


def rows(count, *, seed=0, noise=0.0):
    """Return texts with their labels, and the rows whose labels are wrong, from 1."""
    draw = random.Random(seed)
    classes, found, wrong = tuple(SAID), [], set()
    for number in range(count):
        label = classes[number % len(classes)]
        text = f"In room {draw.randint(1, 999)} for {draw.randint(2, 30)} nights: "
        text += ", ".join(draw.sample(SAID[label], 3)) + "."
        if draw.random() < noise:
            wrong.add(number + 1)
            label = draw.choice([name for name in classes if name != label])
        found.append((text, label))
    return found, wrong


def write(path, found):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *found])
    return path


def trained(folder, *arguments, status=0):
    done = call("train", *arguments, cwd=folder)
    assert done.returncode == status, done.stderr
    return done


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("folds")
    found, wrong = rows(240, noise=0.08)
    write(folder / "own.csv", found)
    done = trained(folder, "--data", "own.csv", "--folds", 3, *QUICK, "--epochs", 10)
    return folder, done, found, wrong


def test_each_text_is_judged_once_by_a_model_that_has_not_seen_it(folds):
    folder, _, found, _ = folds
    place = folder / "runs/own-folds3-seed1"
    predictions = table(place / "predictions.csv")
    assert [(row["text"], row["label"]) for row in predictions] == found
    assert [row["row"] for row in predictions] == [str(n + 1) for n in range(240)]
    for number in (1, 2, 3):
        run = RunFolder(place / f"fold-{number}")
        assert run.is_finished
        own = [row for row in predictions if row["fold"] == str(number)]
        assert len(own) == 80
        model = opinia.load(run.path)
        assert model.card["data"]["test"] == {"source": f"fold {number} of 3", "reviews": 80}
        assert model.card["data"]["train"]["reviews"] + model.card["data"]["validation"]["reviews"] == 160
        shares = model.predict_proba([row["text"] for row in own])
        said = [[float(row[f"probability_{name}"]) for name in model.classes_] for row in own]
        np.testing.assert_allclose(said, shares, atol=1e-5)
        assert [row["answer"] for row in own] == model.predict([row["text"] for row in own])


def test_the_figures_are_those_of_the_predictions(folds):
    folder, done, _, _ = folds
    place = folder / "runs/own-folds3-seed1"
    names = [name.removeprefix("probability_") for name in table(place / "predictions.csv")[0] if "_" in name]
    accuracies = []
    for row in table(place / "folds.csv"):
        own = [each for each in table(place / "predictions.csv") if each["fold"] == row["fold"]]
        truth, answers = [each["label"] for each in own], [each["answer"] for each in own]
        shares = [[float(each[f"probability_{name}"]) for name in names] for each in own]
        accuracies.append(np.mean(np.array(truth) == np.array(answers)))
        assert float(row["accuracy"]) == pytest.approx(accuracies[-1])
        assert float(row["macro_f1"]) == pytest.approx(f1_score(truth, answers, average="macro"))
        own_shares = [each[names.index(label)] for each, label in zip(shares, truth, strict=True)]
        assert float(row["nll"]) == pytest.approx(-np.log(np.maximum(own_shares, 1e-12)).mean(), abs=1e-4)
        assert 0.5 < float(row["linear_accuracy"]) <= 1
    summary = json.loads((place / "folds.json").read_text())
    assert summary["network"]["accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
    assert summary["network"]["accuracy"]["sd"] == pytest.approx(np.std(accuracies, ddof=1))
    said = f"accuracy {100 * np.mean(accuracies):.1f} ± {100 * np.std(accuracies, ddof=1):.1f} %"
    assert said in done.stderr
    assert "tf-idf and logistic regression on the same folds" in done.stderr


def test_errors_reads_the_folds_and_finds_wrong_labels(folds):
    folder, done, _, wrong = folds
    said = shlex.split(done.stdout)
    assert said[-4:] == ["errors", "runs/own-folds3-seed1", "-o", "errors.html"]
    assert call(*said[-4:], cwd=folder).returncode == 0
    assert "runs/" not in (folder / "errors.html").read_text("utf-8")
    for named in ("runs/own-folds3-seed1", "runs/own-folds3-seed1/predictions.csv"):
        found = call("errors", named, "--only", "suspect", "--most", 500, cwd=folder)
        assert found.returncode == 0, found.stderr
        suspects = {int(row["row"]) for row in csv.DictReader(io.StringIO(found.stdout))}
        assert len(suspects & wrong) >= 0.5 * len(wrong)
        assert len(suspects & wrong) >= 0.8 * len(suspects)
        assert "knows their labels" not in found.stderr
    refused = call("errors", "runs/own-folds3-seed1", "own.csv", cwd=folder)
    assert refused.returncode == 2
    assert "has texts and labels itself" in refused.stderr
    assert call("errors", "runs/own-folds3-seed1/fold-1", cwd=folder).returncode == 2


def test_a_damaged_table_of_predictions_is_refused(folds, tmp_path):
    folder, _, _, _ = folds
    content = (folder / "runs/own-folds3-seed1/predictions.csv").read_bytes()
    for damaged in (
        b"",
        content[:40],
        content.replace(b"probability_bad", b"share"),
        content.replace(b"0.", b"x"),
    ):
        (tmp_path / "predictions.csv").write_bytes(damaged)
        done = call("errors", tmp_path / "predictions.csv")
        assert done.returncode == 1
        assert "predictions" in done.stderr


def test_a_stopped_cross_validation_goes_on(tmp_path):
    found, _ = rows(120)
    write(tmp_path / "own.csv", found)
    given = ("--data", "own.csv", "--folds", 3, *QUICK, "-o", "cv")
    trained(tmp_path, *given)
    kept = (tmp_path / "cv/predictions.csv").read_bytes()
    for name in ("predictions.csv", "folds.csv", "folds.json", "fold-3/run.json"):
        (tmp_path / "cv" / name).unlink()
    unfinished = call("errors", "cv", cwd=tmp_path)
    assert unfinished.returncode == 1
    assert "are not finished" in unfinished.stderr
    done = trained(tmp_path, "--resume", "cv")
    assert done.stderr.count("is finished already") == 2
    assert (tmp_path / "cv/predictions.csv").read_bytes() == kept
    assert "is finished already" in trained(tmp_path, *given).stderr
    other = trained(tmp_path, *given, "--seed", 5, status=1)
    assert "holds runs of another recipe" in other.stderr
    write(tmp_path / "own.csv", [*found[:-1], ("another text at the end of it all", "bad")])
    changed = trained(tmp_path, "--resume", "cv", status=1)
    assert "was trained on other texts" in changed.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--folds", "3"), 2, "name it with --data"),
        (("--sample", "--folds", "3"), 2, "name it with --data"),
        (("--data", "own.csv", "--folds", "1"), 2, "1"),
        (("--data", "own.csv", "--folds", "3", "--learning-curve"), 2, "choose one"),
        (("--data", "own.csv", "--folds", "90"), 1, "too few for 90 folds"),
        (("--data", "own.csv", "--folds", "3", "--test", "own.csv"), 1, "no data.test"),
        (("--data", "own.csv", "--folds", "3", "--tensorboard"), 2, "--tensorboard is of one run"),
        (("--resume", "nowhere", "--folds", "3"), 2, "give it alone"),
    ],
)
def test_what_does_not_go_together_is_refused_and_leaves_nothing(arguments, status, why, tmp_path):
    write(tmp_path / "own.csv", rows(60)[0])
    done = trained(tmp_path, *arguments, status=status)
    assert why in done.stderr
    assert not list(tmp_path.glob("runs/*/fold-*"))


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    write(tmp_path / "own.csv", rows(60)[0])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("kept")
    done = trained(tmp_path, "--data", "own.csv", "--folds", 3, "-o", "mine", status=1)
    assert "thesis.txt" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "values",
    [
        {"data.folds": 5, "data.fold": 6},
        {"data.folds": 5},
        {"data.fold": 1},
        {"data.folds": 1, "data.fold": 1},
        {"data.folds": 3, "data.fold": 1, "data.test": "t.csv"},
        {"data.source": "imdb", "data.table": "", "data.train_share": 0.5},
    ],
)
def test_impossible_folds_are_no_recipe(values):
    with pytest.raises(RecipeError, match="data."):
        Recipe().replace({"data.source": "table", "data.table": "t.csv", **values})


def test_a_learning_curve_is_of_the_same_validation_and_says_what_more_would_bring(tmp_path):
    write(tmp_path / "own.csv", rows(300)[0])
    given = ("--data", "own.csv", "--learning-curve", *QUICK, "--validation", 90)
    done = trained(tmp_path, *given)
    place = tmp_path / "runs/own-curve-seed1"
    points = table(place / "learning-curve.csv")
    assert [float(row["share"]) for row in points] == [0.1, 0.2, 0.5, 1.0]
    assert [int(row["texts"]) for row in points] == [21, 42, 105, 210]
    held = set()
    for row in points:
        run = RunFolder(place / f"share-{round(100 * float(row['share'])):03d}")
        model = opinia.load(run.path)
        held.add(model.card["data"]["validation"]["fingerprint"])
        assert model.card["data"]["train"]["reviews"] == int(row["texts"])
        assert run.recipe().training.epochs == 3
        best = max(epoch.val_accuracy for epoch in run.history())
        assert float(row["accuracy"]) == pytest.approx(best, abs=1e-6)
    assert len(held) == 1
    assert "points (95 % interval" in done.stderr.splitlines()[-1]
    assert {path.name for path in place.glob("learning-curve.*")} == {
        f"learning-curve.{ending}" for ending in ("csv", "json", "png", "svg", "toml")
    }
    kept = (place / "learning-curve.csv").read_bytes()
    (place / "learning-curve.csv").unlink()
    (place / "share-050/run.json").unlink()
    again = trained(tmp_path, "--resume", "runs/own-curve-seed1")
    assert again.stderr.count("is finished already") == 3
    assert (place / "learning-curve.csv").read_bytes() == kept
    other = trained(tmp_path, *given, "--class-weight", "balanced", status=1)
    assert "holds runs" in other.stderr


def curve_of(gain, reach):
    return LearningCurve((Point(1.0, 100, 0.8, 0.7, 0.9, None),), 50, gain, reach)


@pytest.mark.parametrize(
    ("gain", "reach", "said"),
    [
        (0.05, 0.03, "more texts would help"),
        (0.002, 0.006, "more texts of this kind would hardly help"),
        (-0.04, 0.02, "more texts of this kind would hardly help"),
        (0.02, 0.05, "too few texts of validation to say"),
        (None, float("nan"), "too few texts to say"),
    ],
)
def test_the_conclusion_follows_from_the_interval(gain, reach, said):
    assert said in curve_of(gain, reach).conclusion()


@pytest.mark.parametrize(
    ("gain", "texts", "said"),
    [
        (0.02, 100_000, "about 400 of them would: --validation 400"),  # (0.04 / 0.02)² times as many
        (0.02, 200, "about 400 of them would tell, which there are not"),
        (0.0, 100_000, "about 1,600 of them would: --validation 1600"),  # to see that it is below a point
    ],
)
def test_how_many_texts_of_validation_would_tell(gain, texts, said):
    curve = LearningCurve((Point(1.0, texts, 0.8, 0.7, 0.9, None),), 100, gain, 0.04)
    assert curve.conclusion().endswith(said)


def test_the_gain_is_that_of_pairs():
    one, other = np.array([True] * 70 + [False] * 30), np.array([True] * 65 + [False] * 5 + [True] * 30)
    gain, reach = gain_of(one, other)
    assert gain == pytest.approx(0.25)
    draw = np.random.default_rng(0)
    differences = other.astype(float) - one
    means = [draw.choice(differences, 100).mean() for _ in range(4000)]
    assert reach - 0.005 == pytest.approx(1.96 * np.std(means), rel=0.05)
    assert gain_of(one, one) == (0.0, pytest.approx(0.005))
