"""Damaged and hostile ``.keras`` files by the thousand: ``python tests/keras/fuzz_keras.py 10000``.

Each file is made from a number, so that it can be made again. Bytes of the archive are changed, and what it
says of its entries; entries are swapped, doubled, renamed, dropped and blown up; headers, sizes and addresses
of HDF5 and values of the configuration are changed, exchanged, nested and made huge. A process of its own
reads them, with bounded memory and under a clock, for what is looked for would end or stop it.
"""

from __future__ import annotations

import io
import json
import random
import sys
import warnings
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing  # noqa: E402
from fuzzing import ODD_NUMBERS, ODD_VALUES, damaged  # noqa: E402

MEMORY = 1 << 30
"""Of addresses, beside those that libraries and models take before the first file is read."""
GOOD = ("refused", "read")
TEXTS = ["good", "bad film", "", "the film was good and " * 40]
MODELS = ("published", "masked_functional_ids", "unmasked_free_ids", "cells_ids", "convolved_padded_ids",
          "deeply_nested_ids", "masking_layer_ids", "merged_ids", "normalised_ids",
          "flattened_ids", "gru_before_ids", "lstm_activations_ids", "keras_io_imdb_ids", "characters_padded",
          "chosen_ngrams", "bag_of_words", "tf_idf", "looked_up")  # fmt: skip
ODD_NAMES = (
    "config.json",
    "../config.json",
    "/etc/passwd",
    "model.weights.h5",
    "assets/../x",
    "a\\..\\b",
    "C:/x",
    "config.json/",
    "CONFIG.JSON",
    "config.json\0.txt",
    "assets/é\u202e/vocabulary.txt",
    "x" * 5000,
)
HUGE_VALUES = (
    lambda: "9" * 6000,  # a number without quotes: see changed()
    lambda: "good " * 200_000,
    lambda: [0] * 500_000,
    lambda: {str(i): i for i in range(50_000)},
    lambda: [1 << 40] * 40,
    lambda: "\u0130" * 100_000,
)
MOST_PLACES = 20_000
"""Of a configuration, which grows when its lists are repeated."""
STRUCTURES = (b"TREE", b"SNOD", b"HEAP", b"OHDR", b"OCHK", b"FRHP", b"BTHD", b"\x89HDF")
MESSAGES = (b"\x01\0\x18\0", b"\x03\0\x18\0", b"\x08\0\x18\0", b"\x11\0\x10\0", b"\x10\0\x10\0")
"""How descriptions of shape, numbers, place, names and a continuation begin in the header of an object."""


def made(number, models):
    """Return the bytes of a file, and what is told of it."""
    draw = random.Random(number)
    content, told = draw.choice(models)
    return mutated(draw, content), told


def mutated(draw, content):
    """Return a file that was changed."""
    kind = draw.randrange(9)
    if kind == 0:
        return damaged(draw, content)
    if kind == 1:
        return (
            content[: draw.randrange(len(content))] if draw.random() < 0.3 else damaged_archive(draw, content)
        )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    if kind in (2, 3):
        entries["model.weights.h5"] = damaged_weights(draw, entries["model.weights.h5"])
    elif kind == 4:
        change_entries(draw, entries)
    else:
        entries["config.json"] = changed(draw, entries["config.json"])
    return zipped(draw, entries)


def damaged_archive(draw, content):
    """Change what the archive says of its entries: sizes, kinds of packing, flags, addresses, counts."""
    changed_bytes = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5))):
        place = _one_of(draw, content, (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"))
        place = min(place + draw.randrange(4, 46), len(content) - 8)
        _write_number(draw, changed_bytes, place)
    return bytes(changed_bytes)


def damaged_weights(draw, content):
    """Change structures rather than numbers: heads, sizes, addresses, and words that look like them."""
    changed_bytes = bytearray(damaged(draw, content) if draw.random() < 0.2 else content)
    for _ in range(draw.choice((1, 1, 2, 5))):
        dice = draw.random()
        if dice < 0.7:
            place = _one_of(draw, content, STRUCTURES if dice < 0.3 else MESSAGES) + draw.randrange(40)
        else:
            place = draw.randrange(len(changed_bytes) - 8)
        place = min(place, len(changed_bytes) - 16)
        if dice > 0.8:  # where something stands
            while not any(changed_bytes[place : place + 8]) and place < len(changed_bytes) - 16:
                place += 8
        _write_number(draw, changed_bytes, place)
    return bytes(changed_bytes)


def _one_of(draw, content, signs):
    """Return where one of the places begins at which such bytes stand, or any."""
    sign = draw.choice([sign for sign in signs if sign in content] or [b""])
    places, place = [], content.find(sign)
    while place >= 0 and sign:
        places.append(place)
        place = content.find(sign, place + 1)
    return draw.choice(places) if places else draw.randrange(len(content))


def _write_number(draw, content, place):
    """Write an odd number, or one that may be an address or close to what stood there, over some bytes."""
    width = draw.choice((1, 2, 4, 8))
    stood = int.from_bytes(content[place : place + width], "little")
    near = stood + draw.choice((-8, -1, 1, 8, stood))
    value = draw.choice((*ODD_NUMBERS, draw.randrange(len(content)), near, near))
    content[place : place + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")


def change_entries(draw, entries):
    """Swap, drop, rename, replace or blow up entries."""
    names = list(entries)
    one, other = draw.choice(names), draw.choice(names)
    kind = draw.randrange(7)
    if kind == 0:
        entries[one], entries[other] = entries[other], entries[one]
    elif kind == 6:
        entries[one] = entries[one] * 2 if draw.random() < 0.5 else entries[one] + entries[other]
    elif kind == 1:
        del entries[one]
    elif kind == 2:
        entries[draw.choice(ODD_NAMES)] = entries.pop(one)
    elif kind == 3:
        entries[one] = bytes(draw.choice((0, 1, 1 << 16, 1 << 24)))
    elif kind == 4:
        entries[one] = b"[" * draw.choice((10, 1000, 1 << 20))
    else:
        entries |= {f"assets/{i}/vocabulary.txt": b"a\nb" for i in range(draw.choice((1, 100, 5000)))}


def changed(draw, content):
    """Change some values of a configuration."""
    config = json.loads(content)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        places = list(walk(config))
        holder, key = draw.choice(places)
        kind = draw.randrange(7)
        if kind == 0:
            holder[key] = draw.choice(ODD_VALUES)
        elif kind == 5:
            for _ in range(draw.choice((1, 3, 90, 300))):
                holder[key] = {str(key): holder[key]} if isinstance(holder, dict) else [holder[key]]
        elif kind == 6 and draw.random() < 0.3:
            holder[key] = draw.choice(HUGE_VALUES)()
        elif kind == 1:
            holder[key] = draw.choice(ODD_NUMBERS)
        elif kind == 2:
            other, its = draw.choice(places)
            holder[key] = json.loads(json.dumps(other[its]))
        elif kind == 3 and isinstance(holder, dict):
            del holder[key]
        elif isinstance(holder[key], list) and holder[key]:
            holder[key] = holder[key] * draw.choice((2, 50))
        elif isinstance(holder[key], bool):
            holder[key] = not holder[key]
        elif isinstance(holder[key], int):
            holder[key] += draw.choice((-1, 1, 1000))
    written = json.dumps(config)
    return written.replace(f'"{"9" * 6000}"', "9" * 6000).encode()


def walk(value):
    """Yield places of a configuration, at most :data:`MOST_PLACES`: what holds each, and under which key."""
    left, count = [value], 0
    while left:
        holder = left.pop()
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            count += 1
            if count > MOST_PLACES:
                return
            yield holder, key
            if isinstance(holder[key], dict | list):
                left.append(holder[key])


def zipped(draw, entries):
    """Return an archive, packed or not."""
    buffer = io.BytesIO()
    kind = draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", kind) as archive:
        warnings.simplefilter("ignore")
        for name, content in entries.items():
            archive.writestr(name, content)
        if draw.random() < 0.05:
            name = draw.choice((*entries, "config.json"))
            archive.writestr(name, draw.choice(("{}", entries.get(name, b""))))
    return buffer.getvalue()


def outcome(content, told):
    """Read a file and use what it holds; say in a word or two what came of it."""

    from opinia.errors import InputError, ModelFileError
    from opinia.keras.texts import Told
    from opinia.model.classifier import Classifier
    from opinia.model.file import from_keras, is_keras, read_model
    from opinia.model.source import read_bytes

    try:
        read = read_bytes(content)
        found = from_keras(read, Told(**told)) if is_keras(read) else read_model(content)
        classifier = Classifier(found, threads=1)
    except (ModelFileError, InputError) as error:  # the latter where what is told of it does not fit any more
        is_plain = error.message.isprintable() and len(error.message) < 600
        return (
            "refused"
            if is_plain
            else f"a message that is too long, or not to be shown: {ascii(error.message)[:300]}"
        )
    except Exception as error:  # whatever it is, it is what is looked for
        return f"a traceback: {type(error).__name__}: {error}"
    return fuzzing.use(classifier, TEXTS)


def worker(first, last):
    """Read the files of some numbers, and print what came of each."""
    import onnxruntime  # noqa: F401  before memory is bounded

    import keras_models

    models = [(keras_models.content(name), keras_models.told(name)) for name in MODELS]
    outcome(*models[0])  # takes what is taken once
    fuzzing.bound_memory(MEMORY)
    fuzzing.work(first, last, lambda number: outcome(*made(number, models)))


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
