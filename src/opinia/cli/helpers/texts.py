"""Texts that are given on the command line or come through standard input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from opinia.errors import InputError
from opinia.language import Language
from opinia.model.one_text import MAX_CHARACTERS
from opinia.system.stdio import decoded


def given_texts(given: Sequence[str], language: Language) -> Iterator[str]:
    """Yield the texts; a lone ``-`` stands for the lines of standard input.

    Raises:
        InputError: a line is not a text, or a text is too long.
        UsageError: ``-`` stands beside texts.
    """
    for text in _texts(given, language):
        if len(text) > MAX_CHARACTERS:
            most = language.number(MAX_CHARACTERS)
            raise InputError(language.say("console.too_long", count=len(text), most=most))
        yield text


def _texts(given: Sequence[str], language: Language) -> Iterator[str]:
    if "-" in given and len(given) > 1:
        raise click.UsageError("- stands for standard input, and then for all texts")
    if given[0] != "-":
        for text in map(decoded, given):
            if "\ufffd" in text and text not in given:
                click.echo(language.say("console.not_utf8"), err=True)
            yield text
        return
    from opinia.tables import Told, open_source
    from opinia.tables.plain import PlainReader

    with open_source("-") as source:
        for number, (text, fault) in enumerate(
            PlainReader(source, out="txt", told=Told(encoding="utf-8")).texts(), 1
        ):
            if fault is not None:
                raise InputError(
                    f"line {number:,} of standard input is {fault}", hint="opinia score has --encoding"
                )
            yield text
