"""``opinia analyse TEXT``: judge one text or a few, and end."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from opinia.cli.options import language_option, model_option, uncertain_option
from opinia.cli.texts import given_texts, shortest
from opinia.console.session import check_words, doubt_about
from opinia.language import LANGUAGES
from opinia.model.classifier import UNCERTAIN, Prediction, load
from opinia.system.stdio import print_json, printable

_SHOWN = 60


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@model_option
@language_option("the answers")
@uncertain_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a text.")
def command(
    texts: tuple[str, ...], *, model: Path | None, lang: str, uncertain: float, as_json: bool
) -> None:
    """Say of each TEXT whether it is positive or negative.

    A lone - reads standard input, one text a line. For a file of texts, opinia score is faster.
    """
    language = LANGUAGES[lang]
    classifier = load(model)
    labels = [*classifier.classes_, *([UNCERTAIN] if uncertain else [])]
    width = max(len(language.label(label)) for label in labels)
    for text in given_texts(texts, language):
        check_words(text, classifier, language)
        prediction = classifier.classify(text, uncertain=uncertain)[0]
        if as_json:
            print_json(_as_object(text, prediction))
            continue
        label = language.label(prediction.label)
        share = language.percent(prediction.probability, digits=1)
        shown = textwrap.shorten(text, _SHOWN, placeholder=" …")
        click.echo(f"{label:<{width}}  {share:>6}  {printable(shown)}".rstrip())
        doubt = doubt_about(text, prediction, classifier, language)
        if doubt is not None:
            click.echo(f"{'':<{width}}          {doubt}", err=True)


def _as_object(text: str, prediction: Prediction) -> dict[str, object]:
    return {
        "text": text,
        "label": prediction.label,
        "probability": shortest(prediction.probability),
        "positive": shortest(prediction.positive),
        "unknown": shortest(prediction.unknown),
        "doubt": prediction.doubt,
    }
