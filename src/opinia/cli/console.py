"""``opinia console``, which ``opinia`` alone and ``runner.py`` start: judge what is typed."""

from __future__ import annotations

from pathlib import Path

import click

from opinia.cli.options import language_option, model_option, uncertain_option
from opinia.console.session import start
from opinia.language.messages import MESSAGES
from opinia.model.classifier import load


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@model_option
@language_option
@uncertain_option
@click.option("--examples", is_flag=True, help="Judge three bundled reviews when there is no input at all.")
def command(path: Path | None, lang: str, uncertain: float, examples: bool) -> None:
    """Say whether a film review is positive or negative.

    At a terminal: type a review, or paste one of many lines, and press Enter. Ctrl-D or exit ends,
    and so does Ctrl-C on an empty line.

    From a pipe or a file: each line is one UTF-8 review, whatever it says, and line N of the output
    answers line N of the input. A blank line is answered by an empty line. Warnings go to standard
    error.
    """
    start(load(path), MESSAGES[lang], examples=examples, uncertain=uncertain)
