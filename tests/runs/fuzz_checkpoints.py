"""Damaged and odd checkpoints: ``python tests/runs/fuzz_checkpoints.py 10000`` runs it for some minutes.

Each is put in the place of a real run's, and the run is continued as far as to take it. It must be refused in
one sentence, or the network and its optimizer must hold what was written, bit for bit. Where the index of one
in parts was deleted there is no checkpoint, and the training begins anew.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing
from fuzzing import ODD_NUMBERS, ODD_VALUES, damaged

GOOD = ("refused", "the same", "begun anew")
TINY = {
    "text.max_tokens": 200,
    "network.embedding": 8,
    "network.units": 8,
    "network.dense": 8,
    "training.epochs": 2,
    "training.threads": 1,
    "training.ema_decay": 0.9,
    "data.source": "sample",
    "data.validation": 300,
}
PART_BYTES = 16 << 10


class Bench:
    """A run of two epochs, another of the same shape, and what is needed to continue the first."""

    def __init__(self, folder):
        from opinia.runs.recipe import Recipe
        from opinia.train.pipeline import fit, make_ready

        self.recipe = Recipe().replace(TINY)
        self.run = fit(self.recipe, folder / "run")
        other = fit(self.recipe.replace({"training.seed": 7}), folder / "other")
        self.whole, self.other = self.run.checkpoint.read_bytes(), other.checkpoint.read_bytes()
        self.task = make_ready(self.recipe, self.run)
        self.content, self.other_content = self.load(), self.load(other.checkpoint)
        self.parts = self.cut(self.whole, PART_BYTES)
        self.other_parts = self.cut(self.other, PART_BYTES)

    def load(self, path=None):
        from opinia.runs.checkpoint import load_checkpoint

        return load_checkpoint(path or self.run.checkpoint)

    def cut(self, content, size):
        """Return the files of a checkpoint in parts; the first is the index."""
        from opinia.runs import checkpoint

        with tempfile.TemporaryDirectory() as folder:
            usual, checkpoint.PART_BYTES = checkpoint.PART_BYTES, size
            checkpoint.save_checkpoint(Path(folder) / "checkpoint.pt", content)
            checkpoint.PART_BYTES = usual
            return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}

    def put(self, files):
        for left in self.run.path.glob("checkpoint.pt*"):
            left.unlink()
        for name, content in files.items():
            (self.run.path / name).write_bytes(content)

    def outcome(self, number):
        from opinia.errors import TrainingError
        from opinia.train.callbacks import Checkpoint
        from opinia.train.pipeline import new_trainer

        files, expected = self.made(random.Random(number))
        self.put(files)
        try:
            state = new_trainer(self.recipe, self.task, fresh=False)
            Checkpoint(self.run, self.task.card["data"]).on_train_begin(state)
        except TrainingError as error:
            said = error.message.partition("cannot be continued: ")[2]
            return "refused" if said.strip() and "\n" not in error.message else f"said: {error.message!r}"
        except Exception as error:  # whatever it is, it is what is looked for
            return f"a traceback: {type(error).__name__}"
        if expected is None and "checkpoint.pt" in files:
            return "silently wrong: damaged, and taken"
        taken = {
            "network": state.network.state_dict(),
            "average": state.average.network.state_dict(),
            "optimizer": {"state": state.optimizer.state_dict()["state"]},
            "history": [vars(epoch) for epoch in state.history],
            "seconds": state.seconds,
        }
        if "checkpoint.pt" not in files:  # deleted: training begins anew, as it is told to
            return "begun anew" if not state.history else "silently wrong: a history of nothing"
        same = all(is_same(taken[name], expected[name]) for name in taken)
        return "the same" if same else "silently wrong: other contents than were written"

    def made(self, draw):
        """Return files in the place of a checkpoint, and what they hold, or None where no digest fits."""
        kind = draw.randrange(8)
        if kind < 2:
            files = {"checkpoint.pt": one_flip(draw, self.whole) if kind else damaged(draw, self.whole)}
        elif kind == 2:
            files = {"checkpoint.pt": spliced(draw, self.whole, self.other)}
        elif kind < 5:
            files = dict(self.parts)
            name = draw.choice(sorted(files))
            way = draw.randrange(6)
            if way == 0:
                del files[name]
            elif way == 1:
                files[name] = files[draw.choice(sorted(files))]
            elif way == 2:
                files[name] = draw.choice(sorted(self.other_parts.values()))
            elif way == 3:
                files[name] = one_flip(draw, files[name])
            else:
                files[name] = damaged(draw, files[name])
        elif kind == 5:
            files = {**self.parts, "checkpoint.pt": self.odd_index(draw)}
        else:
            content = with_odd_values(draw, copy.deepcopy(self.content), copy.deepcopy(self.other_content))
            return {"checkpoint.pt": sealed(content)}, content
        if files == self.parts or files.get("checkpoint.pt") == self.whole:
            return files, self.content
        is_other = files == self.other_parts or files.get("checkpoint.pt") == self.other
        return files, self.other_content if is_other else None

    def odd_index(self, draw):
        from opinia.runs.checkpoint import INDEX

        index = json.loads(self.parts["checkpoint.pt"].removeprefix(INDEX))
        for _ in range(draw.choice((1, 1, 2))):
            if draw.random() < 0.5:
                index[draw.choice(("parts", "sha256", "more"))] = draw.choice((*ODD_VALUES, *ODD_NUMBERS))
            elif isinstance(index.get("parts"), list) and index["parts"]:
                names = ("..", "/dev/zero", "", "checkpoint.pt", "../other/checkpoint.pt", *index["parts"])
                index["parts"][draw.randrange(len(index["parts"]))] = draw.choice((*names, *ODD_VALUES))
        text = json.dumps(index, indent=draw.choice((None, 2))) + draw.choice(("", "\n"))
        text = draw.choice((text, text, "[" * 50_000, text * 2, "NaN"))
        return INDEX + text.encode()


def one_flip(draw, content):
    changed = bytearray(content)
    changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def spliced(draw, one, other):
    """The beginning of one file and the end of another, their digests now and then set right."""
    place = draw.randrange(1, len(one))
    both = one[:place] + other[place:]
    return both if draw.random() < 0.5 else both[: draw.randrange(len(both))]


def with_odd_values(draw, content, other):
    """Put odd values, or parts of another checkpoint, somewhere into the contents."""
    import torch

    for _ in range(draw.choice((0, 1, 1, 1, 2, 5))):
        place = content
        while place:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            key = draw.choice(list(keys))
            inside = place[key]
            if isinstance(inside, dict | list) and inside and draw.random() < 0.85:
                place = inside
                continue
            odd = draw.choice((*ODD_VALUES, *ODD_NUMBERS, (), (1,), float("nan"), 2.0, "tensor", "other"))
            if odd == "tensor":
                like = inside if isinstance(inside, torch.Tensor) else torch.zeros(3)
                odd = draw.choice(
                    (
                        torch.zeros(0),
                        torch.zeros(()),
                        torch.zeros(1).expand(like.shape) if like.dim() else torch.ones(2, 2),
                        like.double(),
                        like.bool(),
                        like.to(torch.complex64),
                        like.reshape(-1),
                        like.to_sparse() if like.dim() else like,
                        like.half(),
                    )
                )
            elif odd == "other":
                odd = draw.choice(list(other.values()))
            if isinstance(place, dict) and draw.random() < 0.15:
                if draw.random() < 0.5:
                    del place[key]
                else:
                    place[draw.choice(("more", 3, 99, -1))] = odd
            else:
                place[key] = odd
            break
    return content


def sealed(content):
    import torch

    from opinia.runs import checkpoint

    buffer = io.BytesIO()
    torch.save(content, buffer)
    return checkpoint.sealed(buffer.getvalue())


def is_same(one, other):
    """Tell whether two trees of numbers and tensors are the same, bit for bit."""
    import torch

    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and one.shape == other.shape and digest(one) == digest(other)
    if isinstance(one, dict):
        return isinstance(other, dict) and all(key in other and is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        both = isinstance(other, list | tuple) and len(one) == len(other)
        return both and all(map(is_same, one, other))
    if isinstance(one, torch.Tensor) or isinstance(other, torch.Tensor):
        return False
    return one == other or (one != one and other != other)


def digest(tensor):
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


def worker(first, last):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        fuzzing.work(first, last, bench.outcome)


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
