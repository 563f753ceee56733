"""Which of several processes this one is, where ``torchrun`` has started them; without PyTorch."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from opinia.errors import TrainingError
from opinia.system.files import write_atomically

_NUMBERS = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_PORT")
_SIGN = "TORCHELASTIC_RUN_ID"
"""Only ``torchrun`` sets it; the other names are those of other launchers, too."""


@dataclass(frozen=True)
class Place:
    """The place of a process among those of a training.

    Args:
        rank: its number, from 0.
        size: how many there are.
        local_rank: its number on its machine, from 0.
        local_size: how many there are on its machine.
        address: of the machine where they meet.
        port: there.
        restart: how often ``torchrun`` has started them again.
        has_store: ``torchrun`` itself listens there, else the first process has to.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int
    address: str
    port: int
    restart: int = 0
    has_store: bool = True


def leave_word(said: str) -> None:
    """Let ``torchrun`` end with a sentence of ours, behind the traceback of its own; nothing elsewhere.

    It shows the words of the first process that left some.

    Args:
        said: why this process ends.
    """
    path = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if path is None or _SIGN not in os.environ:
        return
    told = {"message": said, "extraInfo": {"py_callstack": said, "timestamp": str(int(time.time()))}}
    with contextlib.suppress(OSError):
        write_atomically(Path(path), json.dumps({"message": told}))


def place(variables: Mapping[str, str] | None = None) -> Place | None:
    """Return the place that ``torchrun`` gave this process, or None where it did not start it.

    Args:
        variables: of the environment; None takes those of this process.

    Raises:
        TrainingError: some of them are missing or impossible.
    """
    given = os.environ if variables is None else variables
    if _SIGN not in given:
        return None
    try:
        rank, size, local_rank, local_size, port = (int(given[name]) for name in _NUMBERS)
        found = Place(
            *(rank, size, local_rank, local_size, given["MASTER_ADDR"], port),
            restart=int(given.get("TORCHELASTIC_RESTART_COUNT", "0")),
            has_store=given.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        )
    except (KeyError, ValueError) as error:
        raise TrainingError(
            f"torchrun's variables are incomplete or no numbers: {error}",
            hint="start it as `torchrun --nproc-per-node 2 -m opinia train …`",
        ) from error
    if not (0 <= rank < size and 0 <= local_rank < local_size <= size and 0 < port < 65_536):
        raise TrainingError(f"torchrun's variables are impossible: process {rank} of {size}, port {port}")
    return found
