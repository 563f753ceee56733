"""A training's reviews as ids, with vocabulary and recipe, in one small file.

It is a zip archive of arrays of big-endian numbers under bzip2, which takes token ids down to 1.2 bytes
each. The reviews' own texts are not in it, but the vocabulary is: whoever has the file can read them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.data.corpus import Corpus
from opinia.errors import DataError, TrainingError
from opinia.runs.recipe import Recipe, recipe_from_dict
from opinia.system.files import write_atomically
from opinia.text.tokenizer import Tokenizer

FORMAT = 1
MOST_WORDS = 1 << 16
"""Ids have two bytes."""
_PARTS = ("labelled", "validation", "unlabelled")
_ARRAYS = {"ids": ">u2", "lengths": ">u4", "labels": ">f4"}
_CONTENT, _BEGIN = "content.json", "begin"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every member: the same reviews make the same file."""


@dataclass(frozen=True)
class Pack:
    """What a training there needs, and what its model file will say of it.

    Args:
        recipe: of the training.
        tokenizer: that made the ids.
        labelled: the reviews to learn from.
        validation: the reviews that are only judged; none where they are learnt from, too.
        unlabelled: the other reviews; their labels are a teacher's probabilities, or -1.
        card: entries of the model card.
        begin: weights that the classifier begins with, a parcel of :mod:`opinia.remote.parcels`; empty where
            it begins with language models.
        sha256: digest of the file; empty where there is none.
    """

    recipe: Recipe
    tokenizer: Tokenizer
    labelled: Corpus
    validation: Corpus
    unlabelled: Corpus
    card: dict[str, Any]
    begin: bytes = b""
    sha256: str = ""


def take_in_validation(pack: Pack) -> Pack:
    """Return the pack of a final training: validation stands among the labelled reviews."""
    nothing = Corpus(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.float32))
    said = "validation was learnt from, too, once everything had been chosen on it"
    card = {**pack.card, "data": {**pack.card["data"], "final": said}}
    labelled = pack.labelled.joined(pack.validation)
    return dataclasses.replace(pack, labelled=labelled, validation=nothing, card=card)


def write_pack(path: Path, pack: Pack) -> int:
    """Write a pack, atomically; return its size in bytes.

    Raises:
        TrainingError: the vocabulary has more words than ids of two bytes tell apart.
        OSError: the file cannot be written.
    """
    if len(pack.tokenizer) > MOST_WORDS:
        raise TrainingError(
            f"a pack holds at most {MOST_WORDS:,} words. Received: {len(pack.tokenizer):,}",
            hint="a smaller text.max_tokens",
        )
    members = {
        f"{part}.{name}": np.asarray(array, kind).tobytes()
        for part in _PARTS
        for (name, kind), array in zip(_ARRAYS.items(), _arrays_of(getattr(pack, part)), strict=True)
    }
    if pack.begin:
        members[_BEGIN] = pack.begin
    content = {
        "format": FORMAT,
        "recipe": pack.recipe.to_dict(),
        "tokenizer": pack.tokenizer.to_config(),
        "card": pack.card,
        "sha256": {name: hashlib.sha256(member).hexdigest() for name, member in members.items()},
    }
    members[_CONTENT] = json.dumps(content, ensure_ascii=False).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), member, zipfile.ZIP_BZIP2)
    write_atomically(path, buffer.getvalue())
    return len(buffer.getvalue())


def read_pack(path: Path) -> Pack:
    """Read a pack and check its digests.

    Raises:
        DataError: the file is missing, damaged, foreign or newer.
    """
    try:
        whole = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            content = json.loads(archive.read(_CONTENT))
            if content["format"] != FORMAT:
                raise DataError(
                    f"{path} is a pack of format {content['format']!r}; this version reads {FORMAT}"
                )
            digests = content["sha256"]
            parts = {part: _corpus(archive, part, digests) for part in _PARTS}
            begin = _member(archive, _BEGIN, digests) if _BEGIN in digests else b""
        return Pack(
            recipe_from_dict(content["recipe"]),
            Tokenizer.from_config(content["tokenizer"]),
            **parts,
            card=content["card"],
            begin=begin,
            sha256=hashlib.sha256(whole).hexdigest(),
        )
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError) as error:
        raise DataError(
            f"{path} is no pack, or a damaged one: {error}", hint="make it again with `opinia remote pack`"
        ) from error


def _arrays_of(corpus: Corpus) -> tuple[NDArray[Any], ...]:
    return corpus.ids, corpus.lengths, corpus.labels


def _member(archive: zipfile.ZipFile, name: str, digests: dict[str, str]) -> bytes:
    member = archive.read(name)
    if hashlib.sha256(member).hexdigest() != digests[name]:
        raise ValueError(f"{name} is not what was written")
    return member


def _corpus(archive: zipfile.ZipFile, part: str, digests: dict[str, str]) -> Corpus:
    arrays = {}
    for name, kind in _ARRAYS.items():
        arrays[name] = np.frombuffer(_member(archive, f"{part}.{name}", digests), kind)
    starts = np.zeros(len(arrays["lengths"]) + 1, np.int64)
    np.cumsum(arrays["lengths"], out=starts[1:])
    if starts[-1] != len(arrays["ids"]) or len(arrays["labels"]) != len(arrays["lengths"]):
        raise ValueError(f"the arrays of {part} do not belong together")
    return Corpus(arrays["ids"].astype(np.int32), starts, arrays["labels"].astype(np.float32))
