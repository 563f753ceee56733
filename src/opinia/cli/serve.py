"""``opinia serve``: the classifier over HTTP, and its page."""

from __future__ import annotations

import os
from pathlib import Path

import click

from opinia import extras
from opinia.cli.helpers.models import say_unfinished
from opinia.cli.helpers.options import FilledPath, models_option, threads_option
from opinia.errors import InputError
from opinia.language import LANGUAGES
from opinia.language.locale import locale_language

KEY_VARIABLE = "OPINIA_API_KEY"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@models_option
@click.option(
    "--studies",
    type=FilledPath(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Show the studies in DIR on the page.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Name or address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: a free one.")
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="Answer to this name in the Host header, too; * to any. May be given several times.",
)
@threads_option
@click.option("--max-texts", type=click.IntRange(min=1), default=1000, show_default=True, help="A request.")
@click.option(
    "--max-characters", type=click.IntRange(min=1), default=100_000, show_default=True, help="A text."
)
@click.option(
    "--max-table",
    type=click.IntRange(min=0),
    default=256,
    show_default=True,
    help="Largest table that the page takes, in MiB; 0 takes none.",
)
@click.option(
    "--queue", type=click.IntRange(min=1), default=8192, show_default=True, help="Most texts that wait."
)
@click.option(
    "--deadline", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Seconds a request."
)
@click.option("--log-requests", is_flag=True, help="Write a line for each request, never with its text.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
def command(
    *,
    models: tuple[str, ...],
    studies: Path | None,
    host: str,
    port: int,
    allowed_hosts: tuple[str, ...],
    threads: int,
    max_texts: int,
    max_characters: int,
    max_table: int,
    queue: int,
    deadline: float,
    log_requests: bool,
    open_page: bool,
) -> None:
    """Classify texts over HTTP, and show a page that does.

    Only this machine is answered unless --host says otherwise. If OPINIA_API_KEY is set, requests
    have to show it as Authorization: Bearer KEY; the page and the probes are open.
    Ctrl-C or SIGTERM ends the server once it has answered what it had accepted.
    """
    extras.require("opinia serve", *extras.SERVING)
    from opinia.serve.middleware import is_loopback
    from opinia.serve.models import load_models
    from opinia.serve.options import ServeOptions
    from opinia.serve.server import serve

    options = ServeOptions(
        host=host,
        port=port,
        allowed_hosts=allowed_hosts,
        api_key=_key(),
        studies=studies,
        log_requests=log_requests,
        threads=threads,
        max_texts=max_texts,
        max_characters=max_characters,
        max_tokens=max(ServeOptions.max_tokens, max_characters // 2),
        max_total_characters=max(ServeOptions.max_total_characters, max_characters),
        max_body_bytes=max(ServeOptions.max_body_bytes, 6 * max_characters + (1 << 16)),
        max_table_bytes=max_table << 20,
        queue_texts=queue,
        deadline=deadline,
    )
    loaded = load_models(models)
    for classifier in loaded.classifiers.values():
        say_unfinished(classifier.model.path, LANGUAGES[locale_language()])

    def on_start(address: str) -> None:
        click.echo(f"{', '.join(loaded.classifiers)} at {address}   Ctrl-C ends.", err=True)
        if not is_loopback(host) and options.api_key is None:
            click.echo(f"warning: whoever reaches {host} may use it: {KEY_VARIABLE} is not set", err=True)
        if open_page:
            click.launch(address)

    serve(loaded, options, on_start=on_start)


def _key() -> str | None:
    key = os.environ.get(KEY_VARIABLE)
    if key is not None and not (key.strip() and key.isascii() and key == key.strip()):
        raise InputError(
            f"{KEY_VARIABLE} is set, but holds no key",
            hint=f"give it ASCII characters without spaces around them, or unset {KEY_VARIABLE}",
        )
    return key
