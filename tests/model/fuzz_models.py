"""Damaged and hostile model files by the thousand: ``python tests/model/fuzz_models.py 5000``.

Each file is made from a number, so that it can be made again. A process of its own reads them, with bounded
memory and under a clock, for what is looked for would end or stop it.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing  # noqa: E402
from fuzzing import ODD_NUMBERS, ODD_VALUES, damaged  # noqa: E402

MEMORY = 6 << 30
"""Of addresses, most of which libraries take without using them."""
GOOD = ("refused", "read")
TEXTS = ["good", "bad film", "", "the film was good and " * 40]


def made(number, models):
    """Return the bytes of a file, and whether the digest of the model that it was made from is in it."""
    draw = random.Random(number)
    content = draw.choice(models)
    kind = draw.randrange(6)
    if kind < 2:
        return damaged(draw, content), True
    model = changed(draw, content, without_digest=kind < 5)
    return (damaged(draw, model) if draw.random() < 0.2 else model), kind == 5


def changed(draw, content, *, without_digest):
    """Change the graph or the metadata, and write them as a well-formed file."""
    import onnx
    from onnx import defs

    model = onnx.load_model_from_string(content)
    entry = json.loads(model.metadata_props[0].value)
    if without_digest:
        entry.pop("digest", None)
    operators = sorted({schema.name for schema in defs.get_all_schemas()})
    for _ in range(draw.choice((1, 1, 2, 4))):
        node = draw.choice(model.graph.node)
        weight = draw.choice(model.graph.initializer)
        names = [name for each in model.graph.node for name in (*each.input, *each.output)]
        kind = draw.randrange(12)
        if kind == 0:
            node.op_type = draw.choice(operators)
        elif kind == 1 and node.input:
            node.input[draw.randrange(len(node.input))] = draw.choice(names)
        elif kind == 2:
            node.output[draw.randrange(len(node.output))] = draw.choice(names)
        elif kind == 3:
            attribute = node.attribute.add(name=draw.choice(("axis", "hidden_size", "to", "perm", "axes")))
            attribute.i, attribute.type = draw.choice(ODD_NUMBERS), 2
        elif kind == 4 and node.attribute:
            attribute = draw.choice(node.attribute)
            if attribute.ints:
                attribute.ints[0] = draw.choice(ODD_NUMBERS)
            else:
                attribute.i = draw.choice(ODD_NUMBERS)
        elif kind == 5 and weight.dims:
            weight.dims[draw.randrange(len(weight.dims))] = draw.choice(ODD_NUMBERS)
        elif kind == 6 and weight.raw_data:
            data = bytearray(weight.raw_data)
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            weight.raw_data = bytes(data)
        elif kind == 7:
            weight.data_type = draw.randrange(30)
        elif kind == 8:
            copies = [
                type(node).FromString(node.SerializeToString()) for _ in range(draw.choice((1, 9, 6000)))
            ]
            model.graph.node.extend(copies)
        elif kind == 9:
            del model.graph.node[draw.randrange(len(model.graph.node))]
            if not model.graph.node:
                break
        else:
            place = entry
            while isinstance(place, dict) and place:
                key = draw.choice(sorted(place))
                if draw.random() < 0.6 or not isinstance(place[key], dict):
                    place[key] = draw.choice(ODD_VALUES)
                    break
                place = place[key]
    model.metadata_props[0].value = json.dumps(entry)
    return model.SerializeToString()


def outcome(content, digest, models):
    """Read a file and use what it holds; say in a word or two what came of it."""

    import opinia
    from opinia.errors import ModelFileError

    try:
        classifier = opinia.load(content)
    except ModelFileError as error:
        return "refused" if "\n" not in error.message else "a message of several lines"
    except Exception as error:  # whatever it is, it is what is looked for
        return f"a traceback: {type(error).__name__}"
    if digest and content not in models:
        return "silently wrong: a file with a digest was changed, and read"
    return fuzzing.use(classifier, TEXTS)


def written_models():
    """Return small models of all kinds that opinia writes."""
    import numpy as np

    from models import WORDS, counting_network, graph_of, random_network
    from opinia.graph.ngrams import SLOTS, LinearModel, add_linear
    from opinia.model.file import Description, write_model
    from opinia.text.tokenizer import Tokenizer

    slots = np.zeros(SLOTS, np.uint16)
    linear = LinearModel(slots, np.array([-1, 5], np.int64), np.array([0, 9], np.int16), 0.1)
    size = len(WORDS) + 2
    graphs = [
        graph_of(counting_network()),
        graph_of(random_network(size)),
        graph_of(random_network(size, pooling="concat"), int8=True),
        graph_of(random_network(size, layers=2), int8=True),
        add_linear(graph_of(random_network(size)), linear, share=0.3, bias=0.1),
    ]
    models = []
    with tempfile.TemporaryDirectory() as folder:
        for graph in graphs:
            write_model(Path(folder) / "m.onnx", graph, Description(Tokenizer(WORDS), card={"a": {"b": [1]}}))
            models.append((Path(folder) / "m.onnx").read_bytes())
    return models


def worker(first, last):
    """Read the files of some numbers, and print what came of each."""
    import onnxruntime  # noqa: F401  before memory is bounded
    import torch  # noqa: F401

    models = written_models()
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # Windows
        pass
    fuzzing.work(first, last, lambda number: outcome(*made(number, models), models))


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
