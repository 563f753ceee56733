"""Models in 8 bits: close to what they were, and each text's answer its own."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest

import opinia
import prepared
from models import graph_of, random_network
from opinia.data import sample
from opinia.errors import ModelFileError
from opinia.graph.quantise import quantise


def network_of(pooling, *, separate, seed, layers=1):
    shape = {"pooling": pooling, "separate_embeddings": separate, "layers": layers}
    return random_network(50, seed=seed, units=8, **shape).eval()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("pooling", ["last", "concat"])
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_an_answer_does_not_depend_on_the_texts_beside_it(pooling, separate, threads, layers):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    sizes = np.array([5, 0, 9, 1, 12], np.int32)
    for seed in range(4):
        network = network_of(pooling, separate=separate, seed=seed, layers=layers)
        ids = np.random.default_rng(seed).integers(1, 50, (5, 12)).astype(np.int32)
        ids[np.arange(12) >= sizes[:, None]] = 0
        session = onnxruntime.InferenceSession(graph_of(network, int8=True).SerializeToString(), options)
        (together,) = session.run(None, {"ids": ids, "lengths": sizes})
        for row, size in enumerate(sizes):
            alone = {"ids": ids[row : row + 1, : max(1, size)], "lengths": sizes[row : row + 1]}
            np.testing.assert_allclose(session.run(None, alone)[0][0], together[row], atol=1e-6)


def test_what_is_in_8_bits_already_stays():
    once = graph_of(network_of("concat", separate=True, seed=0), int8=True)
    assert quantise(once) == once
    sizes = {each.name: onnx.numpy_helper.to_array(each) for each in once.graph.initializer}
    assert {sizes[name].dtype for name in sizes if name.endswith("_int8")} == {np.dtype(np.int8)}
    assert not {"embedding", "forward_kernel"} & set(sizes)


def test_a_graph_of_another_form_is_refused():
    graph = graph_of(network_of("concat", separate=True, seed=0))
    for node in graph.graph.node:
        if node.op_type == "LSTM":
            node.input[0] = "something_else"
    with pytest.raises(ModelFileError, match="another form"):
        quantise(graph)


def test_the_published_model_in_8_bits(tmp_path):
    command = [sys.executable, "-m", "opinia", "quantise", "seed", "-o", "seed8.onnx"]
    done = prepared.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "0.19 MB instead of 0.57" in done.stdout
    texts = sample.load("train").texts[:300]
    before, after = (opinia.load(each).predict_proba(texts) for each in ("seed", tmp_path / "seed8.onnx"))
    assert 0 < np.abs(before - after).mean() < 0.01
    alone = np.array([opinia.load(tmp_path / "seed8.onnx").predict_proba(text)[0] for text in texts[:20]])
    np.testing.assert_array_equal(alone, after[:20])
    for arguments, said in (
        (["seed8.onnx", "-o", "twice.onnx"], "is in 8 bits already"),
        (["seed", "-o", "seed8.onnx"], "exists already"),
        (["seed", "-o", "none/seed8.onnx", "--force"], ""),
    ):
        again = prepared.run(
            [*command[:4], *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert again.returncode == (1 if said else 0)
        assert said in again.stderr
