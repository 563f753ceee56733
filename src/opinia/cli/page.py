"""``opinia page``: the page without a server, for any static host."""

from __future__ import annotations

from pathlib import Path

import click

from opinia import shell
from opinia.cli.helpers.models import say_unfinished
from opinia.cli.helpers.options import FilledPath, models_option
from opinia.language import LANGUAGES
from opinia.language.locale import locale_language


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--out",
    "-o",
    required=True,
    type=FilledPath(path_type=Path),
    metavar="DIR",
    help="Folder to write the page into, a new or an empty one.",
)
@models_option
@click.option(
    "--runtime",
    type=FilledPath(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of the npm package onnxruntime-web. [default: node_modules/onnxruntime-web]",
)
@click.option("--force", is_flag=True, help="Replace a page that is in DIR.")
def command(*, out: Path, models: tuple[str, ...], runtime: Path | None, force: bool) -> None:
    """Write the page as a folder of plain files.

    The models run in the browser: no text leaves it, and once loaded the page works without a network. Any
    host of static files will do; `python -m http.server` in the folder is one.
    """
    from opinia.serve.models import load_models
    from opinia.serve.page.offline_page import find_runtime, static_page, write

    folder = find_runtime(runtime)
    loaded = load_models(models)
    for classifier in loaded.classifiers.values():
        say_unfinished(classifier.model.path, LANGUAGES[locale_language()])
    page = static_page(loaded, folder)
    write(page, out, force=force)
    size, first = (f"{count / 1e6:.1f} MB" for count in (page.size, page.first))
    click.echo(
        f"{out}: {len(page.files)} files of {size}; a browser loads {first}, and other models when asked"
    )
    serving = shell.command("python", "-m", "http.server", "--bind", "127.0.0.1", "--directory", out)
    click.echo(f"hint: {serving}", err=True)
