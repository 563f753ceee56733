"""Files that are no models: each is told by its first bytes, in one sentence with what to do."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

import opinia
from commands import call_bytes
from models import write_counting_model
from opinia.errors import ModelFileError
from opinia.model.foreign import recognise
from opinia.model.shipped import find_model

HDF5 = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0"


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def saved(what, **options):
    buffer = io.BytesIO()
    torch.save(what, buffer, **options)
    return buffer.getvalue()


def arrays():
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3), b=np.ones(2))
    return buffer.getvalue()


def tarred():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.onnx"))
    return buffer.getvalue()


SEED = find_model("seed").read_bytes()[:20_000]
KERAS = {"metadata.json": "{}", "config.json": "{}", "model.weights.h5": HDF5}
SCRIPT = {"model/data.pkl": "", "model/constants.pkl": "", "model/code/__torch__.py": ""}
WEIGHTS = torch.nn.Linear(2, 2).state_dict()
HEADER = json.dumps({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 9876543\n"
)
NETWORK = {"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "layers": []}}
KINDS = [
    ("empty", b"", "is empty", "again"),
    ("zeros", bytes(5000), "a file of zeros", "again"),
    ("Keras, HDF5", HDF5, "HDF5 file, as Keras writes", "load_model('model.h5')"),
    ("HDF5 behind a user's block", bytes(511) + b"x" + HDF5, "HDF5", "model.save('model.keras')"),
    ("Keras 3, broken", zipped(**KERAS), "a Keras model that cannot be opened", "save it again"),
    ("Keras 3, cut", zipped(**KERAS)[:60], "breaks off", "again"),
    ("Keras's description", json.dumps(NETWORK).encode(), "JSON, such as Keras's", "opinia train"),
    ("SavedModel", b"\x08\x01\x12\xd5\x0c\x0a\x11m", "a TensorFlow SavedModel", "model.save('model.keras')"),
    ("frozen graph", b"\n-\n\x05input\x12\x0bPlaceholder*\x0b\n\x05dtype", "TensorFlow 1", "opinia train"),
    ("TensorFlow Lite", b"\x1c\0\0\0TFL3\x14\0\x20\0", "TensorFlow Lite", "opinia train"),
    ("PyTorch", saved(WEIGHTS), "a file of PyTorch", "opinia train"),
    ("PyTorch, a module", saved(torch.nn.Linear(2, 2)), "a file of PyTorch", "opinia train"),
    ("PyTorch, old", saved(WEIGHTS, _use_new_zipfile_serialization=False), "PyTorch", "opinia train"),
    ("TorchScript", zipped(**SCRIPT), "TorchScript", "opinia train"),
    ("safetensors", struct.pack("<Q", len(HEADER)) + HEADER + bytes(4), "safetensors", "opinia train"),
    ("GGUF", b"GGUF\x03\0\0\0" + bytes(16), "GGUF", "opinia train"),
    ("GGML", b"tjgg\x01\0\0\0" + bytes(16), "GGML", "opinia train"),
    ("ONNX Runtime's own", b"\x10\0\0\0ORTM" + bytes(16), "ONNX Runtime's own format", "opinia train"),
    ("NumPy, many", arrays(), "arrays of NumPy", "opinia train"),
    ("NumPy, one", b"\x93NUMPY\x01\0v\0{'descr': '<f8'", "a NumPy array", "opinia train"),
    ("joblib, packed", zlib.compress(pickle.dumps(["sklearn", 1])), "scikit-learn, which", "train"),
    ("a packed model", gzip.compress(SEED), "packed with gzip", "unpack it"),
    ("a packed pickle", gzip.compress(pickle.dumps([1, 2])), "a pickle of Python", "train"),
    ("bzip2", bz2.compress(SEED), "packed with bzip2", "unpack it"),
    ("xz", lzma.compress(SEED), "packed with xz", "unpack it"),
    ("zstd", b"\x28\xb5\x2f\xfd\x04\0\x11\0", "packed with zstd", "unpack it"),
    ("tar", tarred(), "a tar archive", "unpack it"),
    ("tar.gz", gzip.compress(tarred()), "a tar archive, packed with gzip", "unpack it"),
    ("a zipped model", zipped(**{"models/seed.onnx": SEED}), "that holds models/seed.onnx", "unpack it"),
    ("zip", zipped(a="1", b="2"), "a zip archive that holds a and 1 more", "unpack it"),
    ("zip without anything", zipped(), "without anything in it", "unpack it"),
    ("zip, begun", b"PK\x03\x04 a zip", "breaks off or is damaged", "again"),
    ("Git LFS", POINTER, "a pointer of Git LFS", "git lfs pull"),
    ("git-annex", b"/annex/objects/SHA256E-s9--ab.onnx\n", "a pointer of git-annex", "git annex get"),
    ("HTML", b"\n<!DOCTYPE html>\n<html><head><title>404</title>", "a web page", "download the file itself"),
    ("HTML, plainer", b"<HTML><body>Sign in", "a web page", "download the file itself"),
    ("XHTML", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "">', "a web page", "download the file itself"),
    ("XML", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is XML", ".onnx"),
    ("JSON", b'{"error": "Not found"}', "is JSON", ".onnx"),
    ("text", b"not a model\n", "is text", ".onnx"),
    ("text with a c first", b"comedy\nnice\n", "is text", ".onnx"),
    ("Polish text", "zażółć gęślą jaźń\n".encode() * 9000, "is text", ".onnx"),
    ("Polish, cp1250", "zażółć gęślą jaźń i tak dalej\n".encode("cp1250"), "is text", ".onnx"),
    ("UTF-16", "text".encode("utf-16"), "text in UTF-16", ".onnx"),
    ("CSV", b"review,label\ngood,1\n", "is text", ".onnx"),
    ("Parquet", b"PAR1\x15\x04", "a Parquet table", ".onnx"),
    ("PDF", b"%PDF-1.7\n%\xe2\xe3", "a PDF document", ".onnx"),
    ("PNG", b"\x89PNG\r\n\x1a\n\0\0", "a picture", ".onnx"),
    ("ELF", b"\x7fELF\x02\x01\x01\0", "a program or library", ".onnx"),
    *(
        (f"pickle {protocol}", pickle.dumps({"weights": [1.0]}, protocol), "a pickle of Python", "train")
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ),
    *(
        (f"pickled array {protocol}", pickle.dumps(np.zeros(2), protocol), "a pickle of Python", "train")
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "good.onnx")


@pytest.mark.parametrize(
    ("content", "said", "advice"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS]
)
def test_each_kind_is_told_from_a_file_and_from_bytes(tmp_path, content, said, advice):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    for source in (path, content, bytearray(content), io.BytesIO(content)):
        if isinstance(source, io.BytesIO) and not content:
            continue
        with pytest.raises(ModelFileError) as caught:
            opinia.load(source)
        assert said in caught.value.message
        assert "\n" not in caught.value.message
        assert advice in caught.value.hint
        assert (str(path) if source is path else "given") in caught.value.message


def test_no_model_is_taken_for_another_kind(good):
    for path in (good, *find_model().parent.glob("*.onnx")):
        with path.open("rb") as file:
            assert recognise(file) is None
    for version in range(3, 30):
        assert recognise(io.BytesIO(b"\x08" + bytes([version]) + SEED[2:])) is None


def test_nothing_of_a_pickle_is_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    for content in (pickle.dumps(Trap()), gzip.compress(pickle.dumps(Trap())), saved(Trap())):
        with pytest.raises(ModelFileError, match="pickle|PyTorch"):
            opinia.load(content)
    assert list(tmp_path.iterdir()) == []


FOLDERS = [
    (("saved_model.pb", "variables/variables.index"), "a TensorFlow SavedModel", "model.save('model.keras')"),
    (("config.json", "model.safetensors"), "a Hugging Face model", "opinia train"),
    (("checkpoint", "ckpt-1.index"), "a TensorFlow checkpoint", "opinia train"),
    (("MLmodel",), "an MLflow model", "opinia train"),
    (("recipe.toml", "environment.json"), "a run that has no model yet", "opinia train --resume"),
    (("one.onnx", "two.onnx"), "holds one.onnx and 1 more", "one.onnx"),
    (("64/best.onnx", "32/best.onnx"), "holds 32 and 1 more", str(Path("there/32"))),
    (("README",), "a folder without a model", ".onnx"),
    ((), "a folder without a model", ".onnx"),
]


@pytest.mark.parametrize(("names", "said", "advice"), FOLDERS, ids=[" ".join(names) for names, *_ in FOLDERS])
def test_folders_of_other_kinds(tmp_path, monkeypatch, names, said, advice):
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    for name in names:
        Path("there", name).parent.mkdir(exist_ok=True)
        Path("there", name).touch()
    with pytest.raises(ModelFileError) as caught:
        opinia.load("there")
    assert said in caught.value.message
    assert advice in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("seeed", "seed"),
        ("Seed", "seed"),
        ("bsae", "base"),
        ("smal.onnx", "small"),
        ("./mine.onx", "mine.onnx"),
        ("min.onnx", "mine.onnx"),
        ("runs/frist", str(Path("runs/first"))),
    ],
)
def test_the_nearest_is_named(good, tmp_path, monkeypatch, asked, near):
    monkeypatch.chdir(tmp_path)
    for name in ("mine.onnx", "runs/first/best.onnx"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(good.read_bytes())
    with pytest.raises(ModelFileError) as caught:
        opinia.load(asked)
    assert caught.value.message == f"there is no model at {Path(asked)}"
    shipped = "" if asked.startswith("runs/") else " opinia comes with base, general, polish, seed, small"
    assert caught.value.hint == f"did you mean {near}?{shipped}"
    assert opinia.load(near).predict("a wonderful, good film") == ["positive"]


def test_where_nothing_is_near_all_that_comes_along_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelFileError, match="base, general, polish, seed, small"):
        opinia.load("xyzzy")
    with pytest.raises(ModelFileError, match="download it first"):
        opinia.load("https://example.org/model.onnx")
    with pytest.raises(ModelFileError, match="is empty"):
        opinia.load("")


PATHS = [
    ("console", "--model", ""),
    ("analyse", "good", "--model", ""),
    ("explain", "good", "--model="),
    ("evaluate", "", "imdb:validation"),
    ("behave", ""),
    ("info", ""),
    ("quantise", "", "-o", "a.onnx"),
    ("score", "", "-o", "a.csv"),
    ("score", "a.csv", "-o", ""),
    ("serve", "--model", ""),
    ("runs", "list", ""),
    ("train", ""),
    ("train", "--resume", ""),
    ("study", "-o", ""),
    ("data", "sample", "-o", ""),
]


@pytest.mark.parametrize("arguments", PATHS, ids=" ".join)
def test_an_empty_path_is_not_the_folder(tmp_path, good, arguments):
    (tmp_path / "best.onnx").write_bytes(good.read_bytes())
    found = call_bytes(*arguments, cwd=tmp_path)
    assert found.returncode == 2, found.stderr
    assert b"it is empty" in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["best.onnx"]


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, io.BytesIO], ids=lambda make: make.__name__)
def test_a_model_from_memory(good, make):
    expected = opinia.load(good)
    found = opinia.load(make(good.read_bytes()))
    assert (
        found.predict_proba(["good film", "bad"]).tolist()
        == expected.predict_proba(["good film", "bad"]).tolist()
    )
    assert (found.model.sha256, found.model.size, found.model.path) == (
        expected.model.sha256,
        expected.model.size,
        None,
    )


def test_a_model_from_open_files(good, tmp_path):
    with good.open("rb") as file, open(good, "rb", buffering=0) as bare:
        assert opinia.load(file).predict("bad") == opinia.load(bare).predict("bad") == ["negative"]
        with pytest.raises(ModelFileError, match="read to its end"):
            opinia.load(file)
    with pytest.raises(ModelFileError, match="closed file"):
        opinia.load(file)
    with zipfile.ZipFile(io.BytesIO(zipped(a=good.read_bytes()))) as archive, archive.open("a") as inner:
        assert opinia.load(inner).predict("bad") == ["negative"]
    (tmp_path / "text.txt").write_text("good")
    with (
        (tmp_path / "text.txt").open(encoding="utf-8") as file,
        pytest.raises(ModelFileError, match="open as text"),
    ):
        opinia.load(file)


@pytest.mark.parametrize(
    "source",
    [5, True, [b"x"], {"path": "x"}, object(), np.zeros(3, np.uint8)],
    ids=["int", "bool", "list", "dict", "object", "array"],
)
def test_what_is_no_source_is_refused_in_one_line(source):
    with pytest.raises(ModelFileError, match="a model is a path, a name, bytes or a file") as caught:
        opinia.load(source)
    assert "\n" not in str(caught.value)
