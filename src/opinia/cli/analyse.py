"""``opinia analyse TEXT``: judge one text or a few, and end."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from opinia.classifier import Prediction, load
from opinia.cli.options import language_option, model_option
from opinia.console import MAX_CHARACTERS, doubt_about
from opinia.errors import InputError
from opinia.messages import MESSAGES

_SHOWN = 60


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@model_option
@language_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a text.")
def command(texts: tuple[str, ...], *, path: Path | None, lang: str, as_json: bool) -> None:
    """Say of each TEXT whether it is positive or negative.

    A lone - reads standard input, one text a line. For a file of texts, opinia score is faster.
    """
    messages = MESSAGES[lang]
    classifier = load(path)
    for text in _texts(texts):
        if len(text) > MAX_CHARACTERS:
            most = messages.number(MAX_CHARACTERS)
            raise InputError(messages.too_long.format(count=messages.number(len(text)), most=most))
        prediction = classifier.classify(text)[0]
        if as_json:
            click.echo(json.dumps(_as_object(text, prediction), ensure_ascii=False))
            continue
        width = max(len(word) for word in messages.labels.values())
        label = messages.labels.get(prediction.label, prediction.label)
        share = messages.percent(prediction.probability, digits=1)
        shown = textwrap.shorten(text, _SHOWN, placeholder=" …")
        click.echo(f"{label:<{width}}  {share:>6}  {_printable(shown)}".rstrip())
        doubt = doubt_about(text, prediction, classifier, messages)
        if doubt is not None:
            click.echo(f"{'':<{width}}          {doubt}", err=True)


def _texts(given: Sequence[str]) -> Iterator[str]:
    if "-" in given and len(given) > 1:
        raise click.UsageError("- stands for standard input, and then for all texts")
    if given[0] != "-":
        yield from given
        return
    from opinia.tables import open_source
    from opinia.tables.plain import PlainReader

    with open_source("-") as source:
        for number, (text, fault) in enumerate(PlainReader(source, out="txt", encoding="utf-8").texts(), 1):
            if fault is not None:
                raise InputError(
                    f"line {number:,} of standard input is {fault}", hint="opinia score has --encoding"
                )
            yield text


def _as_object(text: str, prediction: Prediction) -> dict[str, object]:
    return {
        "text": text,
        "label": prediction.label,
        "probability": _shortest(prediction.probability),
        "positive": _shortest(prediction.positive),
        "unknown": _shortest(prediction.unknown),
    }


def _shortest(share: float) -> float:
    """Return a float32 as the number that its shortest digits spell, as ``opinia score`` writes it."""
    return float(str(np.float32(share)))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
