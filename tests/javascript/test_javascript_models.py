"""The JavaScript package answers as Python does, with every model, and refuses what it must."""

import base64
import json
import random
import re
from pathlib import Path

import compared
import numpy as np
import pytest

import opinia
from fuzzing import damaged
from opinia.errors import InputError, ModelFileError
from opinia.model.explain import explain

SMALL, LARGE = ("seed", "small"), ("base", "general", "polish", "auto")
SOME, FEW, SHORT = 250, 70, 300
SHARE = 0.05
"""Of texts that a network in 8 bits may judge a little otherwise in WebAssembly: see ``compared.WORST``."""
PLACES = 1e-6
DAMAGED = 150
OWN = ["good", "bad bad film", "", "the film", "good good bad \ud83d"]
PHRASES = ["good", "bad film"]
EXPLAINED = [
    ("A warm, funny and beautifully acted film, but the ending is weak.", {}),
    (
        "Not bad at all 👍🏽 — not   BAD, I’d say; naïve!",
        {"phrases": ["not bad", [6, 9], "i'd say"], "target": "negative"},
    ),
    ("", {}),
    ("Good... <br />Bad! ".join(["It was long, and it was good. "] * 45), {"curve": False}),
    ("ﬁne ﬁlm \ud800 STRASSE straße \N{ZERO WIDTH SPACE}ok", {"phrases": ["strasse", "fine"]}),
]


@pytest.fixture(scope="module")
def counting(tmp_path_factory):
    from models import write_counting_model, write_three_class_model

    folder = tmp_path_factory.mktemp("models")
    return {
        "counting": str(write_counting_model(folder / "counting.onnx")),
        "three": str(write_three_class_model(folder / "three.onnx")),
        "ngrams": str(write_three_class_model(folder / "ngrams.onnx", ngrams=True)),
    }


def asked_of(runtime, given, names, **more):
    sources = {name: compared.models()[name][0] for name in names}
    return given, compared.ask("judge.mjs", {"runtime": runtime, "models": sources, "texts": given, **more})


def short_texts():
    return [text for text in compared.texts(FEW) if len(text) < SHORT]


def check(runtime, given, answer, names):
    for name in names:
        classifier, found = compared.models()[name][1], answer["models"][name]
        differences, others = compared.faults(classifier, given, found["predictions"])
        if runtime == compared.WEB and name in LARGE:
            assert (differences > compared.TOLERANCE).mean() < SHARE
            assert differences.max() < compared.WORST
        else:
            assert differences.max() < compared.TOLERANCE
        assert not others
        assert found["classes"] == classifier.classes_.tolist()
        assert found["languages"] == list(classifier.languages)


def test_small_models_give_the_same_probabilities(web):
    given, answer = asked_of(
        web, compared.texts(SOME), SMALL, explained={"seed": EXPLAINED, "small": EXPLAINED[:3]}
    )
    check(web, given, answer, SMALL)
    for name in SMALL:
        check_explanations(compared.models()[name][1], answer["explained"][name])


def test_large_models_give_the_same_probabilities(web):
    given, answer = asked_of(web, short_texts(), LARGE, explained={"auto": EXPLAINED[:2]})
    check(web, given, answer, LARGE)
    check_explanations(compared.models()["auto"][1], answer["explained"]["auto"])


def test_the_native_runtime_gives_the_same_probabilities(native):
    given, answer = asked_of(native, short_texts(), [*SMALL, *LARGE], explained={"seed": EXPLAINED})
    check(native, given, answer, [*SMALL, *LARGE])
    check_explanations(compared.models()["seed"][1], answer["explained"]["seed"])


def check_explanations(classifier, answers):
    for (text, options), found in zip(EXPLAINED, answers, strict=False):
        units = compared.units(text)
        codes = {unit: code for code, unit in enumerate(units)}
        phrases = [
            each if isinstance(each, str) else tuple(codes[unit] for unit in each)
            for each in options.get("phrases", [])
        ]
        wanted = explain(classifier, text, **{**options, "phrases": phrases})
        assert (found["label"], found["target"], found["unit"]) == (wanted.label, wanted.target, wanted.unit)
        assert found["positive"] == pytest.approx(wanted.positive, abs=compared.TOLERANCE)
        for ours, theirs in (
            (wanted.contributions, found["contributions"]),
            (wanted.phrases, found["phrases"]),
        ):
            assert [(units[each.start], units[each.end]) for each in ours] == [
                (each["start"], each["end"]) for each in theirs
            ]
            pairs = zip(ours, theirs, strict=True)
            assert all(
                abs(one.contribution - other["contribution"]) < compared.TOLERANCE for one, other in pairs
            )
        assert [units[point.end] for point in wanted.curve] == [point["end"] for point in found["curve"]]
        points = zip(wanted.curve, found["curve"], strict=True)
        assert all(abs(one.positive - other["positive"]) < compared.TOLERANCE for one, other in points)


@pytest.fixture(scope="module")
def answered(web, counting):
    """What one process answers to all that is asked of models of one's own."""
    content = {
        "runtime": web,
        "models": {**counting, "asked wrongly": counting["counting"]},
        "texts": OWN,
        "textsOf": {"asked wrongly": ["good", None]},
        "explained": {
            "three": [["bad film", {}], ["good film", {"target": "FINE"}], ["good", {"target": "none"}]]
        },
        "damaged": [
            base64.b64encode(each).decode()
            for each in (*damaged_files(counting["counting"]), *files_of_no_weights(counting["counting"]))
        ],
        "phrases": PHRASES,
    }
    return compared.ask("judge.mjs", content)


def damaged_files(path):
    content = Path(path).read_bytes()
    draw = random.Random(5)
    files = [damaged(draw, content) for _ in range(DAMAGED)]
    return [*files, b"", b"PK\x03\x04", content[:-9], b"{}", content]


def files_of_no_weights(path):
    import onnx

    for value in (np.nan, np.inf, 1e30):
        model = onnx.load(path)
        entry = json.loads(model.metadata_props[0].value)
        del entry["digest"]
        model.metadata_props[0].value = json.dumps(entry)
        (embedding,) = [each for each in model.graph.initializer if each.name == "embedding"]
        numbers = onnx.numpy_helper.to_array(embedding).copy()
        numbers[5] = value
        embedding.CopyFrom(onnx.numpy_helper.from_array(numbers, "embedding"))
        yield model.SerializeToString()


def test_models_of_ones_own_and_of_three_classes(answered, counting):
    for name, path in counting.items():
        classifier = opinia.load(path)
        differences, others = compared.faults(classifier, OWN, answered["models"][name]["predictions"])
        assert differences.max() < PLACES
        assert not others
        assert answered["models"][name]["sha256"] == classifier.sha256
    bad, fine, none = answered["explained"]["three"]
    assert (bad["target"], fine["target"], none["error"]) == ("bad", "fine", "InputError")
    with pytest.raises(InputError):
        explain(opinia.load(counting["three"]), "good", target="none")


def test_models_of_keras_that_were_converted(web, tmp_path):
    """Their rules for texts are others, and so are their layers."""
    import keras_models

    sources = {name: str(tmp_path / f"{name}.onnx") for name in keras_models.names()[::2]}
    given = {name: [text for text in keras_models.texts(name) if text][:40] for name in sources}
    for name, source in sources.items():
        Path(source).write_bytes(keras_models.classifier(name).model.to_bytes())
    answer = compared.ask("judge.mjs", {"runtime": web, "models": sources, "textsOf": given})
    for name, source in sources.items():
        found = answer["models"][name]["predictions"]
        differences, others = compared.faults(opinia.load(source), given[name], found)
        assert differences.max() < compared.TOLERANCE, name
        assert not others, name


def test_damaged_files_are_refused_as_in_python(answered, counting):
    """Where Python refuses, so does JavaScript; where both read a file, they answer alike."""
    files = damaged_files(counting["counting"])
    answers = answered["damaged"][: len(files)]
    for bytes_, answer in zip(files, answers, strict=True):
        assert not (isinstance(answer, dict) and "crash" in answer), answer
        try:
            expected = opinia.load(bytes_).predict_proba(PHRASES)[:, 1]
        except ModelFileError:
            assert answer["error"] == "ModelFileError"
        else:
            assert np.allclose([each["positive"] for each in answer], expected, atol=compared.TOLERANCE)
    assert isinstance(answers[-1], list)


def test_weights_that_are_none_are_refused(answered, counting):
    """Also those that no text of a first check would meet."""
    answers = answered["damaged"][len(damaged_files(counting["counting"])) :]
    assert len(answers) == 3
    for answer in answers:
        assert answer["error"] == "ModelFileError"
        assert "not finite" in answer["message"]


def test_what_is_no_text_is_refused(answered):
    predictions = answered["models"]["asked wrongly"]["predictions"]
    assert predictions["error"] == "InputError"
    assert "position 1" in predictions["message"]


def test_the_lock_file_names_no_host(root):
    """Not even the public registry: whoever installs has their own."""
    lock = (root / "js/package-lock.json").read_text(encoding="utf-8")
    assert not [url for url in re.findall(r"https?://[^\"/]+", lock) if "registry" in url or "npm" in url]
    assert (root / "js/LICENSE").read_bytes() == (root / "LICENSE").read_bytes()
    assert json.loads((root / "js/package.json").read_text(encoding="utf-8"))["version"] == opinia.__version__
