"""What comes back from a lent machine, in files of a bounded size."""

import pytest
import torch

from opinia.errors import DataError
from opinia.train.remote import parcels
from opinia.train.remote.parcels import Outbox, from_bytes, read_parcels, to_bytes

TENSORS = {
    "weight": torch.randn(7, 5, generator=torch.Generator().manual_seed(0)),
    "bias": torch.tensor([1.5, -0.0, 3e38, 1e-38]),
    "nothing": torch.zeros(0, 3),
    "one": torch.tensor(2.5),
}


@pytest.mark.parametrize("kind", ["bfloat16", "float32"])
def test_tensors_read_back(kind):
    found, about = from_bytes(to_bytes(TENSORS, {"seed": 3}, kind=kind))
    assert about == {"seed": 3}
    for name, tensor in TENSORS.items():
        expected = tensor.bfloat16().float() if kind == "bfloat16" else tensor
        assert torch.equal(found[name], expected), name


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + b"x", lambda c: b"?" + c, lambda c: b""])
def test_what_is_no_parcel_is_told(change):
    with pytest.raises(DataError, match="a parcel is damaged"):
        from_bytes(change(to_bytes(TENSORS, {})))


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(parcels, "PART_BYTES", 1000)


def outbox(place, **limits):
    return Outbox(place / "work", place / "out", **{"most_files": 4, "most_bytes": 3500, **limits})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_call_sends_what_fits_and_has_not_come_back(small_parts, tmp_path):
    home = tmp_path / "home"
    first = outbox(tmp_path)
    first.log.write_text("a line\n", encoding="utf-8")
    first.put("large", bytes(range(256)) * 20, importance=2)  # 5,120 bytes: six parts
    first.put("small", b"small", importance=1)
    waiting = first.send()
    came = names(tmp_path / "out")
    assert [name.split(".")[0] for name in came] == ["large", "large", "log", "small"]
    assert len(waiting) == 4
    assert names(tmp_path / "out") == came
    (tmp_path / "out").rename(home)  # the call is over, however it ended
    seen = set(came)
    for _ in range(2):
        again = outbox(tmp_path)
        again.send()
        new = set(names(tmp_path / "out")) - {"log.jsonl"}
        assert not new & seen
        seen |= new
        for name in new:
            (tmp_path / "out" / name).rename(home / name)
    assert read_parcels(home.iterdir()) == {"large": bytes(range(256)) * 20, "small": b"small"}
    assert outbox(tmp_path).send() == []


def test_no_more_files_nor_bytes_than_may_come_back(small_parts, tmp_path):
    box = outbox(tmp_path, most_files=8, most_bytes=4200)
    box.put("one", b"1" * 9000, importance=1)
    box.send()
    sizes = [path.stat().st_size for path in (tmp_path / "out").iterdir()]
    assert sizes == [1000] * 4
    few = outbox(tmp_path, most_files=3, most_bytes=10**9)
    few.send()
    assert len(names(tmp_path / "out")) == 2


def test_a_newer_parcel_takes_the_place_of_an_older_one(small_parts, tmp_path):
    box = outbox(tmp_path)
    box.put("model", b"old" * 500, importance=1)
    box.send()
    box.put("model", b"new" * 100, importance=1)
    box.send()
    assert read_parcels((tmp_path / "out").iterdir()) == {"model": b"new" * 100}
    box.drop("model")
    box.send()
    assert names(tmp_path / "out") == []


def test_missing_parts_are_named(small_parts, tmp_path):
    box = outbox(tmp_path, most_files=9, most_bytes=10**6)
    box.put("model", b"x" * 3500, importance=1)
    box.send()
    parts = sorted((tmp_path / "out").iterdir())
    parts[1].unlink()
    with pytest.raises(DataError, match="no parcel is whole: model lacks part 2 of 4"):
        read_parcels((tmp_path / "out").iterdir())
