import hashlib
import io
import json
import os
import zipfile

import pytest
import torch

from opinia.runs import checkpoint as checkpoints
from opinia.runs.checkpoint import (
    INDEX,
    delete_checkpoint,
    load_checkpoint,
    reason_of,
    save_checkpoint,
    tidy_checkpoint,
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(checkpoints, "PART_BYTES", 4096)


def saved(numbers):
    buffer = io.BytesIO()
    torch.save({"weights": torch.arange(numbers)}, buffer)
    return buffer.getvalue()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_large_checkpoint_is_several_small_files_and_comes_back(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(5_000))
    assert len(names(tmp_path)) == 1 + -(-len(saved(5_000)) // 4096)
    assert all(file.stat().st_size <= 4096 for file in tmp_path.iterdir())
    assert torch.equal(load_checkpoint(path)["weights"], torch.arange(5_000))


def test_a_small_checkpoint_is_the_file_of_torch_itself(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(10))
    assert names(tmp_path) == ["checkpoint.pt"]
    assert torch.equal(torch.load(path, weights_only=True)["weights"], torch.arange(10))


@pytest.mark.parametrize("numbers", [10, 6_000])
def test_a_new_checkpoint_leaves_nothing_of_the_one_before(tmp_path, numbers):
    path, other = tmp_path / "forward.pt", tmp_path / "backward.pt"
    save_checkpoint(other, saved(7_000))
    untouched = names(tmp_path)
    save_checkpoint(path, saved(5_000))
    save_checkpoint(path, saved(numbers))
    assert torch.equal(load_checkpoint(path)["weights"], torch.arange(numbers))
    assert torch.equal(load_checkpoint(other)["weights"], torch.arange(7_000))
    parts = -(-len(saved(numbers)) // 4096)
    assert len(names(tmp_path)) == len(untouched) + 1 + (parts if parts > 1 else 0)
    delete_checkpoint(path)
    assert names(tmp_path) == untouched


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(5_000))
    before = names(tmp_path)
    write, written = checkpoints.write_atomically, []

    def full_after_two(place, content):
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(place)
        write(place, content)

    monkeypatch.setattr(checkpoints, "write_atomically", full_after_two)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(path, saved(6_000))
    assert names(tmp_path) == before
    assert torch.equal(load_checkpoint(path)["weights"], torch.arange(5_000))


def test_parts_that_are_missing_or_changed_are_told(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(5_000))
    part = next(tmp_path.glob("checkpoint.pt.*.001"))
    content = part.read_bytes()
    part.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ValueError, match="checkpoint.pt is damaged: its parts are not those"):
        load_checkpoint(path)
    part.unlink()
    with pytest.raises(FileNotFoundError):
        load_checkpoint(path)


@pytest.mark.parametrize("numbers", [10, 5_000])
def test_each_flipped_bit_of_each_byte_is_refused(tmp_path, numbers):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(numbers))
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises((ValueError, FileNotFoundError)) as error:
            load_checkpoint(path)
        assert reason_of(error.value).startswith("checkpoint.pt ")


def test_what_torch_saved_without_a_digest_is_told(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(saved(10))
    with pytest.raises(ValueError, match="has no digest: it is damaged, or older than"):
        load_checkpoint(tmp_path / "checkpoint.pt")


def test_an_index_names_no_files_but_its_parts(tmp_path):
    path, content = tmp_path / "checkpoint.pt", saved(10)
    (tmp_path / "other").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    for names in (["other"], ["../other"], ["/etc/passwd"], [""], [None], {"a": 1}, 5, "other", []):
        index = json.dumps({"sha256": digest, "parts": names}, indent=2) + "\n"
        path.write_bytes(INDEX + index.encode())
        with pytest.raises(ValueError, match=r"checkpoint\.pt is damaged"):
            load_checkpoint(path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"sha256": 1' + b"0" * 5000]
)
def test_an_odd_index_is_told(tmp_path, content):
    (tmp_path / "checkpoint.pt").write_bytes(INDEX + content)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is damaged: it is no index of parts"):
        load_checkpoint(tmp_path / "checkpoint.pt")
    delete_checkpoint(tmp_path / "checkpoint.pt")


def test_a_packed_archive_is_none_of_ours(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 20))
    save_checkpoint(tmp_path / "checkpoint.pt", buffer.getvalue())
    with pytest.raises(ValueError, match="is no checkpoint that opinia wrote"):
        load_checkpoint(tmp_path / "checkpoint.pt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_the_place_of_a_checkpoint_or_a_part_is_not_waited_for(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(5_000))
    part = next(tmp_path.glob("checkpoint.pt.*.001"))
    for place in (part, path):
        place.unlink()
        os.mkfifo(place)
        with pytest.raises(OSError, match="no regular file"):
            load_checkpoint(path)


def test_parts_of_a_writer_that_was_killed_are_tidied_away(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(5_000))
    whole = names(tmp_path)
    (tmp_path / "checkpoint.pt.0123456789ab.000").write_bytes(b"left")
    (tmp_path / "checkpoint.pt.mine").write_bytes(b"somebody's")
    tidy_checkpoint(path)
    assert names(tmp_path) == [*whole, "checkpoint.pt.mine"]
