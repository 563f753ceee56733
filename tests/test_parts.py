"""``scripts/parts.py``: a checkpoint in parts and whole again, with the real script, and damage to them."""

import hashlib
import io
import json
import sys
from pathlib import Path

import pytest
import torch

import prepared
from opinia.runs.checkpoint import INDEX, delete_hint, load_checkpoint, save_checkpoint

SCRIPT = Path(__file__).parents[1] / "scripts" / "parts.py"
PART_BYTES = 4096


def parts(what, *paths):
    """Run the script; return what it said, which is nothing where all went well."""
    command = [sys.executable, str(SCRIPT), what, *paths, "--bytes", str(PART_BYTES)]
    done = prepared.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1 if done.stderr else 0, "")
    return done.stderr


def saved(numbers):
    buffer = io.BytesIO()
    torch.save({"weights": torch.arange(numbers)}, buffer)
    return buffer.getvalue()


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(5_000))
    return path


def test_it_is_small_files_and_the_same_file_again(checkpoint):
    whole, folder = checkpoint.read_bytes(), checkpoint.parent
    (folder / "checkpoint.pt.mine").write_bytes(b"somebody's")
    assert parts("split", checkpoint) == ""
    assert len(list(folder.iterdir())) == 2 - (-len(whole) // PART_BYTES)
    assert all(path.stat().st_size <= PART_BYTES for path in folder.iterdir())
    assert "is in parts already" in parts("split", checkpoint)
    with pytest.raises(ValueError, match="checkpoint.pt is in parts"):
        load_checkpoint(checkpoint)
    assert parts("join", checkpoint) == ""
    assert checkpoint.read_bytes() == whole
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.pt", "checkpoint.pt.mine"]
    assert "is not in parts" in parts("join", checkpoint)


def test_one_that_opinia_once_wrote_in_parts_is_joined(tmp_path):
    """Its parts were those of ``torch.save`` alone."""
    path, content = tmp_path / "forward.pt", saved(5_000)
    digest = hashlib.sha256(content).hexdigest()
    names = []
    for start in range(0, len(content), PART_BYTES):
        names.append(f"forward.pt.{digest[:12]}.{len(names):03}")
        (tmp_path / names[-1]).write_bytes(content[start : start + PART_BYTES])
    path.write_bytes(INDEX + (json.dumps({"sha256": digest, "parts": names}, indent=2) + "\n").encode())
    assert parts("join", path) == ""
    assert torch.equal(load_checkpoint(path)["weights"], torch.arange(5_000))
    assert [each.name for each in tmp_path.iterdir()] == ["forward.pt"]


def test_parts_that_are_missing_or_changed_are_told_and_all_stays(checkpoint):
    parts("split", checkpoint)
    part = next(checkpoint.parent.glob("checkpoint.pt.*.001"))
    content = part.read_bytes()
    part.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    before = {path: path.read_bytes() for path in checkpoint.parent.iterdir()}
    assert "is damaged: its parts are not those" in parts("join", checkpoint)
    assert {path: path.read_bytes() for path in checkpoint.parent.iterdir()} == before
    part.unlink()
    assert part.name in parts("join", checkpoint)
    part.write_bytes(content)
    assert parts("join", checkpoint) == ""


def test_the_hint_names_each_file_that_stands_for_the_checkpoint(checkpoint):
    def hint():
        return delete_hint(checkpoint, purpose="to begin anew")

    assert hint() == f"delete {checkpoint} to begin anew"
    (checkpoint.parent / "checkpoint.pt.mine").write_bytes(b"somebody's")
    content = checkpoint.read_bytes()
    digest, count = hashlib.sha256(content).hexdigest()[:12], -(-len(content) // PART_BYTES)
    parts("split", checkpoint)
    all_files = f"delete {checkpoint} and {checkpoint}.{digest}.* (parts: {count}) to begin anew"
    assert hint() == f"join its parts, or {all_files}"  # nothing is lost yet
    checkpoint.write_bytes(bytes(100))
    assert hint() == all_files
    checkpoint.unlink()
    assert hint() == all_files


def test_what_is_no_whole_checkpoint_is_not_split(tmp_path):
    for content in (b"", b"text", saved(10)):
        (tmp_path / "file").write_bytes(content)
        assert parts("split", tmp_path / "file").startswith("error: ")
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_index_names_no_files_but_its_parts(tmp_path):
    path, content = tmp_path / "checkpoint.pt", saved(10)
    (tmp_path / "other").write_bytes(content)
    digest, paths = hashlib.sha256(content).hexdigest(), []
    texts = [
        json.dumps({"sha256": digest, "parts": names}, indent=2) + "\n"
        for names in (["other"], ["../other"], ["/etc/passwd"], [""], [None], {"a": 1}, 5, "other", [])
    ]
    texts += ["", "{}", "[]", "null", "[" * 100_000, '{"sha256": 1' + "0" * 5000]
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.pt")
        paths[-1].write_bytes(INDEX + text.encode())
    for path in paths:
        assert "is damaged" in parts("join", path)
