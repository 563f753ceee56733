"""The one-file model: what it holds, that it equals PyTorch, and every way in which it may be bad."""

import json
import random

import numpy as np
import onnx
import pytest
import torch

import opinia
from models import WORDS, counting_network, graph_of, random_network, write_counting_model
from opinia.errors import ModelFileError
from opinia.model.file import METADATA_KEY, Description, read_model, write_model
from opinia.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "good.onnx")


@pytest.fixture
def altered(good, tmp_path):
    """Write the good model with its metadata or its graph changed by a function."""

    def write(change_entry=None, *, change_model=None, raw=None):
        model = onnx.load(good)
        entry = json.loads(model.metadata_props[0].value)
        if change_entry is not None:
            change_entry(entry)
        model.metadata_props[0].value = json.dumps(entry) if raw is None else raw
        if change_model is not None:
            change_model(model)
        path = tmp_path / "altered.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write


def refusal(path):
    """The message with which a model is refused: one line, and it names the file."""
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    assert "\n" not in caught.value.message
    assert path.name in caught.value.message
    return caught.value.message


def test_a_model_comes_back_as_it_was_written(tmp_path):
    card = {"name": "zażółć", "figures": {"val_accuracy": 0.87}}
    description = Description(Tokenizer(WORDS), ("no", "yes"), 1.5, card)
    write_model(tmp_path / "a.onnx", graph_of(counting_network()), description)
    model = read_model(tmp_path / "a.onnx")
    assert model.description == description
    assert model.size == (tmp_path / "a.onnx").stat().st_size


def test_standard_operators_opset_17_ir_8_and_no_external_data(good):
    model = onnx.load(good, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]
    assert {node.domain for node in model.graph.node} == {""}
    assert not model.functions
    assert all(weight.data_location == onnx.TensorProto.DEFAULT for weight in model.graph.initializer)
    assert all(not weight.external_data for weight in model.graph.initializer)


def test_the_graph_equals_the_pytorch_network(tmp_path):
    words = tuple(f"w{i}" for i in range(300))
    network = random_network(len(words) + 2)
    write_model(tmp_path / "a.onnx", graph_of(network), Description(Tokenizer(words)))
    draw = random.Random(3)
    lengths = [0, 1, 2, *(draw.randrange(0, 120) for _ in range(297))]
    texts = [" ".join(f"w{draw.randrange(330)}" for _ in range(length)) for length in lengths]
    ids = [np.array(Tokenizer(words).encode(text), np.int32) for text in texts]
    got = opinia.load(tmp_path / "a.onnx").logits(ids)

    padded = torch.zeros(len(ids), 120, dtype=torch.int64)
    for row, line in zip(padded, ids, strict=True):
        row[: len(line)] = torch.from_numpy(line)
    with torch.no_grad():
        expected = network(padded, torch.tensor([len(line) for line in ids])).numpy()
    assert expected.std() > 0.1
    np.testing.assert_allclose(got, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_truncated_file(good, tmp_path, share):
    content = good.read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(content[: int(len(content) * share)])
    assert "is not a model that can be opened" in refusal(path)


def test_a_file_cut_just_before_its_metadata(good, tmp_path):
    model = onnx.load(good)
    del model.metadata_props[:]
    path = tmp_path / "cut.onnx"
    path.write_bytes(model.SerializeToString())
    assert "has no 'opinia'" in refusal(path)


def test_random_bytes(tmp_path):
    path = tmp_path / "noise.onnx"
    for seed in range(20):
        path.write_bytes(random.Random(seed).randbytes(seed * 50 + 1))
        refusal(path)


def test_changed_bytes_are_refused_or_read_and_print_nothing(good, tmp_path, capfd):
    content = good.read_bytes()
    path = tmp_path / "changed.onnx"
    draw = random.Random(5)
    refused = 0
    for _ in range(200):
        changed = bytearray(content)
        changed[draw.randrange(len(changed))] = draw.randrange(128, 256)
        path.write_bytes(changed)
        try:
            read_model(path)
        except ModelFileError:
            refused += 1
    assert refused > 20
    assert capfd.readouterr() == ("", "")


def test_an_onnx_model_of_somebody_else(tmp_path):
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    other = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value], [other])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "foreign.onnx"
    path.write_bytes(model.SerializeToString())
    assert "not one of opinia's" in refusal(path)
    onnx.helper.set_model_props(model, {METADATA_KEY: onnx_entry()})
    path.write_bytes(model.SerializeToString())
    assert "must take ids and lengths" in refusal(path)


def onnx_entry():
    tokenizer = Tokenizer(WORDS).to_config()
    return json.dumps(
        {"format": 1, "tokenizer": tokenizer, "labels": ["a", "b"], "temperature": 1, "card": {}}
    )


def test_a_newer_format(altered):
    path = altered(lambda entry: entry.update(format=2))
    assert "has format 2; this version reads format 1" in refusal(path)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"format": 1}',
        '"format"',
        "[" * 100_000,
        '{"format": 1, "tokenizer": []}',
    ],
    ids=lambda raw: raw[:20] or "empty",
)
def test_damaged_json(altered, raw):
    assert "is damaged" in refusal(altered(raw=raw))


def test_metadata_that_is_not_utf8(good, tmp_path):
    content = good.read_bytes()
    assert content.count(b'"format"') == 1
    path = tmp_path / "bad.onnx"
    path.write_bytes(content.replace(b'"format"', b'"form\xffat'))
    assert "metadata" in refusal(path)
    path.write_bytes(content.replace(b'"format"', b'"form\xff\xff"'))
    assert "metadata" in refusal(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"temperature": 0}, "impossible temperature"),
        ({"temperature": -1}, "impossible temperature"),
        ({"temperature": float("nan")}, "impossible temperature"),
        ({"temperature": float("inf")}, "impossible temperature"),
        ({"temperature": "warm"}, "is damaged"),
        ({"temperature": None}, "is damaged"),
        ({"temperature": 10**400}, "is damaged"),
        ({"labels": ["one"]}, "two different labels"),
        ({"labels": ["one", "one"]}, "two different labels"),
        ({"labels": "ab"}, "two different labels"),
        ({"labels": [1, 2]}, "two different labels"),
        ({"labels": None}, "two different labels"),
        ({"labels": ["a", "b", "c"]}, "names 3 labels"),
        ({"card": []}, "card"),
        ({"card": "x"}, "card"),
    ],
    ids=str,
)
def test_inconsistent_values(altered, values, said):
    assert said in refusal(altered(lambda entry: entry.update(values)))


@pytest.mark.parametrize("key", ["format", "tokenizer", "labels", "temperature", "card"])
def test_a_missing_value(altered, key):
    assert key in refusal(altered(lambda entry: entry.pop(key)))


@pytest.mark.parametrize(
    "tokenizer",
    [
        {"kind": "later", "words": []},
        {"kind": "keras", "words": ["a", "a"]},
        {"kind": "keras", "words": [1]},
        {},
    ],
    ids=str,
)
def test_a_tokenizer_that_is_not_known(altered, tokenizer):
    with pytest.raises(ModelFileError, match="tokenizer|vocabulary"):
        read_model(altered(lambda entry: entry.update(tokenizer=tokenizer)))


def test_a_vocabulary_larger_than_the_embedding(altered):
    path = altered(lambda entry: entry["tokenizer"]["words"].append("one more"))
    assert "do not belong together" in refusal(path)


def test_weights_that_are_not_finite(altered):
    def spoil(model):
        (bias,) = [weight for weight in model.graph.initializer if weight.name == "output_bias"]
        bias.CopyFrom(onnx.numpy_helper.from_array(np.array([np.nan], np.float32), "output_bias"))

    assert "not finite" in refusal(altered(change_model=spoil))


def test_a_graph_that_declares_another_shape(altered):
    def loosen(model):
        """Cut the logits at a column that is known only when the graph runs."""
        model.graph.node[-1].output[0] = "whole"
        zero = onnx.numpy_helper.from_array(np.array([0], np.int64), "zero")
        one = onnx.numpy_helper.from_array(np.array([1], np.int64), "one")
        model.graph.initializer.extend([zero, one])
        make = onnx.helper.make_node
        model.graph.node.extend(
            [
                make("ReduceMax", ["lengths"], ["longest"], axes=[0], keepdims=1),
                make("Cast", ["longest"], ["end"], to=onnx.TensorProto.INT64),
                make("Slice", ["whole", "zero", "end", "one"], ["logits"]),
            ]
        )
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "anything"

    assert "cannot be told beforehand" in refusal(altered(change_model=loosen))


@pytest.mark.parametrize(
    "place",
    ["relative", "absolute", "../../../../../../../etc/hostname", "/etc/hostname", "*/_ORT_MEM_ADDR_/*"],
)
def test_weights_in_another_file_are_never_read(altered, tmp_path, place, monkeypatch):
    """The file named does hold the right weights, so a reader that followed it would succeed."""
    monkeypatch.chdir(tmp_path)

    def move(model):
        (weight,) = [weight for weight in model.graph.initializer if weight.name == "embedding"]
        content = weight.raw_data
        (tmp_path / "weights.bin").write_bytes(content)
        location = {"relative": "weights.bin", "absolute": str(tmp_path / "weights.bin")}.get(place, place)
        onnx.external_data_helper.set_external_data(weight, location, offset=0, length=len(content))
        weight.ClearField("raw_data")

    assert "keeps weights in another file" in refusal(altered(change_model=move))


def test_a_vocabulary_may_hold_the_word_location(tmp_path):
    words = ("location", "bad", "good")
    write_model(tmp_path / "a.onnx", graph_of(counting_network(words)), Description(Tokenizer(words)))
    assert read_model(tmp_path / "a.onnx").description.tokenizer.words == words
