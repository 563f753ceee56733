"""Long texts are read in pieces: the same answer as of the whole, in the memory of a piece."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import opinia
from models import graph_of, random_network, random_ngrams, write_uncut_model
from opinia.errors import TooLongError
from opinia.graph.ngrams import ID_BITS, SLOTS, LinearModel, add_linear
from opinia.graph.parse import read_graph
from opinia.graph.pieces import cut
from opinia.graph.quantise import quantise
from opinia.model.file import Description, read_model, write_model
from opinia.model.long_texts import PIECE_TOKENS, WHOLE_TOKENS, NotCutError
from opinia.text.tokenizer import Tokenizer

RECORD = Path(__file__).parents[2] / "models" / "record-384.onnx"
WORDS = tuple(f"w{number}" for number in range(40))


def whole(model, ids):
    return model.session.run(None, {"ids": ids[None], "lengths": np.array([len(ids)], np.int32)})[0]


def in_pieces(model, ids):
    return model.long.logits(ids, lambda: None)


def random_ids(model, length, seed=0):
    words = len(model.description.tokenizer)
    return np.random.default_rng(seed).integers(1, words, length).astype(np.int32)


def written(path, graph, **options):
    write_model(path, graph, Description(Tokenizer(WORDS), **options))
    return read_model(path)


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("seed", PIECE_TOKENS + 1),
        ("seed", 2 * PIECE_TOKENS),
        ("seed", 3 * PIECE_TOKENS - 1),
        ("small", 2 * PIECE_TOKENS),
        ("base", 3 * PIECE_TOKENS - 1),
        (str(RECORD), PIECE_TOKENS + 1),
    ],
)
def test_models_that_come_along_say_the_same_of_pieces(name, length):
    classifier = opinia.load(name)
    ids = random_ids(classifier.model, length, seed=length)
    found = in_pieces(classifier.model, ids)
    np.testing.assert_allclose(found, whole(classifier.model, ids), atol=1e-5, rtol=0)
    (through_the_runner,) = classifier.logits([ids])
    np.testing.assert_array_equal(through_the_runner, found[0])


SHAPES = [
    {"pooling": pooling, "layers": layers, "separate_embeddings": separate}
    for pooling in ("last", "concat")
    for layers in (1, 2, 3)
    for separate in (False, True)
]


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def test_every_shape_of_network_says_the_same_of_pieces(shape, compact, tmp_path):
    graph = graph_of(random_network(len(WORDS) + 2, seed=3, **shape).eval(), int8=compact)
    for name, made in {
        "alone": graph,
        "beside": add_linear(graph, random_ngrams(len(WORDS) + 2), share=0.5, bias=0.1),
    }.items():
        model = written(tmp_path / f"{name}.onnx", made)
        ids = random_ids(model, 2 * PIECE_TOKENS + 77)
        expected = whole(model, ids)
        np.testing.assert_allclose(in_pieces(model, ids), expected, atol=1e-5, rtol=0)
        # The answer hangs on words of every piece, so that a piece which got lost would be noticed.
        if shape["pooling"] == "concat":
            for place in (0, PIECE_TOKENS):
                other = ids.copy()
                other[place : place + 400] = 2
                assert np.abs(in_pieces(model, other) - expected).max() > 1e-5


def test_ngrams_beside_three_classes_say_the_same_of_pieces(tmp_path):
    linear = random_ngrams(len(WORDS) + 2, classes=3)
    graph = graph_of(random_network(len(WORDS) + 2, classes=3))
    model = written(tmp_path / "m.onnx", add_linear(graph, linear, share=0.5, bias=0.0), labels=tuple("abc"))
    ids = random_ids(model, 2 * PIECE_TOKENS + 77)
    found = in_pieces(model, ids)
    np.testing.assert_allclose(found, whole(model, ids), atol=1e-5, rtol=0)
    assert np.abs(found - linear.logits([ids]) / 2).max() < np.abs(found).max()


def test_ngrams_across_pieces_are_found(tmp_path):
    """One triple, once in the text, over the border of two pieces."""
    words = np.array([5, 6, 7], np.int64) + 1
    code = int((words << (ID_BITS * np.arange(3))).sum())
    slots = np.zeros(SLOTS, np.uint16)
    slots[code % SLOTS] = 1
    linear = LinearModel(slots, np.array([-1, code], np.int64), np.array([0, 20_000], np.int16), 0.0)
    model = written(
        tmp_path / "m.onnx",
        add_linear(graph_of(random_network(len(WORDS) + 2)), linear, share=0.5, bias=0.0),
    )
    for first in (PIECE_TOKENS - 3, PIECE_TOKENS - 2, PIECE_TOKENS - 1, PIECE_TOKENS):
        ids = np.full(PIECE_TOKENS + 50, 2, np.int32)
        ids[first : first + 3] = [5, 6, 7]
        found = in_pieces(model, ids)
        np.testing.assert_allclose(found, whole(model, ids), atol=1e-5, rtol=0)
        broken = ids.copy()
        broken[first + 1] = 3
        assert np.abs(found - in_pieces(model, broken)).max() > 1


def test_ngrams_with_the_end_of_a_text_are_not_looked_for_in_pieces(tmp_path):
    """A stranger's table may count the last word: the end of a piece must not pass for that."""
    linear = random_ngrams(len(WORDS) + 2)
    linear.codes[5] = 4 + (1 << ID_BITS)
    graph = add_linear(graph_of(random_network(len(WORDS) + 2)), linear, share=0.5, bias=0.0)
    model = written(tmp_path / "m.onnx", graph)
    with pytest.raises(NotCutError, match="end of a text"):
        in_pieces(model, random_ids(model, PIECE_TOKENS + 1))


def test_a_graph_that_cannot_be_cut_reads_whole_texts_up_to_a_limit(tmp_path):
    model = read_model(write_uncut_model(tmp_path / "m.onnx", WORDS))
    with pytest.raises(NotCutError):
        in_pieces(model, random_ids(model, 5000))
    classifier = opinia.load(tmp_path / "m.onnx")
    for length in (PIECE_TOKENS + 1, WHOLE_TOKENS):
        ids = random_ids(model, length)
        np.testing.assert_allclose(classifier.logits([ids]), whole(model, ids), atol=1e-6)
    with pytest.raises(
        TooLongError, match="32,769 words and marks, at most 32,768 with this model"
    ) as caught:
        classifier.predict(["w1", "w1 " * (WHOLE_TOKENS + 1)])
    assert caught.value.hint


def test_a_graph_whose_rounding_hangs_on_the_piece_is_not_cut(tmp_path):
    """8 bits of other makers: the scale is that of the largest number at hand."""
    graph = quantise(graph_of(random_network(len(WORDS) + 2, pooling="concat").eval()))
    for each in graph.graph.initializer:
        if each.name.endswith("_limits"):
            each.CopyFrom(numpy_helper.from_array(np.zeros((1, 1, 2), np.float32), each.name))
        elif each.name.endswith("embedding_scale"):
            scale = numpy_helper.to_array(each).copy()
            scale[2 : len(WORDS) // 2] /= 50
            each.CopyFrom(numpy_helper.from_array(scale, each.name))
    model = written(tmp_path / "m.onnx", graph)
    ids = random_ids(model, 300)
    ids[70:] = 2
    assert np.abs(whole(model, ids[:70])).max() > 0
    try:
        found = in_pieces(model, np.tile(ids, 20))
    except NotCutError:
        return
    np.testing.assert_allclose(found, whole(model, np.tile(ids, 20)), atol=1e-5, rtol=0)


def test_a_model_file_that_was_replaced_reads_whole_texts_up_to_a_limit(tmp_path):
    path = tmp_path / "m.onnx"
    written(path, graph_of(random_network(len(WORDS) + 2).eval()))
    classifier = opinia.load(path)
    ids = random_ids(classifier.model, PIECE_TOKENS + 1)
    expected = whole(classifier.model, ids)
    first = path.read_bytes()
    path.write_bytes(b"another file")
    np.testing.assert_array_equal(classifier.logits([ids]), expected)
    with pytest.raises(TooLongError, match="at most 32,768"):
        classifier.logits([random_ids(classifier.model, WHOLE_TOKENS + 1)])
    path.write_bytes(first)
    np.testing.assert_allclose(classifier.logits([ids]), expected, atol=1e-5)
    assert classifier.logits([random_ids(classifier.model, WHOLE_TOKENS + 1)]).shape == (1, 1)


def test_a_long_text_may_be_given_up_between_pieces():
    class Enough(Exception):
        pass

    model, calls = opinia.load("seed").model, []

    def pause():
        calls.append(len(calls))
        if len(calls) == 3:
            raise Enough

    with pytest.raises(Enough):
        model.long.logits(random_ids(model, 10 * PIECE_TOKENS), pause)
    assert len(calls) == 3


def test_parts_are_written_as_onnx_would(tmp_path):
    """What the writer makes is what the package ``onnx`` reads, checks and makes shapes of."""
    path = Path(opinia.__file__).parent / "models" / "base.onnx"
    made = cut(read_graph("base", path.read_bytes()))
    for content in (made.head, *(body.content for body in made.bodies)):
        model = onnx.load_from_string(content)
        assert {each.domain: each.version for each in model.opset_import} == {"": 17, "com.microsoft": 1}
        assert model.graph.node
        assert onnx.load_from_string(model.SerializeToString()) == model
    weights = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for each in onnx.load(path).graph.initializer:
        if each.name in weights:
            np.testing.assert_array_equal(weights[each.name], numpy_helper.to_array(each))
    assert "ngram_codes" in weights


PEAK = """
import sys
import opinia
classifier = opinia.load(sys.argv[1])
for word, count in zip(sys.argv[2::2], map(int, sys.argv[3::2])):
    prediction = classifier.classify(word * count)[0]
    # Not ru_maxrss, which a child inherits from the process that it was forked from.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(status["VmHWM"].split()[0]) * 1024, prediction.unknown)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(("name", "most"), [("seed", 60_000), ("small", 60_000), ("base", 30_000)])
def test_a_long_text_takes_the_memory_of_a_short_one(name, most):
    """So many words as a whole would take each more than a hundred megabytes."""
    mark = ", " if name == "seed" else ","  # the published tokenizer knows no marks: a text without words
    texts = [("film ", 10_000), ("film ", most), (mark, most)]
    command = [sys.executable, "-c", PEAK, name, *(str(part) for text in texts for part in text)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    peaks, unknown = zip(*map(str.split, done.stdout.splitlines()), strict=True)
    assert set(map(float, unknown)) <= {0, 1}
    assert int(peaks[-1]) - int(peaks[0]) < 50_000_000, peaks
