"""``opinia explain TEXT``: say which words made the answer, and how it came about in reading."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import FilledPath, class_option, language_option, model_option
from opinia.cli.helpers.texts import given_texts
from opinia.errors import InputError
from opinia.language import LANGUAGES
from opinia.model.classifier import Classifier, shortest_digits
from opinia.model.explain import Explanation, explain
from opinia.model.one_text import doubt_about
from opinia.report.explanation import Shown
from opinia.system.files import write_atomically
from opinia.system.printable import printable
from opinia.system.stdio import decoded, print_json
from opinia.text.phrases import find_phrase


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@model_option
@language_option("the answers")
@class_option
@click.option(
    "--phrase",
    "phrases",
    metavar="WORDS",
    type=decoded,
    multiple=True,
    help="Leave these words out together, such as 'not bad'. May be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a text.")
@click.option(
    "--html",
    "page",
    type=FilledPath(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page to be read in a browser instead.",
)
@click.option("--force", is_flag=True, help="Replace FILE.")
def command(
    texts: tuple[str, ...],
    *,
    model: Path | None,
    lang: str,
    target: str | None,
    phrases: tuple[str, ...],
    as_json: bool,
    page: Path | None,
    force: bool,
) -> None:
    """Say which words of each TEXT speak for the answer, or another class, and which against it.

    A lone - reads standard input, one text a line. A word's contribution is how far the probability
    falls without it; in long texts sentences take the place of words.
    """
    if page is not None and as_json:
        raise click.UsageError("--json prints and --html writes a page: choose one")
    if page is not None and page.exists() and not force:
        raise InputError(f"{page} exists already", hint="--force replaces it")
    classifier = load_model(model, LANGUAGES[lang])
    explained: list[Shown] = []
    for text in given_texts(texts, LANGUAGES[lang]):
        explanation = explain(classifier, text, phrases=phrases, target=target)
        if as_json:
            print_json(_as_object(text, explanation))
            continue
        shown = _shown(classifier, text, explanation, lang)
        for phrase in phrases:
            if not find_phrase(text, phrase):
                click.echo(shown.language.say("explanation.no_phrase", phrase=printable(phrase)), err=True)
        if page is None:
            _print(shown, first=not explained)
        explained.append(shown)
    if page is not None:
        from opinia.report.explanation_page import write_page

        write_atomically(page, write_page(explained, classifier, language=LANGUAGES[lang]))
        click.echo(f"{page}", err=True)


def _shown(classifier: Classifier, text: str, explanation: Explanation, lang: str) -> Shown:
    doubt = doubt_about(text, classifier.classify(text)[0], classifier, LANGUAGES[lang])
    return Shown(text, explanation, doubt, LANGUAGES[lang])


def _print(shown: Shown, *, first: bool) -> None:
    from rich.console import Console

    from opinia.report.explanation_terminal import show

    if not first:
        click.echo()
    plain = os.environ.get("TERM") in {"dumb", "unknown"} or bool(os.environ.get("NO_COLOR"))
    show(shown, Console(highlight=False, color_system=None if plain else "auto"))
    if shown.doubt is not None:
        click.echo(shown.doubt, err=True)


def _as_object(text: str, explanation: Explanation) -> dict[str, object]:
    return {"text": text, **_rounded(explanation.to_json())}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(each) for each in value]
    return shortest_digits(value) if isinstance(value, float) else value
