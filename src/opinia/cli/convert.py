"""``opinia convert MODEL -o OUT``: a model of Keras as one of opinia, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from opinia.cli.helpers.options import FilledPath, ModelPath
from opinia.errors import DataError, InputError
from opinia.model.file import Model, from_keras, is_keras, read_model
from opinia.model.shipped import find_model
from opinia.model.source import read_bytes
from opinia.system.files import write_atomically
from opinia.system.stdio import decoded
from opinia.text.vectorization import STANDARDS

MOST_BYTES = 1 << 25
"""Of a file of words."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.option(
    "-o", "--output", type=FilledPath(path_type=Path), required=True, help="File to write: .onnx or .keras."
)
@click.option("--force", is_flag=True, help="Replace the file.")
@click.option(
    "--classes",
    metavar="NAMES",
    type=decoded,
    help="Names of the classes of a Keras model, with commas between, in the order of its outputs. [default: "
    "negative,positive of two, else 0,1,…]",
)
@click.option(
    "--vocabulary",
    type=FilledPath(path_type=Path),
    help="Of a Keras model that reads ids: its words, one a line in the order of their ids, as "
    "vectorizer.get_vocabulary() lists them; or JSON, a list of words or an object of words and ids.",
)
@click.option(
    "--index-from",
    type=click.IntRange(0, 1000),
    metavar="N",
    help="Add this to the ids of such an object, as keras.datasets.imdb does (3): 1 then begins each text, "
    "and 2 is any unknown word.",
)
@click.option("--no-start", is_flag=True, help="With --index-from: put no 1 before a text.")
@click.option(
    "--standardize",
    type=click.Choice(STANDARDS),
    help="How texts are standardised before they are looked up. [default: lower_and_strip_punctuation for a "
    "list of words, tokenizer, as keras.preprocessing.text.Tokenizer does, for an object]",
)
@click.option(
    "--length", type=click.IntRange(1), help="Ids that each text is padded or cut to, such as maxlen."
)
@click.option(
    "--padding",
    type=click.Choice(["pre", "post"]),
    help="Where ids are padded. [default: post for a list of words, pre for an object]",
)
@click.option(
    "--truncating", type=click.Choice(["pre", "post"]), help="Where ids are cut. [default: as padding]"
)
def command(model: Path, *, output: Path, force: bool, **told: Any) -> None:
    """Write MODEL, a .keras file, as a model file of opinia; or any model as a .keras file.

    A .keras file can be named wherever a model is asked for; convert it where it leaves something open
    (words, names of classes), or to open it sooner. What is written to .keras opens in Keras 3, takes texts
    and gives the same probabilities.
    """
    if output.suffix not in (".onnx", ".keras"):
        raise DataError(f"a model is written as .onnx or .keras. Received: {output.name}")
    if output.exists() and not force:
        raise DataError(f"{output} exists already", hint="--force replaces it")
    found, said = _read(model, told)
    if output.suffix == ".keras":
        from opinia.model.keras_export import keras_bytes

        content = keras_bytes(found)
    else:
        content = found.to_bytes()
    try:
        write_atomically(output, content)
    except OSError as error:
        raise DataError(f"{output} cannot be written: {error.strerror or error}") from error
    click.echo(f"{output}: {len(content) / 1e6:.2f} MB, classes {', '.join(found.description.labels)}")
    if said:
        click.echo(f"assumed: {said}")


def _read(model: Path, told: dict[str, Any]) -> tuple[Model, str]:
    """Return a model, and what was assumed of it."""
    path = find_model(model)
    read = read_bytes(path)
    given = {name: value for name, value in told.items() if value not in (None, False)}
    if not is_keras(read):
        if given:
            raise InputError(
                f"{path} is no Keras model, and --{next(iter(given)).replace('_', '-')} is for those",
                hint="leave it out",
            )
        return read_model(path), ""
    from opinia.keras.texts import Told

    classes = told.get("classes")
    vocabulary = told.get("vocabulary")
    found = from_keras(
        read,
        Told(
            classes=None if classes is None else tuple(name.strip() for name in classes.split(",")),
            vocabulary=None if vocabulary is None else read_words(vocabulary),
            index_from=told["index_from"],
            start=not told["no_start"],
            standardize=told["standardize"],
            length=told["length"],
            padding=told["padding"],
            truncating=told["truncating"],
        ),
    )
    return found, str(found.description.card["keras"].get("assumed", ""))


def read_words(path: Path) -> list[str] | dict[str, int]:
    """Return the words of a file: one a line, or JSON.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path} is too large for a list of words: at most {MOST_BYTES:,} bytes are read"
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8", hint="write the words anew, in UTF-8") from error
    if text.lstrip().startswith(("{", "[")) and path.suffix == ".json":
        try:
            words = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} is no JSON: {error}") from error
        if isinstance(words, dict) and all(type(number) is int for number in words.values()):
            return words
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return words
        raise InputError(f"{path} is JSON, but neither a list of words nor an object of words and ids")
    return text.removesuffix("\n").replace("\r\n", "\n").split("\n")
