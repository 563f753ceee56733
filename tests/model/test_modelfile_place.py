"""Where a model may lie, and what is said of a place that holds none."""

import os

import pytest

import opinia
from models import write_counting_model
from opinia.errors import ModelFileError
from opinia.model import source as modelbytes
from opinia.model.file import read_model


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "good.onnx")


def refusal(path):
    """The message with which a model is refused: one line, and it names the file."""
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    assert "\n" not in caught.value.message
    assert path.name in caught.value.message
    return caught.value.message


def test_an_oversized_file_is_not_read(tmp_path):
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.write(b"\x08\x08")
        file.truncate(modelbytes.MAX_BYTES + 1)
    assert "too large" in refusal(path)


def test_a_folder_and_a_run_folder(good, tmp_path):
    (tmp_path / "run").mkdir()
    assert "is a folder without a model" in refusal(tmp_path / "run")
    (tmp_path / "run" / "best.onnx").write_bytes(good.read_bytes())
    assert opinia.load(tmp_path / "run").predict("good") == ["positive"]


def test_a_missing_file(tmp_path):
    assert "there is no model at" in refusal(tmp_path / "none.onnx")


def test_names_that_cannot_be_opened(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "cannot be read" in refusal(tmp_path / "file" / "model.onnx")
    assert "cannot be read" in refusal(tmp_path / ("x" * 300))
    with pytest.raises(ModelFileError, match="cannot be read"):
        opinia.load("nul\0byte.onnx")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.onnx")
    assert "not a regular file" in refusal(tmp_path / "pipe.onnx")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(good, tmp_path):
    path = tmp_path / "secret.onnx"
    path.write_bytes(good.read_bytes())
    path.chmod(0)
    assert "Permission denied" in refusal(path)
