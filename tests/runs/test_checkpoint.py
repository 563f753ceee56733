import io
import os
import zipfile

import pytest
import torch

from opinia.runs.checkpoint import INDEX, load_checkpoint, reason_of, save_checkpoint


def saved(numbers):
    buffer = io.BytesIO()
    torch.save({"weights": torch.arange(numbers)}, buffer)
    return buffer.getvalue()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("numbers", [10, 5_000])
def test_a_checkpoint_is_one_file_that_torch_reads_too(tmp_path, numbers):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(7_000))
    save_checkpoint(path, saved(numbers))
    assert names(tmp_path) == ["checkpoint.pt"]
    for content in (load_checkpoint(path), torch.load(path, weights_only=True)):
        assert torch.equal(content["weights"], torch.arange(numbers))


def test_each_flipped_bit_of_each_byte_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, saved(10))
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(ValueError, match="checkpoint.pt") as error:
            load_checkpoint(path)
        assert reason_of(error.value).startswith("checkpoint.pt ")


def test_what_torch_saved_without_a_digest_is_told(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(saved(10))
    with pytest.raises(ValueError, match="has no digest: it is damaged, or older than"):
        load_checkpoint(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("content", [b"", b"{}", b'{\n  "sha256": "0", "parts": []\n}\n', b"[" * 100_000])
def test_one_in_parts_is_told_what_joins_it(tmp_path, content):
    path = tmp_path / "my runs" / "checkpoint.pt"
    path.parent.mkdir()
    path.write_bytes(INDEX + content)
    with pytest.raises(
        ValueError, match="checkpoint.pt is in parts: `python scripts/parts.py join "
    ) as error:
        load_checkpoint(path)
    assert f"'{path}'" in str(error.value)


def test_a_packed_archive_is_none_of_ours(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 20))
    save_checkpoint(tmp_path / "checkpoint.pt", buffer.getvalue())
    with pytest.raises(ValueError, match="is no checkpoint that opinia wrote"):
        load_checkpoint(tmp_path / "checkpoint.pt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_the_place_of_a_checkpoint_is_not_waited_for(tmp_path):
    path = tmp_path / "checkpoint.pt"
    os.mkfifo(path)
    with pytest.raises(OSError, match="no regular file"):
        load_checkpoint(path)
