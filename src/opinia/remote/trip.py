"""What the stages have in common: the pack, the folder that stays, the folder that comes back, the clock."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from opinia.remote.pack import Pack
from opinia.remote.parcels import Outbox
from opinia.runs.checkpoint import load_checkpoint, sealed
from opinia.system.files import write_atomically


class OutOfTimeError(Exception):
    """The call ends: what was done is kept, and the next call goes on with it."""


@dataclass
class Trip:
    """One call on the machine.

    Args:
        pack: what is trained.
        folder: stays there from call to call, and holds what the stages go on with.
        outbox: fills the folder that comes back.
        device: ``"cpu"`` or ``"cuda"``.
        deadline: of the call, on :func:`time.monotonic`'s clock.
        save_every: seconds between two savings.
    """

    pack: Pack
    folder: Path
    outbox: Outbox
    device: str
    deadline: float
    save_every: float = 60.0
    _saved_at: float = 0.0

    def __post_init__(self) -> None:
        self._saved_at = time.monotonic()

    @property
    def bfloat16(self) -> bool:
        """Whether the products are in bfloat16."""
        return self.pack.recipe.training.precision == "bfloat16"

    @property
    def left(self) -> float:
        """Seconds left of the call."""
        return self.deadline - time.monotonic()

    def note(self, stage: str, **figures: Any) -> None:
        """Write a line into the log, and to standard error."""
        line = json.dumps({"time": round(time.time(), 1), "stage": stage, **figures})
        with self.outbox.log.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    def save_now_and_then(self, save: Callable[[], None]) -> None:
        """Save when a minute is over; where the call is, save and end it.

        Raises:
            OutOfTimeError: the call is over.
        """
        now = time.monotonic()
        over = now > self.deadline
        if over or now - self._saved_at > self.save_every:
            save()
            self.outbox.send()
            self._saved_at = time.monotonic()
        if over:
            raise OutOfTimeError

    def read_json(self, name: str) -> dict[str, Any] | None:
        """Return a JSON object that was kept, or None."""
        path = self.folder / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Keep a JSON object."""
        write_atomically(self.folder / name, json.dumps(content, indent=2) + "\n")

    def read_tensors(self, name: str) -> Any:
        """Return what :meth:`write_tensors` kept, on the device, or None."""
        path = self.folder / name
        return load_checkpoint(path, device=self.device) if path.is_file() else None

    def write_tensors(self, name: str, content: dict[str, Any]) -> None:
        """Keep tensors and numbers in PyTorch's format.

        They are not forced onto the disk, which would take seconds: a process that is killed loses nothing
        by that, and a machine that is lost takes its disk along.
        """
        unfinished = self.folder / f".{name}"
        buffer = io.BytesIO()
        torch.save(content, buffer)
        unfinished.write_bytes(sealed(buffer.getvalue()))
        unfinished.replace(self.folder / name)

    def wait(self) -> None:
        """Wait for the device, so that the clock shows what its work took."""
        if self.device == "cuda":
            torch.cuda.synchronize()
