"""A training that several processes share, on one machine or more, as ``torchrun`` starts them.

The first process does everything that one alone would do: it reads the texts, trains teachers, validates, and
writes the run's folder. Where it trains by steps the others follow. Each takes some texts of every batch, the
gradients are summed, and all take the same step, so that all have the same weights, bit for bit.

The gradients go into one sum, and not through ``DistributedDataParallel``: a step goes backward several times
and not through ``forward`` (adversaries, sentences), a process may have fewer texts than the next, and at a
few million weights there is little to overlap.

Processes trust each other: what the first one tells the others is pickled, as everywhere in
``torch.distributed``, and nothing is encrypted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import itertools
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

from opinia import shell
from opinia.errors import LostProcessError, OpiniaError, TrainingError
from opinia.runs.environment import versions
from opinia.runs.folder import RunFolder
from opinia.system.torchrun import Place, place
from opinia.train.torch_setup import choose_device

if TYPE_CHECKING:
    from opinia.train.loop.trainer import Learnt, Trainer

Value = TypeVar("Value")

MINUTES_TO_STEP = 10
"""In which all processes have to take a step. One that ends is missed at once, for its connections end; only
a machine that vanishes without a word is waited for so long."""
DAYS_TO_WAIT = 30
"""For the first process, while it reads, judges and writes."""
_REASON = "reason"
_joins = itertools.count()
"""A process may train several times, and all of them do it equally often."""


class World:
    """The processes of a training, seen from one of them; of one alone, by default.

    Args:
        rank: number of this one, from 0.
        size: how many there are.

    Attributes:
        device: that this one trains on, ``"cpu"`` or ``"cuda"``.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size
        self.device = "cpu"

    @property
    def is_first(self) -> bool:
        """Whether this process reads, validates and writes."""
        return self.rank == 0

    def summed(self, network: nn.Module, learnt: Learnt) -> Learnt:  # noqa: ARG002
        """Add up what a step gave in all processes, and leave the sums of the gradients in the network.

        Args:
            network: with the gradients of this process.
            learnt: what its texts add to loss and right answers.
        """
        return learnt

    def from_first(self, make: Callable[[], Value]) -> Value:
        """Return what the first process makes; the others make nothing."""
        return make()

    def call(self, function: Callable[..., None], *arguments: Any) -> None:
        """Let the others call a function of a module, this world standing before the arguments."""

    def begin(self, trainer: Trainer[Any]) -> None:
        """Let all trainers begin with the state of the first one's."""

    def end_epoch(self, trainer: Trainer[Any]) -> None:
        """Check that all have the same weights, and let all stop where the first one does.

        Raises:
            TrainingError: they have not.
        """


ALONE = World()


class _Group(World):
    """Several processes.

    Args:
        found: the place of this one.
        device: that it trains on.

    Raises:
        TrainingError: they do not find each other, or are not of the same versions or kind.
    """

    def __init__(self, found: Place, device: str) -> None:
        super().__init__(found.rank, found.size)
        self.device, self._lost_another = device, False
        soon = timedelta(minutes=MINUTES_TO_STEP)
        with self._together():
            self._store = dist.PrefixStore(  # type: ignore[attr-defined]
                f"opinia/{found.restart}/{next(_joins)}",
                dist.TCPStore(  # type: ignore[attr-defined]
                    found.address,
                    found.port,
                    found.size,
                    is_master=found.rank == 0 and not found.has_store,
                    timeout=soon,
                    wait_for_workers=False,
                ),
            )
            dist.init_process_group(
                "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo",
                store=self._store,
                rank=found.rank,
                world_size=found.size,
                timeout=soon,
            )
            self._waiting = dist.new_group(backend="gloo", timeout=timedelta(days=DAYS_TO_WAIT))
        self._check_alike({**versions(), "device": device})

    def summed(self, network: nn.Module, learnt: Learnt) -> Learnt:
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        correct = learnt.loss.new_zeros(()) if learnt.correct is None else learnt.correct.to(learnt.loss)
        last = torch.stack([learnt.loss, correct]).to(gradients[0])
        buffer = torch.cat([*(gradient.flatten() for gradient in gradients), last])
        with self._together():
            dist.all_reduce(buffer)
        *sums, last = torch.split(buffer, [*(gradient.numel() for gradient in gradients), len(last)])
        for gradient, total in zip(gradients, sums, strict=True):
            gradient.copy_(total.view_as(gradient))
        return dataclasses.replace(
            learnt,
            loss=last[0],
            correct=None if learnt.correct is None else last[1].round().to(learnt.correct),
        )

    def from_first(self, make: Callable[[], Value]) -> Value:
        told: list[Any] = [make() if self.is_first else None]
        with self._together():
            dist.broadcast_object_list(told, src=0, group=self._waiting)
        return told[0]  # type: ignore[no-any-return]

    def call(self, function: Callable[..., None], *arguments: Any) -> None:
        self.from_first(lambda: (function, arguments))

    def begin(self, trainer: Trainer[Any]) -> None:
        state = self.from_first(lambda: _packed(trainer))
        if not self.is_first:
            _unpack(trainer, state)

    def end_epoch(self, trainer: Trainer[Any]) -> None:
        trainer.stop_training = self.from_first(lambda: trainer.stop_training)
        digests = self._all(_digest(trainer.network))
        if len(set(digests)) > 1:
            raise TrainingError(
                f"the weights of the {self.size} processes have come apart after epoch "
                f"{len(trainer.history)}",
                hint="processors or GPUs of different kinds round differently: use machines of one kind",
            )

    def follow(self) -> None:
        """Do what the first process calls, until it has done its work."""
        nothing: Any = None
        while (order := self.from_first(lambda: nothing)) is not None:
            function, arguments = order
            function(self, *arguments)

    def dismiss(self) -> None:
        """Let the others end."""
        self.from_first(lambda: None)

    def tell(self, error: BaseException) -> None:
        """Leave word why this process ends, for those that lose it, unless it has lost another one itself."""
        if self._lost_another:
            return
        said = error.message if isinstance(error, OpiniaError) else f"{type(error).__name__}: {error}"
        if not isinstance(error, Exception):
            said = "it was stopped"
        with contextlib.suppress(RuntimeError):
            self._store.set(
                _REASON, f"process {self.rank + 1} of {self.size} on {socket.gethostname()}: {said}"
            )

    def _all(self, value: Value) -> list[Value]:
        """Return what each process has."""
        values: list[Any] = [None] * self.size
        with self._together():
            dist.all_gather_object(values, value, group=self._waiting)
        return values

    def _check_alike(self, described: dict[str, str]) -> None:
        first, *others = self._all(described)
        for rank, other in enumerate(others, 2):
            for name, value in other.items():
                if value != first[name]:
                    raise TrainingError(
                        f"process {rank} of {self.size} has {name} {value}, and the first one {first[name]}",
                        hint="install the same versions everywhere, and use devices of one kind",
                    )

    @contextlib.contextmanager
    def _together(self) -> Iterator[None]:
        """Do what all processes do at the same time.

        Raises:
            LostProcessError: another one is not there, or not any more.
        """
        try:
            yield
        except RuntimeError as error:
            reason = "it left no word, as one that is killed: torchrun says how it ended"
            with contextlib.suppress(RuntimeError, AttributeError):
                if self._store.check([_REASON]):
                    reason = self._store.get(_REASON).decode("utf-8", "replace")
            self._lost_another = True
            raise LostProcessError(
                f"another of the {self.size} processes of this training has ended, or is out of reach: "
                f"{reason}",
                hint="the same torchrun command goes on after the last whole epoch",
            ) from error


@contextlib.contextmanager
def joined(device: str) -> Iterator[World]:
    """Join the other processes, where ``torchrun`` started several; the first one dismisses them at the end.

    Args:
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.

    Yields:
        :data:`ALONE` where there is one; else the others have to :meth:`follow` the first.

    Raises:
        TrainingError: the processes do not find each other, or do not go together.
    """
    found = place()
    if found is None or found.size == 1:
        yield ALONE
        return
    if dist.is_initialized():
        raise TrainingError("this program has joined its processes already: opinia does that itself")
    device = _device_of(found, choose_device(device))
    group: _Group | None = None
    try:
        group = _Group(found, device)
        yield group
        if group.is_first:
            group.dismiss()
    except BaseException as error:
        if group is not None:
            group.tell(error)
        raise
    finally:
        with contextlib.suppress(RuntimeError):
            dist.destroy_process_group()


def follow(world: World) -> None:
    """Do in another process than the first what that one calls."""
    assert isinstance(world, _Group)  # noqa: S101
    world.follow()


def _device_of(found: Place, device: str) -> str:
    """Take the GPU that is this process's own.

    Raises:
        TrainingError: there are too few.
    """
    if device != "cuda":
        return device
    gpus = torch.cuda.device_count()
    if gpus < found.local_size:
        raise TrainingError(
            f"each process trains on a GPU of its own, and there are {gpus} here for {found.local_size}",
            hint=f"torchrun --nproc-per-node {gpus}, or --device cpu" if gpus else "--device cpu",
        )
    torch.cuda.set_device(found.local_rank)
    return device


def check_processes(folder: RunFolder, size: int) -> None:
    """Check that a run goes on with as many processes as it was begun with: others round in another order.

    Raises:
        TrainingError: these are more or fewer.
    """
    begun = folder.environment().get("processes", 1)
    if begun == size:
        return
    many = f"{begun} processes" if begun != 1 else "one process"
    again = shell.opinia("train", "--resume", folder.path)
    if begun != 1:
        again = shell.torchrun(begun, "train", "--resume", folder.path)
    raise TrainingError(
        f"the run in {folder.path} was begun by {many}, and goes on with as many, to the same weights. "
        f"Received: {size}",
        hint=f"go on with `{again}`, or train it anew in another folder",
    )


def check_batch(name: str, batch_size: int, size: int) -> None:
    """Check that each process can have something of a batch.

    Raises:
        TrainingError: the batch is too small.
    """
    if batch_size < size:
        raise TrainingError(
            f"{name} must be at least the number of processes, {size}. Received: {batch_size}",
            hint="start fewer, or make the batch larger",
        )


def _packed(trainer: Trainer[Any]) -> bytes:
    """Return the state of a trainer that the others need: they neither validate nor keep averages."""
    buffer = io.BytesIO()
    state = {
        "network": trainer.network.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "history": [dataclasses.asdict(epoch) for epoch in trainer.history],
        "seconds": trainer.seconds,
        "taken": trainer.taken,
        "stop_training": trainer.stop_training,
    }
    torch.save(state, buffer)
    return buffer.getvalue()


def _unpack(trainer: Trainer[Any], packed: bytes) -> None:
    from opinia.runs.history import epochs_of

    device = next(trainer.network.parameters()).device
    state = torch.load(io.BytesIO(packed), map_location=device, weights_only=True)
    trainer.network.load_state_dict(state["network"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.history, trainer.seconds = epochs_of(state["history"]), state["seconds"]
    trainer.taken, trainer.stop_training = state["taken"], state["stop_training"]


def _digest(network: nn.Module) -> str:
    found = hashlib.sha256()
    for parameter in network.parameters():
        found.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()
