"""What docs/elsewhere.md shows is run as it stands there, and gives opinia's answers."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import opinia
from opinia.model.shipped import shipped

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/elsewhere.md").read_text(encoding="utf-8")
TEXTS = [
    "A warm, funny and beautifully acted film.",
    "I don't like it: 2/10.<br /><br />Naïve, żółć, ÉCLAIR \N{NO-BREAK SPACE} \N{NEXT LINE}x",
    "",
    "... !!",
    "lone \ud800 half",
    "the " * 3000,
]


def block(language):
    """Return the one block of the page in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture
def place(tmp_path):
    """A folder with a model file."""
    shutil.copy2(shipped()["seed"], tmp_path / "model.onnx")
    return tmp_path


def test_ten_lines_of_python(place):
    code = block("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 14
    (place / "texts.json").write_text(json.dumps(TEXTS))
    shown = "print(json.dumps([positive(text) for text in json.load(open('texts.json'))]))"
    # In a process of its own, that opinia is not in: the lines need nothing but ONNX Runtime and NumPy.
    blocked = "import sys; sys.modules['opinia'] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{blocked}{code}\n{shown}"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = opinia.load("seed").predict_proba(TEXTS)[:, 1]
    assert np.allclose(json.loads(done.stdout), wanted, atol=1e-5)


def test_the_same_in_node(place):
    node, package = shutil.which("node"), ROOT / "js"
    if node is None or not (package / "node_modules/onnxruntime-web").is_dir():
        pytest.skip("Node and js/node_modules are needed: sh scripts/node.sh")
    (place / "node_modules").mkdir()
    (place / "node_modules/opinia").symlink_to(package, target_is_directory=True)
    (place / "shown.mjs").write_text(block("js"))
    done = subprocess.run(
        [node, "shown.mjs"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stderr
    (wanted,) = opinia.load("seed").classify(["A warm, funny film."])
    assert f"label: '{wanted.label}'" in done.stdout
    assert float(re.search(r"positive: ([\d.]+)", done.stdout)[1]) == pytest.approx(wanted.positive, abs=1e-5)


def test_the_layout_of_triton_is_that_of_the_graph():
    """Names, kinds of numbers and shapes are those that the model file declares."""
    from opinia.model.runtime import import_onnxruntime

    session = import_onnxruntime().InferenceSession(str(shipped()["seed"]))
    kinds = {"tensor(int32)": "TYPE_INT32", "tensor(float)": "TYPE_FP32"}
    config = block("proto")
    pattern = r'\{ name: "(\w+)" data_type: (\w+) dims: \[ ([-\d, ]+) \] \}'
    said = {name: (kind, len(dims.split(","))) for name, kind, dims in re.findall(pattern, config)}
    there = (*session.get_inputs(), *session.get_outputs())
    assert said == {each.name: (kinds[each.type], len(each.shape)) for each in there}
    assert re.findall(r"dims: \[ -1, (\d+) \]", config) == [str(session.get_outputs()[0].shape[1])]


def test_the_request_to_triton_is_one_that_the_graph_answers():
    from opinia.model.runtime import import_onnxruntime

    session = import_onnxruntime().InferenceSession(str(shipped()["seed"]))
    request = json.loads(block("json"))
    feed = {
        each["name"]: np.array(each["data"], np.int32).reshape(each["shape"]) for each in request["inputs"]
    }
    assert {each["datatype"] for each in request["inputs"]} == {"INT32"}
    (logits,) = session.run(None, feed)
    assert logits.shape == (2, 1)
    alone = session.run(None, {"ids": feed["ids"][1:, :2], "lengths": feed["lengths"][1:]})[0]
    assert np.allclose(logits[1], alone[0], atol=1e-5)  # what stands behind a text changes nothing


def test_the_vocabulary_begins_where_the_page_says():
    tokenizer = opinia.load("seed").model.description.tokenizer
    assert tokenizer.id_of(tokenizer.words[0]) == 2
    assert tokenizer.id_of("no such word") == 1
