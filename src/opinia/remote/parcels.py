"""Tensors in files of a bounded size, and an outbox for a folder that takes only so many of them.

A parcel is the bytes of some tensors behind a header, cut into parts that each carry its digest in their
name. The folder that comes back takes so many files and bytes a call: each call sends the most important
parts that have not been sent before, and what is left goes with the next.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from opinia.errors import DataError
from opinia.system.files import write_atomically

PART_BYTES = 15 << 20
MOST_FILES = 8
MOST_BYTES = 60 << 20
LOG = "log.jsonl"
_MAGIC = b"opinia parcel 1\n"
_KINDS = {"bfloat16": (torch.bfloat16, torch.int16), "float32": (torch.float32, torch.float32)}
_SCALE = "/scale"
_LAST = 9
"""Importance of a parcel whose own was lost."""
_PART = re.compile(r"(?P<name>[a-z0-9-]+)\.(?P<digest>[0-9a-f]{16})\.(?P<number>\d{2})of(?P<parts>\d{2})")


def to_bytes(tensors: dict[str, Tensor], about: dict[str, Any], *, kind: str = "bfloat16") -> bytes:
    """Return tensors and a JSON object as bytes.

    Args:
        tensors: by name, of any shape, on any device.
        about: what they are.
        kind: of the numbers that are not whole: ``"bfloat16"``, or ``"float32"`` where all digits count.
    """
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    whole = [name for name, tensor in tensors.items() if tensor.dtype == torch.int8]
    header = json.dumps({"about": about, "kind": kind, "shapes": shapes, "whole": whole}).encode()
    pieces = [_MAGIC, len(header).to_bytes(8, "little"), header]
    for tensor in tensors.values():
        stored, raw = (torch.int8, torch.int8) if tensor.dtype == torch.int8 else _KINDS[kind]
        numbers = tensor.detach().to(stored).cpu().contiguous().view(raw).numpy()
        pieces.append(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes())
    return b"".join(pieces)


def from_bytes(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors, in float32, and the object that :func:`to_bytes` was given.

    Raises:
        DataError: it is no parcel, or a damaged one.
    """
    try:
        if not content.startswith(_MAGIC):
            raise ValueError("it begins otherwise")
        place = len(_MAGIC) + 8
        end = place + int.from_bytes(content[len(_MAGIC) : place], "little")
        header = json.loads(content[place:end])
        tensors = {}
        for name, shape in header["shapes"].items():
            stored, raw = (torch.int8, torch.int8) if name in header["whole"] else _KINDS[header["kind"]]
            width = torch.empty((), dtype=raw).element_size()
            size = int(np.prod(shape, dtype=np.int64)) * width
            numbers = np.frombuffer(content[end : end + size], {1: "<i1", 2: "<i2", 4: "<f4"}[width])
            tensors[name] = torch.from_numpy(numbers.copy()).view(stored).reshape(shape).float()
            end += size
        if end != len(content):
            raise ValueError(f"it has {len(content):,} bytes instead of {end:,}")
        return tensors, header["about"]
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"a parcel is damaged: {error}") from error


def rounded(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors of which each matrix is in whole numbers to 127, with a scale a row.

    They take half the bytes of bfloat16 as whole numbers do; :func:`unrounded` brings them back.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim == 2:
            scale = tensor.detach().abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
            found[name] = (tensor.detach() / scale).round().to(torch.int8)
            found[f"{name}{_SCALE}"] = scale
        else:
            found[name] = tensor.detach()
    return found


def unrounded(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors, in float32, that :func:`rounded` was given, nearly."""
    scales = {name.removesuffix(_SCALE): tensor for name, tensor in tensors.items() if name.endswith(_SCALE)}
    names = [name for name in tensors if not name.endswith(_SCALE)]
    return {name: tensors[name] * scales[name] if name in scales else tensors[name] for name in names}


def read_parcels(files: Iterable[Path]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Put the parts of parcels together.

    Args:
        files: parts among other files; where a parcel came more than once, its newest whole version counts.

    Returns:
        The content of each whole parcel, and of each other one what is wrong with it, by name.
    """
    found: dict[str, dict[str, dict[int, Path]]] = defaultdict(lambda: defaultdict(dict))
    totals: dict[str, int] = {}
    for path in files:
        if match := _PART.fullmatch(path.name):
            parts, number = found[match["name"]][match["digest"]], int(match["number"])
            # A call that was killed may have left a part of a part; it comes whole with the next.
            if number not in parts or path.stat().st_size > parts[number].stat().st_size:
                parts[number] = path
            totals[match["digest"]] = int(match["parts"])
    contents, problems = dict[str, bytes](), dict[str, str]()
    for name, versions in found.items():
        by_age = sorted(versions.items(), key=lambda each: max(p.stat().st_mtime for p in each[1].values()))
        for digest, parts in by_age:  # the newest last
            lacking = sorted(set(range(1, totals[digest] + 1)) - set(parts))
            if lacking:
                of = f"part {', '.join(map(str, lacking))} of {totals[digest]}"
                problems[name] = f"{name} lacks {of}"
                continue
            content = b"".join(path.read_bytes() for _, path in sorted(parts.items()))
            if hashlib.sha256(content).hexdigest()[:16] == digest:
                contents[name] = content
            else:
                problems[name] = f"the parts of {name} are not those that were sent"
    return contents, {name: problem for name, problem in problems.items() if name not in contents}


class Outbox:
    """Keeps parcels until they are sent, and fills the folder that comes back.

    Args:
        kept: the folder that stays there from call to call.
        out: the folder that comes back; whatever it holds is replaced.
        resend: send once more what came back before, or should have.
        most_files: that come back a call, the log among them.
        most_bytes: of them all.
    """

    def __init__(
        self,
        kept: Path,
        out: Path,
        *,
        resend: bool = False,
        most_files: int = MOST_FILES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._kept, self._out = kept, out
        self._most = most_files - 1, most_bytes
        self._folder = kept / "outbox"
        self._folder.mkdir(parents=True, exist_ok=True)
        out.mkdir(parents=True, exist_ok=True)
        self._index: dict[str, Any] = {"importance": {}, "sent": [], "last": []}
        if self._state.is_file():
            self._index = json.loads(self._state.read_text(encoding="utf-8"))
        # What lay in the folder when the last call ended, however it ended, has come back.
        self._index["sent"] = [] if resend else self._index["sent"] + self._index["last"]
        self._index["last"] = []
        self._save()

    @property
    def log(self) -> Path:
        """The log that goes with every call."""
        return self._kept / LOG

    def put(self, name: str, content: bytes, *, importance: int) -> None:
        """Take a parcel, in the place of an older one of the same name.

        Args:
            name: of lower-case letters, digits and hyphens.
            content: of :func:`to_bytes`.
            importance: the lowest goes first.
        """
        digest = hashlib.sha256(content).hexdigest()[:16]
        pieces = [content[i : i + PART_BYTES] for i in range(0, len(content), PART_BYTES)]
        names = [f"{name}.{digest}.{i:02}of{len(pieces):02}" for i in range(1, len(pieces) + 1)]
        self._index["importance"][name] = importance
        self._save()
        for part, piece in zip(names, pieces, strict=True):
            write_atomically(self._folder / part, piece)
        self._drop(name, names)

    def drop(self, name: str) -> None:
        """Forget a parcel that is of no use any more."""
        self._drop(name, [])

    def send(self) -> list[str]:
        """Fill the folder that comes back; return the names of parts that have to wait."""
        chosen, waiting = list[Path](), list[str]()
        space = self._most[1]
        if self.log.is_file():
            space -= self.log.stat().st_size
        for part in self._parts():
            size = part.stat().st_size
            if len(chosen) < self._most[0] and size <= space:
                chosen.append(part)
                space -= size
            else:
                waiting.append(part.name)
        wanted = {part.name for part in chosen}
        # Whatever happens from here on, nothing counts as come back that is not there any more.
        self._index["last"] = sorted(wanted & set(self._index["last"]))
        self._save()
        for path in self._out.iterdir():
            if path.is_file() and path.name not in wanted | {LOG}:
                path.unlink()
        for part in chosen:
            copied = self._out / part.name
            if not copied.exists() or copied.stat().st_size != part.stat().st_size:
                shutil.copyfile(part, copied)
        if self.log.is_file():
            shutil.copyfile(self.log, self._out / LOG)
        self._index["last"] = sorted(wanted)
        self._save()
        return waiting

    @property
    def _state(self) -> Path:
        return self._folder / "index.json"

    def _save(self) -> None:
        write_atomically(self._state, json.dumps(self._index))

    def _drop(self, name: str, kept: list[str]) -> None:
        for path in self._folder.glob(f"{name}.*"):
            if path.name not in kept:
                path.unlink()

    def _parts(self) -> list[Path]:
        """Return the parts that have not come back of parcels that are whole, the most important first."""
        found: dict[str, list[Path]] = defaultdict(list)
        for path in self._folder.iterdir():
            if match := _PART.fullmatch(path.name):
                found[match["digest"]].append(path)
        whole = [
            part for parts in found.values() if f"of{len(parts):02}" == parts[0].name[-4:] for part in parts
        ]
        order = self._index["importance"]
        waiting = [part for part in whole if part.name not in self._index["sent"]]
        return sorted(waiting, key=lambda part: (order.get(part.name.partition(".")[0], _LAST), part.name))
