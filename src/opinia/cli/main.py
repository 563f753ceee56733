"""The root of the command line: finds the command, and turns errors into two plain lines."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from typing import NoReturn

import click

from opinia import __version__, extras
from opinia.errors import LostProcessError, OpiniaError
from opinia.system.imports import without_collection
from opinia.system.stdio import prepare

DEFAULT_COMMAND = "console"
_IMDB_HINT = "--imdb names a copy of the IMDB reviews"

# name → where it is, and what --help says of it: help needs none of them imported.
COMMANDS: dict[str, tuple[str, str]] = {
    "analyse": ("opinia.cli.analyse:command", "Classify the texts that are given, and end."),
    "behave": ("opinia.cli.behave:command", "Check what a model does with negation, contrast, errors."),
    "check": ("opinia.cli.check:command", "Show how a table is read, and what is wrong with it."),
    "completion": ("opinia.cli.completion:command", "Print the script that completes opinia in a shell."),
    "console": ("opinia.cli.console:command", "Classify what is typed or piped in (the default)."),
    "convert": ("opinia.cli.convert:command", "Write a Keras model as one of opinia's, or back."),
    "data": ("opinia.cli.data:command", "Fetch and check the reviews to train on."),
    "errors": ("opinia.cli.errors:command", "List what a model is wrong about or unsure of, and why."),
    "evaluate": ("opinia.cli.evaluate:command", "Measure a model on labelled reviews."),
    "explain": ("opinia.cli.explain:command", "Show which words led to an answer."),
    "info": ("opinia.cli.info:command", "Print the card of a model: recipe, data, figures."),
    "page": ("opinia.cli.page:command", "Write the page for any static host: it needs no server."),
    "quantise": ("opinia.cli.quantise:command", "Write a model in 8 bits, smaller and faster."),
    "remote": ("opinia.cli.remote:command", "Train on a machine that is lent for minutes."),
    "runs": ("opinia.cli.runs:command", "List, show, compare and plot runs."),
    "score": ("opinia.cli.score:command", "Classify the texts of a table of any size."),
    "serve": ("opinia.cli.serve:command", "Classify texts over HTTP, with a page to try it on."),
    "study": ("opinia.cli.study:command", "Train a grid of runs and report what they show."),
    "summary": ("opinia.cli.summary:command", "Print the layers of a network."),
    "train": ("opinia.cli.train:command", "Train a network and write its model file."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and runs the console when none is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command.

        Raises:
            MissingExtraError: its packages are not installed.
        """
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        try:
            with without_collection():
                command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise extras.of_import(f"opinia {cmd_name}", error) or error from None
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the console where no command stands, so that ``opinia --lang en`` is its option."""
        own = {"--help", "-h", "--version"}
        option = bool(args) and args[0].startswith("-") and args[0] not in own
        if option or (not args and not ctx.resilient_parsing):  # completion asks with no arguments, too
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            question = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"There is no command {name!r}.{question}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="opinia COMMAND --help tells more. With no command it is the console, and takes its options.",
)
@click.version_option(__version__, prog_name="opinia", message="%(prog)s %(version)s")
def cli() -> None:
    """Recurrent networks that judge opinions: train them, compare them, put them to work."""


def main() -> NoReturn:
    """Run the command line ``opinia``."""
    run(cli, program="opinia")


def run(command: click.Command, *, program: str) -> NoReturn:
    """Run a command on the arguments of this process, and end the process.

    The status is 0, 1 after an error, 2 after a wrong call, 130 after Ctrl-C. A reader who closes
    the pipe early ends it without a word.
    """
    prepare()
    if "_OPINIA_COMPLETE" in os.environ:
        importlib.import_module("opinia.cli.completion")
    try:
        status = command.main(prog_name=program, standalone_mode=False)
    except click.NoSuchOption as error:
        message, hint = _no_option(error)
        _fail(message, hint or f"{error.ctx.command_path if error.ctx else program} --help", status=2)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else program
        _fail(error.format_message(), f"{path} --help", status=2)
    except click.ClickException as error:
        _fail(error.format_message(), None)
    except click.Abort:
        sys.exit(130)
    except LostProcessError as error:
        _fail(error.message, error.hint, is_reason=False)
    except OpiniaError as error:
        _fail(error.message, error.hint)
    except ModuleNotFoundError as error:
        missing = extras.of_import(program, error)
        if missing is None:
            raise
        _fail(missing.message, missing.hint)
    except OSError as error:
        _give_up_output()
        name = f"{error.filename}: " if error.filename else ""
        _fail(f"{name}{error.strerror or error}", None)
    sys.exit(status if isinstance(status, int) else 0)


def _no_option(error: click.NoSuchOption) -> tuple[str, str | None]:
    """Return what to say of an option that is not there, and a hint of the one that was meant, if known."""
    message, name = error.format_message(), error.option_name
    if error.ctx is None:
        return message, None
    options = {word for each in error.ctx.command.params for word in each.opts}
    if name == "--path" and "--model" in options:
        return message, "--model names the model; --path is of runner.py"
    if name == "--model" and "--path" in options:
        return message, "--path names the model here"
    if name in ("--path", "--model") and any(each.name == "model" for each in error.ctx.command.params):
        return message, "the model is named without an option"
    if name == "--source" and "--imdb" in options:
        return message, _IMDB_HINT
    if name == "--data" and "--imdb" in options:
        if "data" in (each.name for each in error.ctx.command.params):
            return message, "DATA is named without an option, and --imdb names a copy of the IMDB reviews"
        return f"a table of your own is trained on by opinia train. Received: {name}", _IMDB_HINT
    return message, None


def _give_up_output() -> None:
    """Let what a full disk did not take go nowhere, or Python would fail on it again at its end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, hint: str | None, *, status: int = 1, is_reason: bool = True) -> NoReturn:
    said = [f"error: {message}", *([] if hint is None else [f"hint: {hint}"])]
    click.echo("\n".join(said), err=True)
    if is_reason and "TORCHELASTIC_RUN_ID" in os.environ:
        from opinia.system.torchrun import leave_word

        leave_word("\n".join(said))
    sys.exit(status)
