"""``opinia analyse TEXT``: classify one text or a few, and end."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import class_option, language_option, model_option, uncertain_option
from opinia.cli.helpers.texts import given_texts
from opinia.language import LANGUAGES
from opinia.model.classifier import (
    UNCERTAIN,
    Classifier,
    Prediction,
    check_band,
    find_class,
    shortest_digits,
)
from opinia.model.one_text import check_words, doubt_about
from opinia.system.printable import printable
from opinia.system.stdio import columns, padded, print_json

_SHOWN = 60


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@model_option
@language_option("the answers")
@class_option
@uncertain_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a text.")
def command(
    texts: tuple[str, ...],
    *,
    model: Path | None,
    lang: str,
    target: str | None,
    uncertain: float,
    as_json: bool,
) -> None:
    """Say of each TEXT whether it is positive or negative, or which class of the model's it is.

    With --class it says how probable that one is, whatever the answer. A lone - reads standard input, one
    text a line. For a file of texts, opinia score is faster.
    """
    language = LANGUAGES[lang]
    classifier = load_model(model, language)
    classes = classifier.model.description.labels
    check_band(uncertain, classes)
    chosen = None if target is None else find_class(classes, target)
    labels = [*classes, *([UNCERTAIN] if uncertain else [])] if chosen is None else [classes[chosen]]
    width = max(columns(printable(language.label(label))) for label in labels)
    for text in given_texts(texts, language):
        check_words(text, classifier, language)
        prediction = classifier.classify(text, uncertain=uncertain)[0]
        if as_json:
            print_json(_as_object(text, prediction, classifier, chosen))
            continue
        label, probability = prediction.label, prediction.probability
        if chosen is not None:
            label, probability = classes[chosen], prediction.probabilities[chosen]
        share = language.percent(probability, digits=1)
        shown = textwrap.shorten(text, _SHOWN, placeholder=" …")
        click.echo(
            f"{padded(printable(language.label(label)), width)}  {share:>6}  {printable(shown)}".rstrip()
        )
        doubt = doubt_about(text, prediction, classifier, language)
        if doubt is not None:
            click.echo(f"{'':<{width}}          {doubt}", err=True)


def _as_object(
    text: str, prediction: Prediction, classifier: Classifier, chosen: int | None
) -> dict[str, object]:
    classes = classifier.model.description.labels
    shares = list(map(shortest_digits, prediction.probabilities))
    of_class: dict[str, object] = {"positive": shares[-1]}
    if len(classes) > 2:
        of_class = {"probabilities": dict(zip(classes, shares, strict=True))}
    if chosen is not None:
        of_class |= {"target": classes[chosen], "target_probability": shares[chosen]}
    return {
        "text": text,
        "label": prediction.label,
        "probability": shortest_digits(prediction.probability),
        **of_class,
        "unknown": shortest_digits(prediction.unknown),
        "doubt": prediction.doubt,
        **({} if prediction.read_by is None else {"read_by": prediction.read_by}),
    }
