"""Files of Keras on the command line and from Python: what is read, told, refused and written."""

import io
import json
import pickle
import zipfile

import numpy as np
import onnx
import pytest

import opinia
from commands import opinia_command
from keras_models import classifier, content, told
from models import (
    WORDS,
    graph_of,
    random_network,
    three_class_network,
    write_counting_model,
)
from opinia.errors import InputError, ModelFileError
from opinia.graph.cascade import add_first_stage
from opinia.graph.weights import read_weights
from opinia.keras.hdf5 import Hdf5Error, Hdf5File
from opinia.keras.hdf5_writer import write_hdf5
from opinia.keras.texts import Told
from opinia.model.classifier import Classifier
from opinia.model.explain import explain
from opinia.model.file import Description, from_keras, read_model, write_model
from opinia.model.source import ModelBytes
from opinia.text.tokenizer import Tokenizer

TEXTS = ["good film", "The plot was not very good, and dull!", "nobody knows", "a " * 90]


def parts(name):
    with zipfile.ZipFile(io.BytesIO(content(name))) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def packed(entries, kind=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, each in entries.items():
            archive.writestr(name, each)
    return buffer.getvalue()


def changed(name, change):
    """Return a file with a changed configuration."""
    entries = parts(name)
    config = json.loads(entries["config.json"])
    change(config)
    return packed({**entries, "config.json": json.dumps(config)})


def layers(config):
    return {layer["class_name"]: layer["config"] for layer in config["config"]["layers"]}


def read(content, **said):
    return Classifier(from_keras(ModelBytes(content, "m.keras", None), Told(**said)), threads=1)


def refusal(content, **said):
    with pytest.raises(ModelFileError) as refused:
        read(content, **said)
    return str(refused.value)


def test_a_file_is_a_model_wherever_one_is_named(tmp_path):
    (tmp_path / "m.keras").write_bytes(content("published"))
    printed = opinia_command("analyse", "good film", "--model", "m.keras", "--json", cwd=tmp_path)
    wanted = opinia.load(tmp_path / "m.keras").predict_proba("good film")[0]
    assert json.loads(printed)["probability"] == pytest.approx(float(wanted.max()), abs=1e-4)
    facts = json.loads(opinia_command("info", "m.keras", "--json", cwd=tmp_path))
    assert facts["card"]["made_by"].startswith("Keras 3.")
    assert facts["labels"] == ["negative", "positive"]
    assert facts["file"] == "m.keras"


def test_it_is_converted_once_and_gives_the_same(tmp_path):
    (tmp_path / "m.keras").write_bytes(content("published"))
    printed = opinia_command("convert", "m.keras", "-o", "m.onnx", cwd=tmp_path)
    assert printed.startswith("m.onnx: 0.")
    same = opinia.load(tmp_path / "m.onnx").predict_proba(TEXTS)
    assert np.array_equal(same, opinia.load(tmp_path / "m.keras").predict_proba(TEXTS))
    assert "--force" in opinia_command("convert", "m.keras", "-o", "m.onnx", status=1, cwd=tmp_path)
    assert ".onnx or .keras" in opinia_command("convert", "m.keras", "-o", "m.h5", status=1, cwd=tmp_path)


def test_a_model_is_pickled_and_copied_as_any_other():
    found = read(content("published"))
    again = pickle.loads(pickle.dumps(found))
    assert np.array_equal(found.predict_proba(TEXTS), again.predict_proba(TEXTS))


@pytest.mark.parametrize("as_list", [False, True], ids=["lines", "json"])
def test_words_are_given_where_the_file_has_none(tmp_path, as_list):
    (tmp_path / "m.keras").write_bytes(content("keras_io_from_scratch_ids"))
    said = opinia_command("analyse", "good", "--model", "m.keras", status=1, cwd=tmp_path)
    assert "lacks the words" in said
    assert "opinia convert model.keras --vocabulary" in said
    words = told("keras_io_from_scratch_ids")["vocabulary"]
    name = "words.json" if as_list else "words.txt"
    (tmp_path / name).write_text(json.dumps(words) if as_list else "\n".join(words) + "\n")
    arguments = [
        "convert",
        "m.keras",
        "--vocabulary",
        name,
        "--length",
        "30",
        "--classes",
        "bad, good",
        "-o",
        "m.onnx",
    ]
    printed = opinia_command(*arguments, cwd=tmp_path)
    assert "classes bad, good" in printed
    assert "30 ids, padding='post'" in printed
    found = opinia.load(tmp_path / "m.onnx")
    assert list(found.classes_) == ["bad", "good"]
    assert np.array_equal(
        found.predict_proba(TEXTS), classifier("keras_io_from_scratch_ids").predict_proba(TEXTS)
    )


def test_imdb_ids_from_the_command_line(tmp_path):
    (tmp_path / "m.keras").write_bytes(content("keras_io_imdb_ids"))
    index = told("keras_io_imdb_ids")["vocabulary"]
    (tmp_path / "index.json").write_text(json.dumps(index))
    arguments = ["--vocabulary", "index.json", "--index-from", "3", "--length", "20", "-o", "m.onnx"]
    printed = opinia_command("convert", "m.keras", *arguments, cwd=tmp_path)
    assert "unknown words as 2, 1 before each text" in printed
    found = opinia.load(tmp_path / "m.onnx")
    assert np.array_equal(found.predict_proba(TEXTS), classifier("keras_io_imdb_ids").predict_proba(TEXTS))
    other = opinia_command("convert", "m.keras", *arguments[:-1], "n.onnx", "--no-start", cwd=tmp_path)
    assert "before each text" not in other
    assert not np.allclose(found.predict_proba(TEXTS), opinia.load(tmp_path / "n.onnx").predict_proba(TEXTS))


def test_what_is_told_must_fit(tmp_path):
    with pytest.raises(InputError, match="2 classes, and 3 were named"):
        read(content("published"), classes=("a", "b", "c"))
    assert "says itself how texts become ids" in refusal(content("published"), vocabulary=["a"])
    with pytest.raises(InputError, match="rows"):
        read(content("keras_io_from_scratch_ids"), vocabulary=[f"w{i}" for i in range(60)])

    def looked_up(config):
        text, first = config["config"]["layers"][1], config["config"]["layers"][0]
        text.update(class_name="StringLookup", config={"name": "lookup", "vocabulary": ["a", "b"]})
        first["config"]["batch_shape"] = [None, None]

    assert "does not say how" in refusal(changed("published", looked_up))
    found = read(changed("published", looked_up), standardize="lower")
    assert found.encode("A b. b").tolist() == [2, 1, 3]
    write_counting_model(tmp_path / "m.onnx")
    said = opinia_command("convert", "m.onnx", "--classes", "a,b", "-o", "n.onnx", status=1, cwd=tmp_path)
    assert "no Keras model" in said


def test_labels_are_numbers_where_there_are_more_than_two():
    assert list(classifier("unmasked_free_ids").classes_) == ["0", "1", "2", "3"]
    assert list(classifier("masking_layer_ids").classes_) == ["no", "some", "yes"]


REFUSED = {
    "a layer of another kind": (
        lambda c: c["config"]["layers"][3].update(class_name="ConvLSTM1D"),
        "(ConvLSTM1D)",
    ),
    "code": (lambda c: c["config"]["layers"][3].update(class_name="Lambda"), "code"),
    "a class of its own": (
        lambda c: c["config"]["layers"][3].update(module="mine", registered_name="Mine>LSTM"),
        "code of its own",
    ),
    "a model of its own": (lambda c: c.update(class_name="Mine", module="mine"), "code of its own"),
    "an activation": (lambda c: layers(c)["Dense"].update(activation="sparsemax"), "'sparsemax'"),
    "a function": (
        lambda c: layers(c)["TextVectorization"].update(
            standardize={"class_name": "function", "config": "f"}
        ),
        "standardize that is a function",
    ),
    "another number": (
        lambda c: layers(c)["Embedding"].update(
            dtype={"class_name": "DTypePolicy", "config": {"name": "float16"}}
        ),
        "dtype=float16",
    ),
    "lists of two directions": (
        lambda c: layers(c)["Bidirectional"].update(merge_mode=None),
        "merge_mode=None",
    ),
    "states": (
        lambda c: layers(c)["Bidirectional"]["layer"]["config"].update(stateful=True),
        "stateful=True",
    ),
    "more units": (lambda c: layers(c)["Dense"].update(units=7), "the shape"),
    "a regression": (lambda c: c["compile_config"].update(loss="mse"), "loss mse"),
    "probabilities without sigmoid": (
        lambda c: c["compile_config"].update(loss="binary_crossentropy"),
        "from_logits",
    ),
    "a vocabulary elsewhere": (
        lambda c: layers(c)["TextVectorization"].update(vocabulary="/etc/passwd"),
        "no list",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_is_refused_by_name(name):
    change, said = REFUSED[name]
    assert said in refusal(changed("published", change))


def test_only_what_works_by_steps_is_distributed_over_them():
    def of_another(config):
        (first, *_) = [each for each in config["config"]["layers"] if each["class_name"] == "TimeDistributed"]
        first["config"]["layer"]["class_name"] = "LayerNormalization"

    said = refusal(changed("time_distributed", of_another))
    assert "(TimeDistributed), of which the layer LayerNormalization is not read" in said


def test_a_matrix_in_the_configuration_is_named():
    def with_matrix(config):
        layers(config)["Embedding"]["embeddings_initializer"] = ["0.123456789"] * 700_000

    assert "an initializer may hold a whole matrix" in refusal(changed("published", with_matrix))


def test_layers_that_wait_for_each_other_end():
    def in_circle(config):
        last = config["config"]["layers"][-1]
        (node,) = last["inbound_nodes"]
        node["args"][0]["config"]["keras_history"] = [last["name"], 0, 0]

    name = "masked_functional_ids"
    assert "wait for each other" in refusal(changed(name, in_circle), **told(name))


def test_archives_that_lead_out_or_unfold_are_refused():
    entries = parts("published")
    weights = entries["model.weights.h5"]
    assert "leads out of it" in refusal(packed({**entries, "../x": b""}))
    assert "leads out of it" in refusal(packed({**entries, "assets/../../x": b""}))
    bomb = packed({**entries, "config.json": b" " * (1 << 22) + entries["config.json"]}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 17
    assert "at most" in refusal(bomb)
    assert "nested too deeply" in refusal(packed({**entries, "config.json": b"[" * 1_000_000}))
    assert "at most" in refusal(
        packed({**entries, "model.weights.h5": weights + bytes(1 << 24)}, zipfile.ZIP_DEFLATED)
    )
    assert "config.json" in refusal(packed({**entries, "config.json": b"\xff"}))
    assert "no HDF5" in refusal(packed({**entries, "model.weights.h5": b"\x89PNG"}))


def test_links_and_storage_elsewhere_are_refused():
    """By the bytes that h5py writes for them, in a file of the simplest form."""
    plain = write_hdf5({"a": {"vars": {"0": np.arange(6, dtype=np.float32).reshape(2, 3)}}})
    assert np.array_equal(Hdf5File(plain).array("a/vars/0"), np.arange(6).reshape(2, 3))
    assert Hdf5File(plain).array("a/vars/1") is None
    soft = bytearray(plain)
    place = plain.rindex(b"SNOD") + 8 + 16  # of the root, how what it names is kept
    soft[place : place + 4] = (2).to_bytes(4, "little")
    with pytest.raises(Hdf5Error, match="soft link"):
        Hdf5File(bytes(soft)).array("a/vars/0")
    header = plain.index(b"\x02\x01\x02\x00\0\0\0\0") - 8  # of the fill value
    for kind, said in ((7, "external storage"), (11, "filter")):
        elsewhere = bytearray(plain)
        elsewhere[header] = kind
        with pytest.raises(Hdf5Error, match=said):
            Hdf5File(bytes(elsewhere)).array("a/vars/0")
    layout = plain.index(b"\x03\x01", header + 16)
    for kind, said in ((2, "chunks"), (3, "virtual")):
        other = bytearray(plain)
        other[layout + 1] = kind
        with pytest.raises(Hdf5Error, match=said):
            Hdf5File(bytes(other)).array("a/vars/0")


def test_a_circle_of_groups_ends():
    plain = bytearray(write_hdf5({"a": {"b": {}}}))
    node = plain.index(b"TREE", plain.index(b"TREE") + 1)  # of a, which holds b
    plain[node + 24 + 8 : node + 24 + 16] = node.to_bytes(8, "little")  # the tree is its own child
    with pytest.raises(Hdf5Error):
        Hdf5File(bytes(plain)).names("a")


def test_seed_goes_to_keras_and_back(tmp_path):
    seed = opinia.load("seed")
    printed = opinia_command("convert", "seed", "-o", "seed.keras", cwd=tmp_path)
    assert printed.startswith("seed.keras: ")
    again = opinia.load(tmp_path / "seed.keras")
    assert np.abs(seed.predict_proba(TEXTS) - again.predict_proba(TEXTS)).max() < 1e-5
    assert (tmp_path / "seed.keras").read_bytes() == opinia.to_keras(seed)


FORMS = {
    "stacked": lambda size: random_network(size, layers=2),
    "two embeddings": lambda size: random_network(size, separate_embeddings=True),
    "both": lambda size: random_network(size, layers=3, separate_embeddings=True),
    "three classes": lambda size: three_class_network(),  # noqa: ARG005
}


@pytest.mark.parametrize("form", FORMS)
def test_networks_of_other_forms_go_to_keras_and_back(tmp_path, form):
    labels = ("b", "a", "c") if form == "three classes" else ("b", "a")
    graph = graph_of(FORMS[form](len(WORDS) + 2))
    write_model(tmp_path / "m.onnx", graph, Description(Tokenizer(WORDS), labels, 1.7))
    found = opinia.load(tmp_path / "m.onnx")
    again = read(opinia.to_keras(found))
    assert list(again.classes_) == list(labels)
    texts = ["good film", "the film was bad and it was good", "a bad, bad film", "it was unknown"]
    assert np.abs(found.predict_proba(texts) - again.predict_proba(texts)).max() < 1e-5


def test_models_without_an_equivalent_say_why(tmp_path):
    assert "words and marks" in opinia_command("convert", "base", "-o", "b.keras", status=1, cwd=tmp_path)
    with pytest.raises(ModelFileError, match="layers are not those"):
        opinia.to_keras(classifier("gru_before_ids"))
    graph = graph_of(random_network(30, pooling="concat"))
    words = tuple(f"w{i}" for i in range(28))
    write_model(tmp_path / "m.onnx", graph, Description(Tokenizer(words)))
    with pytest.raises(ModelFileError, match="over time"):
        opinia.to_keras(opinia.load(tmp_path / "m.onnx"))
    small = graph_of(random_network(len(WORDS) + 2), int8=True)
    write_model(tmp_path / "8.onnx", small, Description(Tokenizer(WORDS)))
    with pytest.raises(ModelFileError, match="8 bits"):
        opinia.to_keras(opinia.load(tmp_path / "8.onnx"))
    large, first = (graph_of(random_network(len(WORDS) + 2)) for _ in range(2))
    write_model(tmp_path / "c.onnx", add_first_stage(large, first, 0.5), Description(Tokenizer(WORDS)))
    with pytest.raises(ModelFileError, match="cascade"):
        opinia.to_keras(opinia.load(tmp_path / "c.onnx"))
    assert not (tmp_path / "b.keras").exists()


def test_weights_in_the_layout_of_keras():
    found = opinia.keras_weights(opinia.load("seed"))
    assert found["embedding"].shape == (1000, 64)
    assert found["forward_0_kernel"].shape == (64, 256)
    assert found["backward_0_recurrent_kernel"].shape == (64, 256)
    assert found["output_kernel"].shape == (64, 1)


def test_a_published_model_of_keras_is_one_of_ours(tmp_path):
    """Its weights are found, so training can begin with it."""
    path = tmp_path / "m.keras"
    path.write_bytes(content("published"))
    model = read_model(path)
    weights = read_weights(onnx.load_model_from_string(model.to_bytes()))
    assert weights.units == 5
    assert model.description.tokenizer.kind == "keras"


def test_explanations_speak_of_the_text_as_it_stands():
    found = explain(classifier("unmasked_padded_ids"), "The plot, (was) not very good!")
    assert [(each.start, each.end) for each in found.contributions][:3] == [(0, 3), (4, 9), (10, 15)]
    pairs = changed("published", lambda config: layers(config)["TextVectorization"].update(ngrams=2))
    with pytest.raises(InputError, match="n-grams"):
        explain(read(pairs), "good film")
