"""What a model file says beside its graph: tokenizer, labels, temperature and card, as one JSON object.

All of it may come from a stranger and reaches terminals, tables and pages, so it is bounded. Labels can be
printed; the text of a card is free, and who shows it escapes it. A digest among it covers the whole file,
its own digits counted as zeros; files of older versions have none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from opinia.errors import ModelFileError
from opinia.graph.wire import Place
from opinia.system.printable import JOINERS
from opinia.text.tokenizer import Tokenizer

FORMAT = 1
METADATA_KEY = "opinia"
LABELS = ("negative", "positive")
TEMPERATURES = (0.01, 100.0)
"""Calibration finds one from 0.05 to 20."""
MOST_LABELS = 1_000
LONGEST_LABEL = 100
DEEPEST_CARD = 30
MOST_BYTES = 1 << 24
"""Of the whole entry; Python takes many times as much for it. That of base has some 340,000."""
_NO_JOINERS = dict.fromkeys(map(ord, JOINERS))
_KEYS = frozenset({"format", "digest", "tokenizer", "labels", "temperature", "card"})
_NO_DIGEST = "0" * 64
_DIGEST = re.compile("[0-9a-f]{64}")
# Half of a pair, which UTF-8 cannot express.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Description:
    """What a model file says beside its graph.

    Args:
        tokenizer: turns a text into the ids that the graph reads.
        labels: machine names of the classes, in the order of the probabilities; each can be printed.
        temperature: the logits are divided by it; from 0.01 to 100, and 1 for an uncalibrated model.
        card: what a person wants to know of the model, as a JSON object.
    """

    tokenizer: Tokenizer
    labels: tuple[str, ...] = LABELS
    temperature: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)


def to_entry(name: str, description: Description) -> str:
    """Return a description as its entry in the metadata, with zeros in place of the digest.

    Raises:
        ModelFileError: no reader would take it.
    """
    _check(name, description)
    entry = {
        "format": FORMAT,
        "digest": _NO_DIGEST,
        "tokenizer": description.tokenizer.to_config(),
        "labels": list(description.labels),
        "temperature": description.temperature,
        "card": description.card,
    }
    text = json.dumps(entry, ensure_ascii=False)
    if len(text.encode()) > MOST_BYTES:
        raise _too_large(name, len(text.encode()))
    return text


def with_digest(content: bytes, entry: str) -> bytes:
    """Return a model file with its digest in place of the zeros of its entry, which it holds once."""
    encoded = entry.encode()
    start = content.index(encoded) + encoded.index(_NO_DIGEST.encode())
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:start] + digest + content[start + len(digest) :]


def read_entry(name: str, content: bytes, place: Place | None) -> tuple[Description, int | None]:
    """Read and check the entry of a model file.

    Args:
        name: of the file, for messages.
        content: of the file.
        place: where the entry stands in it; None where there is none.

    Returns:
        The description, and where the digits of the digest stand in the content; None without a digest.

    Raises:
        ModelFileError: it is missing, damaged, of a newer format, or impossible.
    """
    if place is None:
        raise ModelFileError(
            f"{name} is an ONNX model, but not one of opinia's: its metadata has no {METADATA_KEY!r}",
            hint="train one with `opinia train`",
        )
    if place[1] - place[0] > MOST_BYTES:
        raise _too_large(name, place[1] - place[0])
    try:
        values = json.loads(content[slice(*place)].decode())
        version = values["format"]
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{name} is damaged: its metadata is not UTF-8 ({error.reason})") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"the metadata of {name} is damaged: {error!r}") from error
    if version != FORMAT or isinstance(version, bool):
        raise ModelFileError(
            f"{name} has format {ascii(version)[:40]}; this version reads format {FORMAT}",
            hint="a newer opinia reads it: update yours",
        )
    if unknown := sorted(values.keys() - _KEYS):
        raise ModelFileError(
            f"the metadata of {name} is damaged: it has {unknown[0][:40]!r}, which nobody wrote"
        )
    try:
        tokenizer = Tokenizer.from_config(values["tokenizer"])
        labels, temperature, card = values["labels"], float(values["temperature"]), values["card"]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"the metadata of {name} is damaged: {error!r}") from error
    if not isinstance(labels, list):
        raise ModelFileError(
            f"{name} must name at least two different labels. Received: {str(labels)[:80]!r}"
        )
    description = Description(tokenizer, tuple(labels), temperature, card)
    _check(name, description)
    return description, _place_of_digest(name, content, place, values)


def check_digest(name: str, content: bytes, start: int) -> None:
    """Compare the digest of a model file with its content.

    Raises:
        ModelFileError: they differ.
    """
    found = hashlib.sha256(memoryview(content)[:start])
    found.update(_NO_DIGEST.encode())
    found.update(memoryview(content)[start + len(_NO_DIGEST) :])
    if found.hexdigest().encode() != content[start : start + len(_NO_DIGEST)]:
        raise ModelFileError(
            f"{name} is damaged, or was changed after it was written: its digest is that of another content",
            hint="copy it again; `opinia quantise` and `opinia train` write models anew",
        )


def _place_of_digest(name: str, content: bytes, place: Place, values: dict[str, Any]) -> int | None:
    if "digest" not in values:
        return None
    digest = values["digest"]
    if isinstance(digest, str) and _DIGEST.fullmatch(digest):
        encoded = f'"digest": "{digest}"'.encode()
        start = content.find(encoded, *place)
        if start >= 0 and content.find(encoded, start + 1, place[1]) < 0:
            return start + encoded.index(digest.encode())
    raise ModelFileError(f"the metadata of {name} is damaged: its digest is none")


def _check(name: str, description: Description) -> None:
    low, high = TEMPERATURES
    if not low <= description.temperature <= high:
        raise ModelFileError(
            f"{name} has an impossible temperature. Received: {description.temperature}, which is not from "
            f"{low:g} to {high:g}"
        )
    labels = description.labels
    if not all(isinstance(label, str) for label in labels) or not 2 <= len(set(labels)) == len(labels):
        raise ModelFileError(
            f"{name} must name at least two different labels. Received: {str(labels)[:80]!r}"
        )
    for label in labels if len(labels) <= MOST_LABELS else labels[:1]:
        if len(labels) > MOST_LABELS or not 0 < len(label) <= LONGEST_LABEL or not _is_plain(label):
            raise ModelFileError(
                f"{name} must have labels that can be printed, at most {MOST_LABELS:,} of {LONGEST_LABEL} "
                f"characters. Received: {ascii(label[:40])}"
            )
    if not isinstance(description.card, dict):
        raise ModelFileError(
            f"the card of {name} must be a JSON object. Received: {type(description.card).__name__}"
        )
    for text in _texts(name, description.card):
        if found := _SURROGATE.search(text):
            raise ModelFileError(
                f"the card of {name} must hold text that UTF-8 can express. Received: {ascii(found.group())}"
            )


def _too_large(name: str, size: int) -> ModelFileError:
    return ModelFileError(
        f"the metadata of {name} is too large: {size:,} bytes, at most {MOST_BYTES:,} are read"
    )


def _is_plain(label: str) -> bool:
    return (
        label.translate(_NO_JOINERS).isprintable() and label.strip() == label and label.strip(JOINERS) != ""
    )


def _texts(name: str, card: dict[str, Any]) -> Iterator[str]:
    """Yield all texts of a card; its depth is bounded, for not every reader of JSON goes deep."""
    left: list[tuple[object, int]] = [(card, 1)]
    while left:
        value, depth = left.pop()
        if depth > DEEPEST_CARD:
            raise ModelFileError(f"the card of {name} is nested too deeply: at most {DEEPEST_CARD} levels")
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            left += [(each, depth + 1) for pair in value.items() for each in pair]
        elif isinstance(value, list | tuple):
            left += [(each, depth + 1) for each in value]
