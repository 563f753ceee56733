"""What comes back from a lent machine, in files of a bounded size."""

import json

import pytest
import torch

from opinia.errors import DataError
from opinia.remote import parcels
from opinia.remote.parcels import Outbox, from_bytes, read_parcels, rounded, to_bytes, unrounded

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


def test_matrices_in_8_bits_take_half_the_bytes_and_come_back_nearly():
    matrix = torch.randn(300, 64, generator=torch.Generator().manual_seed(1))
    tensors = {"matrix": matrix, "bias": torch.tensor([1.5, 1e-20]), "zeros": torch.zeros(3, 4)}
    content = to_bytes(rounded(tensors), {}, kind="float32")
    assert len(content) < 0.6 * len(to_bytes(tensors, {}))
    found = unrounded(from_bytes(content)[0])
    assert found.keys() == tensors.keys()
    assert torch.equal(found["bias"], tensors["bias"])
    assert torch.equal(found["zeros"], tensors["zeros"])
    steps = matrix.abs().amax(1, keepdim=True) / 127
    assert ((found["matrix"] - matrix).abs() <= 0.501 * steps).all()


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
    assert read_parcels(home.iterdir()) == ({"large": bytes(range(256)) * 20, "small": b"small"}, {})
    assert outbox(tmp_path).send() == []
    assert names(tmp_path / "out") == ["log.jsonl"]
    assert len(outbox(tmp_path, resend=True).send()) == 4


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
    assert read_parcels((tmp_path / "out").iterdir()) == ({"model": b"new" * 100}, {})
    box.drop("model")
    box.send()
    assert names(tmp_path / "out") == []


def test_what_is_wrong_with_a_parcel_is_named_and_the_others_are_read(small_parts, tmp_path):
    box = outbox(tmp_path, most_files=20, most_bytes=10**6)
    box.put("model", b"x" * 3500, importance=1)
    box.put("other", b"y" * 1500, importance=2)
    box.put("third", b"z" * 10, importance=3)
    box.send()
    by_name = {path.name: path for path in (tmp_path / "out").iterdir()}
    model, other = (
        [by_name[name] for name in sorted(by_name) if name.startswith(n)] for n in ("model", "other")
    )
    model[1].unlink()
    other[0].write_bytes(b"?" * 1000)
    contents, problems = read_parcels((tmp_path / "out").iterdir())
    assert contents == {"third": b"z" * 10}
    assert problems == {
        "model": "model lacks part 02 of 4".replace("02", "2"),
        "other": "the parts of other are not those that were sent",
    }


def test_a_part_that_a_kill_cut_short_comes_whole_with_the_next_call(small_parts, tmp_path):
    home = tmp_path / "home"
    (home / "9").mkdir(parents=True)
    (home / "10").mkdir()
    box = outbox(tmp_path)
    box.put("model", b"x" * 900, importance=1)
    box.send()
    (part,) = (tmp_path / "out").iterdir()
    part.write_bytes(b"x" * 300)
    (home / "10" / part.name).write_bytes(part.read_bytes())
    box.send()
    (home / "9" / part.name).write_bytes(part.read_bytes())
    assert read_parcels(home.rglob("*.*"))[0] == {"model": b"x" * 900}


def test_a_parcel_that_is_not_all_there_is_not_sent_and_hinders_nothing(small_parts, tmp_path):
    box = outbox(tmp_path)
    box.put("small", b"small", importance=1)
    (tmp_path / "work" / "outbox" / "killed.0123456789abcdef.01of02").write_bytes(b"half of it")
    (tmp_path / "work" / "outbox" / "lost.0123456789abcdea.01of01").write_bytes(b"of no importance")
    assert outbox(tmp_path).send() == []
    assert [name.split(".")[0] for name in names(tmp_path / "out")] == ["lost", "small"]


def test_what_a_kill_took_out_of_the_folder_does_not_count_as_come_back(small_parts, tmp_path):
    box = outbox(tmp_path)
    box.put("old", b"o" * 2500, importance=2)
    box.send()
    index = tmp_path / "work" / "outbox" / "index.json"
    box.put("new", b"n" * 3000, importance=1)
    box.send()
    # Killed before the last of what it does: the list of what lies there is that of before the copying.
    state = json.loads(index.read_text(encoding="utf-8"))
    assert not any(name.startswith("old") for name in state["last"])
    later = outbox(tmp_path, most_files=9, most_bytes=10**6)
    later.send()
    assert sum(name.startswith("old") for name in names(tmp_path / "out")) == 3
