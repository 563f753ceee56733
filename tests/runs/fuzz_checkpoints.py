"""Damaged and odd checkpoints: ``python tests/runs/fuzz_checkpoints.py 10000`` runs it for some minutes.

Each is put in the place of a real run's, and the run is continued as far as to take it. It must be refused in
one sentence, or the network and its optimizer must hold what was written, bit for bit. Where there is none,
the training begins anew.
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

    def load(self, path=None):
        from opinia.runs.checkpoint import load_checkpoint

        return load_checkpoint(path or self.run.checkpoint)

    def put(self, content):
        if content is None:
            self.run.checkpoint.unlink(missing_ok=True)
        else:
            self.run.checkpoint.write_bytes(content)

    def outcome(self, number):
        from opinia.errors import TrainingError
        from opinia.train.loop.callbacks import Checkpoint
        from opinia.train.pipeline import new_trainer

        file, expected = self.made(random.Random(number))
        self.put(file)
        try:
            state = new_trainer(self.recipe, self.task, fresh=False)
            Checkpoint(self.run, self.task.card["data"]).on_train_begin(state)
        except TrainingError as error:
            said = error.message.partition("cannot be continued: ")[2]
            return "refused" if said.strip() and "\n" not in error.message else f"said: {error.message!r}"
        except Exception as error:  # whatever it is, it is what is looked for
            return f"a traceback: {type(error).__name__}"
        if expected is None and file is not None:
            return "silently wrong: damaged, and taken"
        taken = {
            "network": state.network.state_dict(),
            "average": state.average.network.state_dict(),
            "optimizer": {"state": state.optimizer.state_dict()["state"]},
            "history": [vars(epoch) for epoch in state.history],
            "seconds": state.seconds,
        }
        if file is None:  # deleted: training begins anew, as it is told to
            return "begun anew" if not state.history else "silently wrong: a history of nothing"
        same = all(is_same(taken[name], expected[name]) for name in taken)
        return "the same" if same else "silently wrong: other contents than were written"

    def made(self, draw):
        """Return what is in the place of a checkpoint, and what it holds, or None where no digest fits."""
        kind = draw.randrange(8)
        if kind == 7 and draw.random() < 0.1:
            return None, None
        if kind < 2:
            file = one_flip(draw, self.whole) if kind else damaged(draw, self.whole)
        elif kind == 2:
            file = spliced(draw, self.whole, self.other)
        elif kind == 3:
            file = self.odd_index(draw)
        else:
            content = with_odd_values(draw, copy.deepcopy(self.content), copy.deepcopy(self.other_content))
            return sealed(content), content
        if file == self.whole:
            return file, self.content
        return file, self.other_content if file == self.other else None

    def odd_index(self, draw):
        """Return the index of one in parts, or what looks like it."""
        from opinia.runs.checkpoint import INDEX

        index = {
            "sha256": hashlib.sha256(self.whole).hexdigest(),
            "parts": ["checkpoint.pt.0123456789ab.000"],
        }
        if draw.random() < 0.5:
            index[draw.choice(("parts", "sha256", "more"))] = draw.choice((*ODD_VALUES, *ODD_NUMBERS))
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
