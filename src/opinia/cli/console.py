"""``opinia console``, which ``opinia`` alone starts, and ``runner.py``, the same: classify what is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import (
    language_option,
    model_option,
    published_language_option,
    published_model_option,
    uncertain_option,
)
from opinia.console.session import start
from opinia.language import LANGUAGES

_HELP = """Say whether a text is positive or negative, or which of the model's classes it is.

At a terminal: type a text, or paste one of many lines, and press Enter. Ctrl-D or exit ends,
and so does Ctrl-C on an empty line.

From a pipe or a file: each line is one UTF-8 text, whatever it says, and line N of the output
answers line N of the input. A blank line is answered by an empty line. Warnings go to standard
error.
"""
_CONTEXT = {"help_option_names": ["-h", "--help"]}
_examples_option = click.option(
    "--examples", is_flag=True, help="Classify three bundled reviews when there is no input at all."
)


@click.command(context_settings=_CONTEXT, help=_HELP)
@model_option
@language_option("the answers")
@uncertain_option
@_examples_option
def command(**options: Any) -> None:
    """Classify what is typed: ``opinia console``, in the language of the locale."""
    _start(**options)


@click.command(context_settings=_CONTEXT, help=_HELP)
@published_model_option
@published_language_option
@uncertain_option
@_examples_option
def published_command(**options: Any) -> None:
    """Classify what is typed: ``runner.py``, as published."""
    _start(**options)


def _start(*, model: Path | None, lang: str, uncertain: float, examples: bool) -> None:
    start(load_model(model, LANGUAGES[lang]), LANGUAGES[lang], examples=examples, uncertain=uncertain)
