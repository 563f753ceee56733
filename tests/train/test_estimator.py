"""opinia.SentimentClassifier: what it takes, learns, answers and keeps, alone and in scikit-learn's tools."""

import copy
import pickle
import re
import subprocess
import sys
import threading

import joblib
import numpy as np
import pandas as pd
import pytest

import opinia
from blocked import without
from commands import call
from opinia import SentimentClassifier
from opinia.train.loop.callbacks import Callback
from small_texts import small_texts

pytest.importorskip("sklearn", minversion="1.6")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.ensemble import VotingClassifier  # noqa: E402
from sklearn.exceptions import ConvergenceWarning, NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402
from sklearn.utils import get_tags  # noqa: E402

THREE = ("negative", "neutral", "positive")
TINY = {"epochs": 4, "units": 8, "embedding": 8, "learning_rate": 0.02, "threads": 1, "random_state": 1}
X, Y = small_texts(160)
OTHERS, OF_OTHERS = small_texts(60, seed=7)


def tiny(**changes):
    return SentimentClassifier(**{**TINY, **changes})


def quick(**changes):
    """Fits in a fifth of a second, and has learnt little."""
    return tiny(**{"epochs": 1, **changes})


def content_of(estimator):
    return estimator.classifier_.model.to_bytes()


@pytest.fixture(scope="module")
def fitted():
    return tiny().fit(X, Y)


@pytest.fixture(scope="module")
def three():
    return tiny(epochs=8).fit(*small_texts(240, classes=THREE))


# What it answers


def test_two_classes_are_learnt(fitted):
    assert fitted.score(OTHERS, OF_OTHERS) > 0.9
    assert fitted.classes_.tolist() == ["negative", "positive"]
    probabilities = fitted.predict_proba(OTHERS)
    assert probabilities.shape == (60, 2)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
    logits = fitted.decision_function(OTHERS)
    assert logits.shape == (60,)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), probabilities[:, 1], rtol=1e-5, atol=1e-7)
    assert fitted.predict(OTHERS).tolist() == fitted.classes_[(logits > 0).astype(int)].tolist()
    assert is_classifier(fitted)


def test_three_classes_are_learnt(three):
    others, of_others = small_texts(60, classes=THREE, seed=7)
    assert three.score(others, of_others) > 0.8
    probabilities, logits = three.predict_proba(others), three.decision_function(others)
    assert probabilities.shape == logits.shape == (60, 3)
    np.testing.assert_allclose(np.exp(logits), probabilities, rtol=1e-5, atol=1e-7)
    assert three.predict(others).tolist() == three.classes_[logits.argmax(1)].tolist()


def test_what_was_done_can_be_looked_at(fitted):
    assert fitted.n_iter_ == len(fitted.history_) == 4
    assert [epoch["epoch"] for epoch in fitted.history_] == [1, 2, 3, 4]
    best = max(fitted.history_, key=lambda epoch: (epoch["val_accuracy"], -epoch["val_loss"]))
    card = fitted.classifier_.card
    assert card["figures"] == best
    assert card["data"]["source"] == card["recipe"]["data"]["source"] == "memory"
    assert card["data"]["rule"].startswith("stratified by class")
    assert card["recipe"]["network"]["units"] == 8
    assert card["recipe"]["training"]["calibrate"]
    assert not hasattr(fitted, "n_features_in_")
    assert not hasattr(fitted, "feature_names_in_")
    assert not hasattr(fitted, "transform")
    tags = get_tags(fitted).input_tags
    assert (tags.one_d_array, tags.two_d_array, tags.string) == (True, False, True)


def test_nothing_asked_is_nothing_answered(fitted):
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba(np.array([], object)).shape == (0, 2)
    assert fitted.decision_function([]).shape == (0,)


def test_it_trains_what_the_command_trains(tmp_path):
    """Of the same texts and seed it chooses the same settings and gives the same probabilities."""
    pd.DataFrame({"text": X, "label": Y}).to_csv(tmp_path / "reviews.csv", index=False)
    options = [
        "--epochs",
        "1",
        "--seed",
        "5",
        "--threads",
        "1",
        "--device",
        "cpu",
        "-o",
        "run",
    ]
    done = call("train", "--data", "reviews.csv", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    command = opinia.load(tmp_path / "run")
    estimator = SentimentClassifier(epochs=1, random_state=5, threads=1).fit(X, Y)
    assert np.array_equal(command.predict_proba(OTHERS), estimator.predict_proba(OTHERS))
    ours, theirs = (each.card["recipe"] for each in (estimator.classifier_, command))
    assert {**ours, "data": None} == {**theirs, "data": None}
    for part in ("train", "validation"):
        mine, its = (each.card["data"][part] for each in (estimator.classifier_, command))
        assert all(mine[name] == its[name] for name in ("reviews", "positives", "groups"))


# Labels and texts of all kinds

KINDS = [
    *("bools", "bool array", "ints", "int8 array", "floats", "str array", "object array", "objects of ints"),
    *("series", "categories", "strings of pandas", "Int64", "bool series", "tuple"),
]
SIGNS = np.array([label == "positive" for label in Y])


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (SIGNS.tolist(), [False, True]),
        (SIGNS, [False, True]),
        (SIGNS.astype(int).tolist(), [0, 1]),
        ((SIGNS * 5 - 2).astype(np.int8), [-2, 3]),
        (SIGNS.astype(float), [0.0, 1.0]),
        (np.where(SIGNS, "świetny", "słaby"), ["słaby", "świetny"]),
        (np.where(SIGNS, "好", "差").astype(object), ["好", "差"]),
        (SIGNS.astype(int).astype(object), [0, 1]),
        (pd.Series(Y, index=range(1000, 1160)), ["negative", "positive"]),
        (pd.Series(Y).astype("category"), ["negative", "positive"]),
        (pd.Series(Y, dtype="string"), ["negative", "positive"]),
        (pd.Series(SIGNS.astype(int)).astype("Int64"), [0, 1]),
        (pd.Series(SIGNS), [False, True]),
        (tuple(Y), ["negative", "positive"]),
    ],
    ids=KINDS,
)
def test_labels_keep_their_type(labels, classes):
    estimator = quick().fit(X, labels)
    assert estimator.classes_.tolist() == sorted(classes)
    assert [type(each) for each in estimator.classes_.tolist()] == [type(each) for each in classes]
    answers = estimator.predict(X)
    assert answers.dtype == estimator.classes_.dtype
    assert {*answers.tolist()} <= {*classes}
    assert estimator.classifier_.classes_.tolist() == [str(each) for each in estimator.classes_.tolist()]
    plain = np.array(list(labels))
    assert estimator.score(X, plain) == (answers == plain).mean()


def test_a_column_of_labels_is_taken_with_the_warning_of_scikit_learn():
    from sklearn.exceptions import DataConversionWarning

    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert content_of(quick().fit(X, np.array(Y)[:, None])) == content_of(quick().fit(X, Y))


def columns_of(texts):
    yield "tuple", tuple(texts)
    yield "generator", (text for text in texts)
    yield "str array", np.array(texts)
    yield "object array", np.array(texts, object)
    yield "series", pd.Series(texts, index=range(len(texts), 0, -1))
    yield "object series", pd.Series(texts, dtype=object)
    yield "string series", pd.Series(texts, dtype="string")
    yield "index", pd.Index(texts)
    pyarrow = pytest.importorskip("pyarrow")
    yield "arrow", pyarrow.array(texts)
    yield "arrow chunks", pyarrow.chunked_array([texts[:50], texts[50:]])
    yield "arrow series", pd.Series(texts, dtype=pd.ArrowDtype(pyarrow.string()))


def test_columns_of_texts_of_every_kind_are_the_same(fitted):
    texts, labels = X[:60], Y[:60]
    expected, model = fitted.predict_proba(texts), content_of(quick().fit(texts, labels))
    for name, column in columns_of(texts):
        assert np.array_equal(fitted.predict_proba(column), expected), name
    for name, column in columns_of(texts):
        assert content_of(quick().fit(column, labels)) == model, name


def test_texts_of_odd_letters_and_none_are_learnt_from():
    odd = [
        "",
        "—",
        " ",
        "👍",
        "\ud800 half \udfff",
        "a\0b",
        "a" * 5000,
        "<br />",
        "\u200b",
        "ﬁlm",
        "!!!",
        "zażółć",
    ]
    texts = [odd[row // 10] if row % 10 == 0 and row < 120 else text for row, text in enumerate(X)]
    estimator = quick().fit(texts, Y)
    assert np.isfinite(estimator.predict_proba(odd)).all()
    again = pickle.loads(pickle.dumps(estimator))
    assert np.array_equal(again.predict_proba(odd), estimator.predict_proba(odd))


# What is refused


@pytest.mark.parametrize(
    ("texts", "match"),
    [
        ("one text", r"1-d sequence of str. Received: str 'one text'\nhint: put one text into a list"),
        (b"bytes", "Received: bytes"),
        (None, "Received: NoneType"),
        (5, "Received: int 5"),
        (dict.fromkeys(X), "hand over its values"),
        (set(X), "it has no order"),
        ([[text] for text in X], "entries are sequences themselves"),
        (np.array(X)[:, None], r"of shape \(160, 1\)"),
        (np.array("text"), r"of shape \(\)"),
        (pd.DataFrame({"text": X}), r"DataFrame of shape \(160, 1\)\nhint: hand over one column"),
        ([None, *X[1:]], "missing value.*NoneType None at position 0"),
        ([*X[:-1], float("nan")], "contains NaN.*at position 159"),
        (np.array([*X[:-1], np.nan], object), "contains NaN.*at position 159"),
        (pd.Series([*X[:-1], None]), "missing value.*at position 159"),
        (pd.Series([pd.NA, *X[1:]], dtype="string"), "missing value.*NAType"),
        ([b"bytes", *X[1:]], "must be a str. Received: bytes"),
        ([*X[:3], 4, *X[4:]], "must be a str. Received: int 4 at position 3"),
        (np.zeros(160), "must be a str. Received: float64"),
    ],
)
def test_what_is_no_column_of_texts_is_refused(fitted, texts, match):
    with pytest.raises(ValueError, match=f"(?s){match}"):
        quick().fit(texts, Y)
    for method in (fitted.predict, fitted.predict_proba, fitted.decision_function):
        with pytest.raises(ValueError, match=f"(?s){match}"):
            method(texts)


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (None, "requires y to be passed, but the target y is None"),
        (Y[1:], r"inconsistent numbers of samples: \[160, 159\]"),
        ("positive", "y should be a 1d array"),
        (np.ones((160, 2), int), "y should be a 1d array"),
        (["good"] * 160, "needs two classes or more. Received one class: 'good'"),
        ([None, *Y[1:]], "Input y contains NaN, None or another missing value"),
        ([float("nan"), *Y[1:]], "missing value. Received: float nan at position 0"),
        (pd.Series([*Y[:-1], None]), "missing value"),
        (np.array([np.nan, *([0.0, 1.0] * 80)[1:]]), "Input y contains NaN"),
        (np.linspace(0, 1, 160), "Unknown label type: continuous"),
        ([1, "a"] * 80, "all texts or all numbers. Received: int 1, str 'a'"),
        ([b"a", b"b"] * 80, "labels must be texts or numbers. Received: bytes"),
        (np.array([b"a", b"b"] * 80), "labels must be texts or numbers. Received: bytes"),
        (["only", *["a", "b", "c"] * 53], "the class 'only' has one text; two are needed"),
        pytest.param(
            *(range(160), "the class '0' has one text"),
            marks=pytest.mark.filterwarnings("ignore:The number of unique classes"),
        ),
        (["", "b"] * 80, "the class '', which a model file cannot name"),
        ([" a", "b"] * 80, "the class ' a', which a model file cannot name"),
        (["a\n", "b"] * 80, "which a model file cannot name"),
        (["a" * 101, "b"] * 80, "which a model file cannot name"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(labels, match):
    with pytest.raises(ValueError, match=match):
        quick().fit(X, labels)


@pytest.mark.parametrize(
    ("texts", "labels", "match"),
    [
        ([], [], "Found array with 0 sample"),
        (["good", "bad"], ["a", "b"], "the class 'a' has one text"),
        (["all the same"] * 160, Y, "the 160 labelled texts are copies of 1, too few for 2 classes"),
        (["—"] * 80 + ["…"] * 80 + ["", " "] * 20, [0, 1] * 100, "holds a word|copies of"),
        (["\u2014" * (row + 1) for row in range(40)], [0, 1] * 20, "no text of X .* holds a word"),
        (["a " * 500_001, *X[1:]], Y, "a text of 1,000,002 characters at position 0; at most 1,000,000"),
    ],
)
def test_texts_that_hold_nothing_to_learn_are_refused(texts, labels, match):
    with pytest.raises(ValueError, match=match):
        quick().fit(texts, labels)


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ([1.0, 2.0], r"sample_weight.shape == \(2,\), expected \(160,\)"),
        (np.ones((160, 1)), "must be 1D array or scalar"),
        ([-1.0] * 160, "finite and not negative. Received: -1.0 at position 0"),
        ([1.0] * 159 + [np.nan], "finite and not negative. Received: nan at position 159"),
        ([np.inf] * 160, "finite and not negative. Received: inf"),
        ([0.0] * 160, "must contain at least one non-zero number"),
        (["a"] * 160, "sample_weight must be numbers"),
        (SIGNS.astype(float), "Received one class: 'positive'"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, match):
    with pytest.raises(ValueError, match=match):
        quick().fit(X, Y, weights)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"epochs": 0}, "epochs must be from 1 to 10,000. Received: 0"),
        ({"epochs": 2.5}, "epochs must be a whole number, or None. Received: 2.5"),
        ({"epochs": "3"}, "epochs must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"units": -8}, "units must be from 1 to"),
        ({"embedding": 10**6}, "embedding must be from 1 to"),
        ({"max_tokens": 2}, "max_tokens must be from 3 to"),
        ({"learning_rate": float("nan")}, "learning_rate must be from .* Received: nan"),
        ({"learning_rate": "fast"}, "learning_rate must be a number"),
        ({"batch_size": 150}, "batch_size must be at most the number of texts .*, 128. Received: 150"),
        ({"threads": 0}, "threads must be from 1"),
        ({"validation": 0}, "validation must be a number of texts"),
        ({"validation": 1.0}, "validation must be a number of texts"),
        ({"validation": "half"}, "validation must be a number of texts"),
        ({"validation": 160}, "160 texts of validation leave nothing to learn from"),
        ({"class_weight": "equal"}, "class_weight must be None, 'balanced'"),
        ({"class_weight": {"positive": -1, "negative": 1}}, "class_weight must be finite and not negative"),
        ({"class_weight": {"good": 2}}, r"\['negative', 'positive'\], are not in class_weight"),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda"),
        ({"random_state": "lucky"}, "cannot be used to seed"),
        ({"random_state": -1}, "Seed must be between"),
        ({"callbacks": Callback}, "callbacks must be a list"),
    ],
)
def test_parameters_that_cannot_be_are_refused_by_fit(changes, match):
    estimator = quick(**changes)
    with pytest.raises(ValueError, match=match):
        estimator.fit(X, Y)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "save", "score"])
def test_what_has_not_learnt_does_not_answer(method, tmp_path):
    place = tmp_path / "model.onnx"
    given = {"save": (place,), "score": (X, Y)}.get(method, (X,))
    with pytest.raises(NotFittedError, match="This SentimentClassifier instance is not fitted yet"):
        getattr(SentimentClassifier(), method)(*given)
    assert not place.exists()


def test_a_fit_that_fails_leaves_what_was_learnt(fitted):
    estimator = copy.deepcopy(fitted)
    with pytest.raises(ValueError, match="one class"):
        estimator.fit(X, ["good"] * 160)
    assert np.array_equal(estimator.predict_proba(OTHERS), fitted.predict_proba(OTHERS))


# Parameters


def test_parameters_reach_the_recipe_and_none_is_chosen_from_the_texts():
    estimator = quick(
        batch_size=np.int64(20), max_tokens=50, validation=np.float32(0.25), class_weight="balanced"
    )
    card = estimator.fit(X, Y).classifier_.card
    settings = card["recipe"]
    assert settings["training"]["batch_size"] == 20
    assert settings["training"]["class_weight"] == "balanced"
    assert settings["text"] == {"max_tokens": 50, "kind": "words", "unlabelled": False, "language": "en"}
    assert card["data"]["validation"]["reviews"] == 40
    chosen = SentimentClassifier(epochs=1, units=8, threads=1, validation=30).fit(X, Y).classifier_.card
    assert chosen["recipe"]["training"]["batch_size"] == 16
    assert chosen["recipe"]["network"]["embedding"] == 64
    assert chosen["data"]["validation"]["reviews"] == 30


def test_it_begins_with_a_model_that_is_named():
    fitted = SentimentClassifier(init_from="small", epochs=1, threads=1, random_state=1).fit(X[:40], Y[:40])
    assert fitted.classifier_.card["recipe"]["training"]["init_from"] == "small"
    assert fitted.classifier_.card["text"]["vocabulary"] >= 20_000
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(OTHERS), fitted.predict_proba(OTHERS))
    with pytest.raises(ValueError, match="there is no model at smal"):
        SentimentClassifier(init_from="smal").fit(X[:40], Y[:40])
    with pytest.raises(ValueError, match=r"brings its own units and embedding. Received: units=8"):
        SentimentClassifier(init_from="small", units=8).fit(X[:40], Y[:40])


def test_a_seed_decides_what_is_learnt():
    one, same, other = (content_of(quick(random_state=seed).fit(X, Y)) for seed in (3, np.int64(3), 4))
    assert one == same != other
    states = [content_of(quick(random_state=np.random.RandomState(3)).fit(X, Y)) for _ in range(2)]
    assert states[0] == states[1]
    drawn = np.random.RandomState(3)
    assert content_of(quick(random_state=drawn).fit(X, Y)) != content_of(quick(random_state=drawn).fit(X, Y))
    assert quick(random_state=2**32 - 1).fit(X, Y).n_iter_ == 1
    assert content_of(quick(random_state=None).fit(X, Y)) != content_of(quick(random_state=None).fit(X, Y))


def test_pytorch_is_left_as_it_was():
    import torch

    torch.manual_seed(11)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    first = content_of(quick(threads=3).fit(X, Y))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    torch.rand(5)
    assert content_of(quick(threads=3).fit(X, Y)) == first


def test_trainings_in_threads_do_not_mix():
    expected = [content_of(quick(random_state=seed).fit(X, Y)) for seed in (1, 2)]
    found = {}

    def train(seed):
        found[seed] = content_of(quick(random_state=seed).fit(X, Y))

    threads = [threading.Thread(target=train, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[1], found[2]] == expected


class Counting(Callback):
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, trainer, epoch):
        self.epochs = epoch.epoch


def test_callbacks_are_called_and_it_says_what_it_does_if_asked(capsys):
    counting = Counting()
    quick(epochs=2, callbacks=[counting]).fit(X, Y)
    assert counting.epochs == 2
    assert capsys.readouterr() == ("", "")
    quick(epochs=2, verbose=1).fit(X, Y)
    said, errors = capsys.readouterr()
    assert errors == ""
    assert "training.epochs = 2: as you said\n" in said
    assert "training.batch_size = 16: about" in said
    assert "epoch 2/2: loss" in said


@pytest.mark.filterwarnings("error", "default::sklearn.exceptions.ConvergenceWarning")
def test_it_warns_where_nothing_was_learnt(capfd):
    tiny().fit(X, Y)
    texts, labels = small_texts(160, noise=1.0)
    with pytest.warns(ConvergenceWarning, match="nothing learnt so far"):
        quick(learning_rate=1e-9).fit(texts, labels)
    assert capfd.readouterr() == ("", "")


# Weights


def test_texts_of_weight_0_are_absent():
    """Bit by bit; labels that only they have, too."""
    more, of_more = small_texts(40, seed=3)
    texts, labels = [*X, *more], [*Y, *of_more]
    mixed = np.random.default_rng(0).permutation(200)
    weights = np.where(mixed < 160, 1.0, 0.0)
    texts, labels = [texts[row] for row in mixed], [labels[row] for row in mixed]
    labels = [label if weight else "unheard" for label, weight in zip(labels, weights, strict=True)]
    found = quick().fit(texts, labels, weights)
    there = [row for row in range(200) if weights[row]]
    alone = quick().fit([texts[row] for row in there], [labels[row] for row in there])
    assert found.classes_.tolist() == ["negative", "positive"]
    assert np.array_equal(found.predict_proba(OTHERS), alone.predict_proba(OTHERS))
    uneven = np.where(weights > 0, np.arange(200) % 3 + 1, 0)
    found = quick().fit(texts, labels, uneven)
    alone = quick().fit([texts[row] for row in there], [labels[row] for row in there], uneven[there])
    assert np.array_equal(found.predict_proba(OTHERS), alone.predict_proba(OTHERS))


def test_equal_weights_are_none_and_their_size_does_not_matter():
    none = content_of(quick().fit(X, Y))
    for weights in (np.ones(160), np.full(160, 0.3), 2, np.full(160, 1e308), np.full(160, 5e-324)):
        assert content_of(quick().fit(X, Y, weights)) == none
    uneven = np.arange(160) % 3 + 1
    small, large = (
        quick().fit(X, Y, uneven * size).predict_proba(OTHERS) for size in (2.0**-1000, 2.0**1000)
    )
    assert np.array_equal(small, large)
    assert not np.allclose(small, quick().fit(X, Y).predict_proba(OTHERS), atol=1e-4)


@pytest.mark.parametrize("classes", [("negative", "positive"), THREE])
def test_whole_weights_have_the_effect_of_repetition(classes):
    """Texts that do not tell their class: what is said of it is its share, of weights as of copies."""
    texts, _ = small_texts(240, classes=("neutral",), seed=5)
    labels = np.random.default_rng(1).choice(classes, 240)
    counts = np.where(labels == "positive", 5, 1)
    share = counts[labels == "positive"].sum() / counts.sum()
    settings = {"epochs": 3, "learning_rate": 0.005}
    others, _ = small_texts(100, classes=("neutral",), seed=6)
    weighted = tiny(**settings).fit(texts, labels, counts).predict_proba(others)[:, -1].mean()
    rows = np.repeat(np.arange(240), counts)
    copies = tiny(**settings).fit([texts[row] for row in rows], labels[rows])
    repeated = copies.predict_proba(others)[:, -1].mean()
    plain = tiny(**settings).fit(texts, labels).predict_proba(others)[:, -1].mean()
    assert weighted == pytest.approx(share, abs=0.07)
    assert weighted == pytest.approx(repeated, abs=0.07)
    assert plain < weighted - 0.2


def test_weights_of_classes_are_weights_of_their_texts():
    weights = {"negative": 1.0, "positive": 3.0}
    of_classes = quick(class_weight=weights).fit(X, Y)
    of_texts = quick().fit(X, Y, [weights[label] for label in Y])
    assert np.array_equal(of_classes.predict_proba(OTHERS), of_texts.predict_proba(OTHERS))
    both = quick(class_weight=weights).fit(X, Y, [1 / weights[label] for label in Y])
    np.testing.assert_allclose(both.predict_proba(OTHERS), quick().fit(X, Y).predict_proba(OTHERS), atol=1e-5)


# What is kept


def test_copies_and_pickles_answer_alike(fitted, tmp_path):
    expected = fitted.predict_proba(OTHERS)
    joblib.dump(fitted, tmp_path / "estimator.joblib", compress=3)
    kept = {
        "copy": copy.copy(fitted),
        "deep copy": copy.deepcopy(fitted),
        "pickle": pickle.loads(pickle.dumps(fitted)),
        "joblib": joblib.load(tmp_path / "estimator.joblib"),
    }
    for name, each in kept.items():
        assert np.array_equal(each.predict_proba(OTHERS), expected), name
        assert each.get_params() == fitted.get_params(), name
        assert each.history_ == fitted.history_, name
    assert content_of(fitted) in pickle.dumps(fitted)


def test_a_pickle_is_opened_without_pytorch(fitted, tmp_path):
    (tmp_path / "estimator.pickle").write_bytes(pickle.dumps(fitted))
    code = without("torch", "onnx", "pandas", "pyarrow") + "import pickle\n"
    code += "estimator = pickle.load(open('estimator.pickle', 'rb'))\n"
    code += f"print(estimator.predict_proba({OTHERS[:2]!r}).tolist())\nprint(len(estimator.predict([])))\n"
    code += "try: estimator.fit(['a b', 'c d'] * 9, [0, 1] * 9)\n"
    code += "except Exception as error: print(repr(error))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    answers, nothing, refused = done.stdout.splitlines()
    assert answers == str(fitted.predict_proba(OTHERS[:2]).tolist())
    assert nothing == "0"
    assert "MissingExtraError" in refused
    assert "opinia.SentimentClassifier.fit needs torch" in refused


def test_without_scikit_learn_it_says_so():
    code = without("sklearn", "scipy") + "import opinia\nfrom opinia import *\n"
    code += "try: SentimentClassifier()\nexcept opinia.MissingExtraError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, hint = done.stdout.splitlines()
    assert said == "opinia.SentimentClassifier needs scikit-learn, which is not installed"
    assert "[teacher]" in hint


def test_the_saved_file_is_a_model_of_opinia(fitted, three, tmp_path):
    path = tmp_path / "model.onnx"
    for estimator in (three, fitted):  # the second replaces the first
        estimator.save(path)
        loaded = opinia.load(path)
        assert np.array_equal(loaded.predict_proba(OTHERS), estimator.predict_proba(OTHERS))
        assert loaded.predict(OTHERS) == estimator.predict(OTHERS).tolist()
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize(
    ("classes", "kept"),
    [
        (("poor", "good"), ("poor", "good")),
        (("nie", "tak"), ("nie", "tak")),
        (("sad", "okay", "happy"), ("sad", "okay", "happy")),
        (("Good", "good"), ("Good", "good")),
        (("spam", "ham"), ("ham", "spam")),
        ((10, 2), ("2", "10")),
        ((True, False), ("False", "True")),
    ],
)
def test_a_model_file_has_opinions_from_negative_to_positive(classes, kept, tmp_path):
    """However they are sorted: its last class is what opinia calls positive."""
    texts, told = small_texts(160, classes=THREE if len(classes) == 3 else THREE[::2])
    names = dict(zip(THREE if len(classes) == 3 else THREE[::2], classes, strict=True))
    labels = [names[label] for label in told]
    estimator = tiny().fit(texts, labels)
    assert estimator.classes_.tolist() == sorted(classes)
    estimator.save(tmp_path / "model.onnx")
    loaded = opinia.load(tmp_path / "model.onnx")
    assert tuple(loaded.classes_) == kept
    columns = [kept.index(str(label)) for label in estimator.classes_.tolist()]
    probabilities, logits = estimator.predict_proba(texts), estimator.decision_function(texts)
    assert np.array_equal(probabilities, loaded.predict_proba(texts)[:, columns])
    assert estimator.score(texts, labels) > 0.8
    assert [str(label) for label in estimator.predict(texts).tolist()] == loaded.predict(texts)
    if len(classes) == 2:
        np.testing.assert_allclose(1 / (1 + np.exp(-logits)), probabilities[:, 1], rtol=1e-5, atol=1e-7)
    else:
        np.testing.assert_allclose(np.exp(logits), probabilities, rtol=1e-5, atol=1e-7)


def test_parameters_are_set_and_cloned_without_what_was_learnt(fitted):
    parameters = fitted.get_params()
    assert {name: parameters[name] for name in TINY} == TINY
    fresh = clone(fitted)
    assert fresh.get_params() == parameters
    with pytest.raises(NotFittedError):
        fresh.predict(X)
    changed = copy.deepcopy(fitted).set_params(epochs=1, units=1)
    assert np.array_equal(changed.predict_proba(OTHERS), fitted.predict_proba(OTHERS))
    with pytest.raises(ValueError, match="Invalid parameter 'layers'"):
        fresh.set_params(layers=2)
    with pytest.raises(TypeError):
        SentimentClassifier(10)
    assert repr(SentimentClassifier(units=8)) == "SentimentClassifier(units=8)"


# In scikit-learn's tools


def lower(texts):
    return [text.lower() for text in texts]


def shouted(texts):
    return pd.Series(texts).str.upper()


def test_it_stands_in_a_pipeline(fitted):
    pipeline = Pipeline([("lower", FunctionTransformer(lower)), ("judge", tiny())])
    pipeline.fit([text.upper() for text in X], Y)
    assert np.array_equal(pipeline.predict_proba(OTHERS), fitted.predict_proba(OTHERS))
    assert pipeline.classes_.tolist() == ["negative", "positive"]
    weighted = pipeline.fit(X, Y, judge__sample_weight=np.where(SIGNS, 3.0, 1.0))
    expected = tiny().fit(X, Y, np.where(SIGNS, 3.0, 1.0))
    assert np.array_equal(weighted.predict_proba(OTHERS), expected.predict_proba(OTHERS))
    again = pickle.loads(pickle.dumps(pipeline))
    assert np.array_equal(again.predict_proba(OTHERS), expected.predict_proba(OTHERS))


@pytest.mark.parametrize("container", ["default", "pandas"])
def test_it_stands_in_a_pipeline_whose_output_is_set(container):
    pipeline = make_pipeline(FunctionTransformer(shouted), quick()).set_output(transform=container)
    assert pipeline.fit(pd.Series(X), Y).predict(pd.Series(OTHERS)).shape == (60,)


def test_a_grid_is_searched_in_processes_with_the_figures_of_one():
    grid = {"learning_rate": [0.02, np.float32(1e-6)], "units": np.array([8])}
    searches = [
        GridSearchCV(tiny(epochs=3), grid, cv=2, n_jobs=jobs, error_score="raise").fit(pd.Series(X), Y)
        for jobs in (None, 2)
    ]
    scores = [search.cv_results_["mean_test_score"].tolist() for search in searches]
    assert scores[0] == scores[1]
    assert searches[0].best_params_["learning_rate"] == 0.02
    assert searches[1].best_estimator_.score(OTHERS, OF_OTHERS) > 0.8


def test_it_is_cross_validated_and_weights_are_cut_with_their_texts():
    scores = cross_val_score(tiny(), X, Y, cv=3, n_jobs=2, scoring="neg_log_loss", error_score="raise")
    assert min(scores) > -0.6
    weights = np.where(np.arange(160) % 4 == 0, 0.0, 1.0)
    out_of_fold = cross_val_predict(
        tiny(), X, Y, cv=2, method="predict_proba", params={"sample_weight": weights}
    )
    assert out_of_fold.shape == (160, 2)
    assert ((out_of_fold[:, 1] > 0.5) == SIGNS).mean() > 0.7


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_it_is_calibrated_once_more(method):
    texts, labels = small_texts(160, classes=THREE)
    calibrated = CalibratedClassifierCV(quick(), method=method, cv=2).fit(texts, labels)
    probabilities = calibrated.predict_proba(OTHERS)
    assert probabilities.shape == (60, 3)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)


def test_it_votes():
    voters = [("one", tiny()), ("other", tiny(random_state=2))]
    assert VotingClassifier(voters, voting="soft").fit(X, Y).score(OTHERS, OF_OTHERS) > 0.8


# The page about it


def test_the_example_of_the_page_works_as_it_stands(root, tmp_path, monkeypatch, capsys):
    page = (root / "docs/own_data.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (code,) = (block for block in blocks if "SentimentClassifier(" in block)
    assert code.count("SentimentClassifier(") == 2
    shorter = code.replace("SentimentClassifier(", "SentimentClassifier(epochs=1, embedding=8, ")
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"text": X, "label": Y}).to_csv("reviews.csv", index=False)
    found = {}
    exec(compile(shorter, "own_data.md", "exec"), found)
    score, probabilities = capsys.readouterr().out.splitlines()
    assert 0 <= float(score) <= 1
    assert probabilities.startswith("[[")
    saved = opinia.load("reviews.onnx")
    assert np.array_equal(saved.predict_proba(OTHERS), found["estimator"].predict_proba(OTHERS))
    assert found["search"].best_params_["units"] in (32, 64)
    assert isinstance(opinia.explain(found["estimator"].classifier_, X[0]), opinia.Explanation)


def test_the_page_names_every_parameter(root):
    page = (root / "docs/own_data.md").read_text("utf-8")
    assert [name for name in SentimentClassifier().get_params() if f"`{name}`" not in page] == []
