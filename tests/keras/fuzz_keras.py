"""Damaged and hostile ``.keras`` files by the thousand: ``python tests/keras/fuzz_keras.py 10000``.

Each file is made from a number, so that it can be made again: bytes of the archive, of the weights and of
the configuration are changed, entries are swapped, repeated and cut. A process of its own reads them, with
bounded memory and under a clock, for what is looked for would end or stop it.
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

MEMORY = 3 << 30
"""Of addresses, most of which libraries take without using them."""
GOOD = ("refused", "read")
TEXTS = ["good", "bad film", "", "the film was good and " * 40]
MODELS = ("published", "masked_functional_ids", "unmasked_free_ids", "cells_ids", "convolved_padded_ids",
          "deeply_nested_ids", "masking_layer_ids", "merged_ids", "normalised_ids",
          "flattened_ids")  # fmt: skip
ODD_NAMES = (
    "config.json",
    "../config.json",
    "/etc/passwd",
    "model.weights.h5",
    "assets/../x",
    "a\\..\\b",
    "C:/x",
)


def made(number, models):
    """Return the bytes of a file, and what is told of it."""
    draw = random.Random(number)
    content, told = draw.choice(models)
    return mutated(draw, content), told


def mutated(draw, content):
    """Return a file that was changed."""
    kind = draw.randrange(6)
    if kind == 0:
        return damaged(draw, content)
    if kind == 1:
        return content[: draw.randrange(len(content))]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    if kind == 2:
        entries["model.weights.h5"] = damaged_weights(draw, entries["model.weights.h5"])
    elif kind == 3:
        change_entries(draw, entries)
    else:
        entries["config.json"] = changed(draw, entries["config.json"])
    return zipped(draw, entries)


def damaged_weights(draw, content):
    """Change structures rather than numbers: the first bytes, and words that look like addresses."""
    changed_bytes = bytearray(damaged(draw, content) if draw.random() < 0.3 else content)
    for _ in range(draw.choice((1, 1, 2, 5))):
        place = draw.randrange(len(changed_bytes) - 8)
        if draw.random() < 0.6:  # where something stands
            while not any(changed_bytes[place : place + 8]) and place < len(changed_bytes) - 16:
                place += 8
        value = draw.choice((*ODD_NUMBERS, draw.randrange(len(changed_bytes)))) & ((1 << 64) - 1)
        width = draw.choice((1, 2, 4, 8))
        changed_bytes[place : place + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
    return bytes(changed_bytes)


def change_entries(draw, entries):
    """Swap, drop, rename, replace or blow up entries."""
    names = list(entries)
    one, other = draw.choice(names), draw.choice(names)
    kind = draw.randrange(6)
    if kind == 0:
        entries[one], entries[other] = entries[other], entries[one]
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
        kind = draw.randrange(5)
        if kind == 0:
            holder[key] = draw.choice(ODD_VALUES)
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
    return json.dumps(config).encode()


def walk(value):
    """Yield each place of a configuration: what holds it, and under which key."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from walk(value[key])


def zipped(draw, entries):
    """Return an archive, packed or not."""
    buffer = io.BytesIO()
    kind = draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", kind) as archive:
        warnings.simplefilter("ignore")
        for name, content in entries.items():
            archive.writestr(name, content)
        if draw.random() < 0.05:
            archive.writestr("config.json", "{}")
    return buffer.getvalue()


def outcome(content, told):
    """Read a file and use what it holds; say in a word or two what came of it."""

    from opinia.errors import ModelFileError
    from opinia.keras.texts import Told
    from opinia.model.classifier import Classifier
    from opinia.model.file import from_keras, is_keras, read_model
    from opinia.model.source import read_bytes

    try:
        read = read_bytes(content)
        found = from_keras(read, Told(**told)) if is_keras(read) else read_model(content)
        classifier = Classifier(found, threads=1)
    except ModelFileError as error:
        is_plain = "\n" not in error.message and len(error.message) < 600
        return "refused" if is_plain else "a message that is too long"
    except Exception as error:  # whatever it is, it is what is looked for
        return f"a traceback: {type(error).__name__}: {error}"
    return fuzzing.use(classifier, TEXTS)


def worker(first, last):
    """Read the files of some numbers, and print what came of each."""
    import onnxruntime  # noqa: F401  before memory is bounded

    import keras_models

    models = [(keras_models.content(name), keras_models.told(name)) for name in MODELS]
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # Windows
        pass
    fuzzing.work(first, last, lambda number: outcome(*made(number, models)))


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
